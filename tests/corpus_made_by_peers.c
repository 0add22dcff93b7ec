/* SPDX-License-Identifier: Apache-2.0 */
/* What cosign and witness wrote (no index): it is read, verifies by its key, and is about the artifact. */
#include "corpora.h"
#include "evidence.h"
#include "pubkey.h"

#include <stdio.h>

/* The algorithm that a record of this key would have to name. */
static const struct {
	const char *file, *key;
	enum stella_sigalg alg;
} rows[] = {
	{ "cosign-ec-prime256v1.sigstore.json", "ec-prime256v1.pub", STELLA_SIG_ECDSA_SHA256 },
	{ "cosign-ec-secp384r1.sigstore.json", "ec-secp384r1.pub", STELLA_SIG_ECDSA_SHA384 },
	{ "cosign-ed25519.sigstore.json", "ed25519.pub", STELLA_SIG_ED25519PH },
	{ "cosign-rsa-2048.sigstore.json", "rsa-2048.pub", STELLA_SIG_RSA_SHA256 },
	{ "cosign-rsa-4096.sigstore.json", "rsa-4096.pub", STELLA_SIG_RSA_SHA256 },
	{ "cosign-slsa1.sigstore.json", "cosign.pub", STELLA_SIG_ECDSA_SHA256 },
	{ "cosign-spdx.sigstore.json", "cosign.pub", STELLA_SIG_ECDSA_SHA256 },
	{ "witness-ec-prime256v1.json", "ec-prime256v1.pub", STELLA_SIG_ECDSA_SHA256 },
	{ "witness-ed25519.json", "ed25519.pub", STELLA_SIG_ED25519 },
	{ "witness-rsa-2048.json", "rsa-2048.pub", STELLA_SIG_PSS_SHA256 },
};

static const struct stella_error *judge_subject(struct corpus *c, const struct stella_evidence *evidence)
{
	struct stella_buf artifact = corpus_read(c, "artifact.txt");
	struct stella_sha256 sha256 = stella_sha256(stella_buf_span(&artifact));
	const struct stella_error *err;
	struct stella_digest digest;
	char hex[STELLA_SHA256_HEX];

	stella_buf_free(&artifact);
	stella_sha256_hex(hex, &sha256);
	err = stella_digest_parse(&digest, hex);
	if (!err && !stella_statement_find_subject(evidence->statement, &digest, 1))
		err = stella_error(STELLA_SUBJECT_MISMATCH, "no subject is artifact.txt");
	stella_digest_free(&digest);
	return err;
}

static const struct stella_error *judge(struct corpus *c, const char *file, const char *key_file, enum stella_sigalg alg)
{
	struct stella_buf text = corpus_read(c, file), pem = corpus_read(c, key_file), pae = { 0 };
	struct stella_evidence *evidence;
	struct stella_pubkey *key = NULL;
	const struct stella_error *err;

	err = stella_evidence_parse(&evidence, &text);
	if (err)
		goto done;
	err = stella_pubkey_parse_pem(&key, stella_buf_span(&pem));
	if (err)
		goto done;
	stella_dsse_pae(&pae, evidence->dsse->payload_type, stella_buf_span(&evidence->dsse->payload));
	err = stella_pubkey_verify(key, alg, stella_buf_span(&pae), stella_buf_span(&evidence->dsse->signatures[0].sig));
	if (!err)
		err = judge_subject(c, evidence);
done:
	stella_evidence_free(evidence);
	stella_pubkey_free(key);
	stella_buf_free(&pem);
	stella_buf_free(&pae);
	return err;
}

void corpus_made_by_peers(struct corpus *c)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		corpus_judge(c, rows[i].file, true, judge(c, rows[i].file, rows[i].key, rows[i].alg));
	corpus_judge(c, "cosign-blob.sigstore.json", false, judge(c, "cosign-blob.sigstore.json", "cosign.pub",
		STELLA_SIG_ECDSA_SHA256));
}
