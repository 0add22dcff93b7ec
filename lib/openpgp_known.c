/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What librnp said before in this run.  Loading a certificate takes as long as verifying with it, and every policy names
 * the same ones again.  A keyring is of a time and cannot be kept for another; what it said can: the keys of a
 * certificate, and what verified.
 */
#include "openpgp_internal.h"

#include <stdlib.h>
#include <string.h>

#include "pool.h"

#define KNOWN_MAX 100000 /* of each */

struct known_cert {
	struct stella_sha256 id;
	char fingerprint[FINGERPRINT_HEX + 1];
	struct stella_buf fingerprints;
};
static struct stella_idmap certs = { .id_size = sizeof(struct stella_sha256) };
static struct stella_idmap questions = { .id_size = sizeof(struct stella_sha256) };

bool stella_openpgp_find_keys(struct stella_openpgp *cert)
{
	const struct known_cert *known = stella_idmap_find(&certs, &cert->id);

	if (!known)
		return false;
	memcpy(cert->fingerprint, known->fingerprint, sizeof cert->fingerprint);
	stella_buf_put_span(&cert->fingerprints, stella_buf_span(&known->fingerprints));
	return true;
}

void stella_openpgp_keep_keys(const struct stella_openpgp *cert)
{
	struct known_cert *known;

	if (certs.count >= KNOWN_MAX)
		return;
	known = stella_alloc(sizeof *known);
	known->id = cert->id;
	memcpy(known->fingerprint, cert->fingerprint, sizeof known->fingerprint);
	stella_buf_put_span(&known->fingerprints, stella_buf_span(&cert->fingerprints));
	stella_idmap_add(&certs, known);
}

struct stella_sha256 stella_openpgp_question(const struct stella_openpgp *cert, struct stella_span signature,
	struct stella_span message)
{
	const struct stella_sha256 parts[] = { cert->id, stella_sha256(signature), stella_sha256(message) };

	return stella_sha256(stella_span(parts, sizeof parts));
}

bool stella_openpgp_is_known(const struct stella_sha256 *question)
{
	return stella_idmap_find(&questions, question) != NULL;
}

void stella_openpgp_keep(const struct stella_sha256 *question)
{
	struct stella_sha256 *own;

	if (questions.count >= KNOWN_MAX)
		return;
	own = stella_alloc(sizeof *own);
	*own = *question;
	stella_idmap_add(&questions, own);
}
