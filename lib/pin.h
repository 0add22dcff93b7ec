/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where trust begins and what is asked about: the pinned root commit and the tip (trust-model, rules 1
 * and 12).  Nothing is trusted on first use; names are full and resolved once.  Not here: what the
 * history between them says.
 */
#ifndef STELLA_PIN_H
#define STELLA_PIN_H

#include "repo.h"

#define STELLA_TRUST_REF "refs/heads/main" /* unless git config stella.trustRef names another */

/*
 * The root: option (--trust-root) if not NULL, else git config stella.trustRoot; *source says which
 * ("--trust-root", "git config (local)", ...; static).  NO_PIN with the remedy; USAGE for an option that
 * is no full commit id.
 */
const struct stella_error *stella_pin_find_root(struct stella_oid *out, const char **source,
	struct stella_repo *repo, const char *option) STELLA_MUST_USE;

/*
 * The same where the repository itself has no say: the option, else the settings of
 * the user and the system alone.
 */
const struct stella_error *stella_pin_find_root_outside(struct stella_oid *out, const char **source,
	const char *option) STELLA_MUST_USE;

/*
 * The tip: option (--trust-ref; a full ref or commit id) if not NULL, else the trust ref.  *ref is
 * yours, also on error; *is_trust_ref where it is the very branch that memory is about.  NOT_FOUND,
 * USAGE, INCOMPLETE, each naming where the name came from.
 */
const struct stella_error *stella_pin_find_tip(struct stella_oid *out, char **ref, bool *is_trust_ref,
	struct stella_repo *repo, const char *option) STELLA_MUST_USE;

#endif
