/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw commit and tag bytes to what was signed and by what, by git's own rule (git's commit.c,
 * parse_buffer_signed_by_header, and gpg-interface.c, parse_signature): by length, every gpgsig*
 * header dropped from the payload, nothing after the empty line looked at.  Stricter than git on
 * purpose: a NUL or a second signature is refused.  Also the reading of a commit as an approval
 * (trust-rules, rule 5).  Not here: whose key it is.
 */
#ifndef STELLA_GITSIG_H
#define STELLA_GITSIG_H

#include "cmssig.h"
#include "commit.h"
#include "pgp.h"
#include "sshsig.h"

enum stella_gitsig_kind {
	STELLA_GITSIG_NONE, STELLA_GITSIG_SSH, STELLA_GITSIG_OPENPGP, STELLA_GITSIG_X509, STELLA_GITSIG_UNKNOWN
};

/*
 * Payload and armoured signature of a commit or tag.  MALFORMED: NUL, two signatures, a header line
 * without a name.  kind NONE leaves signature empty.  payload and signature are yours.
 */
const struct stella_error *stella_gitsig_split(struct stella_buf *payload, struct stella_buf *signature,
	enum stella_gitsig_kind *kind, struct stella_span raw, bool is_tag) STELLA_MUST_USE;

/*
 * NULL: an X.509 or OpenPGP signature of a form that can count.  Where an X.509 certificate is inside, it verified with
 * its key; the rest takes a policy.  ALGORITHM_UNSUPPORTED for other kinds.
 */
const struct stella_error *stella_gitsig_check(enum stella_gitsig_kind kind, struct stella_span armored,
	struct stella_span payload) STELLA_MUST_USE;

/*
 * A commit read as an approval: everything in rule 5 that can be judged from its own bytes.
 * SSH: it verified under the key that it names; whether a policy binds that key is for the fold.  X.509: likewise, if its
 * certificate is inside.  OpenPGP, and X.509 without: of a form that could count; who signed it is for the fold too.
 */
struct stella_approval_claim {
	uint8_t target[32];         /* the state id of its Stella-Approve line */
	enum stella_gitsig_kind kind;
	struct stella_pubkey *key;  /* of SSH; owned */
};
void stella_approval_claim_free(struct stella_approval_claim *claim); /* frees the content; leaves {0} */

/*
 * NULL and *is_claim: a well-formed claim with an intact signature.  NULL and !*is_claim: not an
 * approval; why (may be NULL; STELLA_ERROR_MAX bytes) gets one line that says why not, "" for a
 * commit without any Stella-Approve line.  Errors only for what ends everything (none today but
 * LIMIT).  For threads: touches nothing but its arguments.
 */
const struct stella_error *stella_approval_parse(struct stella_approval_claim *out, bool *is_claim,
	char *why, struct stella_span raw) STELLA_MUST_USE;

#endif
