/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real commits and tags.  SSH: is the signature intact, as ssh-keygen -Y check-novalidate says, and
 * is it by a key that allowed_signers gives to the committer, as -Y verify says.  X.509: signature and chain to Fulcio
 * at a time inside the certificate's validity, as openssl cms -verify says, and with the log's entry inside, by that
 * identity, as cosign says of the same in a bundle.  OpenPGP must be named as such, no signature as none.
 */
#include "cmssig.h"
#include "corpora.h"
#include "gitsig.h"
#include "gitsign.h"
#include "sigstore.h"

#include <stdio.h>
#include <string.h>

/* A line "principal type base64 [comment]", the only form in these files. */
static bool line_allows(struct stella_span line, const char *principal, const struct stella_pubkey *key)
{
	struct stella_pubkey *listed = NULL;
	size_t size = strlen(principal);
	bool same;

	if (!stella_span_starts(line, principal) || line.size <= size || line.data[size] != ' ')
		return false;
	if (stella_pubkey_parse_ssh_line(&listed, stella_span(line.data + size + 1, line.size - size - 1)))
		return false;
	same = stella_pubkey_equal(listed, key);
	stella_pubkey_free(listed);
	return same;
}

static bool is_allowed(struct stella_span signers, const char *principal, const struct stella_pubkey *key)
{
	struct stella_cursor c = stella_cursor(signers);
	struct stella_span line;

	while (stella_cursor_line(&c, &line))
		if (line_allows(line, principal, key))
			return true;
	return false;
}

static void run_ssh(struct corpus *c, const struct stella_json *v, struct stella_span raw, bool is_tag)
{
	bool intact = strcmp(corpus_text(c, v, "expected_check_novalidate"), "valid") == 0;
	bool valid = strcmp(corpus_text(c, v, "expected"), "valid") == 0;
	struct stella_buf signers = corpus_read(c, corpus_text(c, v, "allowed_signers"));
	struct stella_buf payload = { 0 }, armored = { 0 };
	const char *id = corpus_text(c, v, "id");
	struct stella_sshsig *sig = NULL;
	enum stella_gitsig_kind kind = STELLA_GITSIG_NONE;
	const struct stella_error *err;
	bool allowed = false;
	char text[256];

	err = stella_gitsig_split(&payload, &armored, &kind, raw, is_tag);
	if (!err && kind != STELLA_GITSIG_SSH)
		err = stella_error(STELLA_MALFORMED, "not an SSH signature");
	if (!err)
		err = stella_sshsig_parse(&sig, stella_buf_span(&armored));
	if (!err)
		err = stella_sshsig_verify(sig, corpus_text(c, v, "namespace"), stella_buf_span(&payload));
	if (intact && err && strstr(err->message, "security key")) {
		corpus_deviation(c, id, err->message); /* ssh-keygen asks for no touch and for no meaning of flags */
		goto done;
	}
	corpus_judge(c, id, intact, err);
	if (!err)
		allowed = is_allowed(stella_buf_span(&signers), corpus_text(c, v, "principal"), stella_sshsig_key(sig));
	snprintf(text, sizeof text, "%s (signer)", id);
	if (allowed == valid)
		corpus_pass(c);
	else
		corpus_fail(c, text, valid ? "the committer's key" : "not the committer's key", allowed ? "it is" : "it is not");
done:
	stella_sshsig_free(sig);
	stella_buf_free(&payload);
	stella_buf_free(&armored);
	stella_buf_free(&signers);
}

/* ---------------------------------------------------------------- X.509 */

#define FULCIO "../trusted-roots/public-good.json"

static struct stella_trustroot *fulcio;

/* Is there a time, in its window, at which one of the authorities issued this? */
static const struct stella_error *check_chain(const struct stella_cmssig *sig)
{
	const struct stella_error *err = stella_error(STELLA_ANCHOR_MISSING, "no authority");
	const struct stella_cert *known[2 * STELLA_CMS_CERTS_MAX];
	struct stella_chain chain;

	for (size_t i = 0; i < fulcio->ca_count; i++) {
		const struct stella_authority *ca = &fulcio->cas[i];
		const struct stella_cert *const *certs = (const struct stella_cert *const *)ca->certs;
		size_t count = 0;

		for (size_t k = 0; k + 1 < ca->cert_count && count < STELLA_CMS_CERTS_MAX; k++)
			known[count++] = certs[k];
		for (size_t k = 0; k < sig->cms.cert_count; k++)
			known[count++] = sig->cms.certs[k];
		err = stella_chain_verify(&chain, sig->signer, known, count, certs + ca->cert_count - 1, 1,
			stella_cert_not_before(sig->signer) + 1);
		if (!err)
			break;
	}
	return err;
}

static const struct stella_error *check_entry(const struct stella_cmssig *sig, const char *identity)
{
	static const struct stella_sigstore_thresholds thresholds = { 1, 1, 1, INT64_MAX };
	struct stella_sigstore_artifact artifact = { 0 };
	struct stella_sigstore_result result;
	struct stella_buf message = { 0 };
	struct stella_bundle *bundle;
	const char *name;
	enum stella_san type;
	const struct stella_error *err = stella_gitsign_bundle(&bundle, &message, sig);

	if (err)
		return err;
	artifact.bytes = stella_buf_span(&message);
	err = stella_sigstore_verify(&result, bundle, fulcio, NULL, &artifact, &thresholds);
	if (!err && identity && (!stella_cert_san(result.cert, 0, &type, &name) || strcmp(name, identity) != 0))
		err = stella_error(STELLA_ISSUER_UNTRUSTED, "of another identity");
	stella_sigstore_result_free(&result);
	stella_bundle_free(bundle);
	stella_buf_free(&message);
	return err;
}

static void run_x509(struct corpus *c, const struct stella_json *v, struct stella_span raw, bool is_tag)
{
	bool intact = strcmp(corpus_text(c, v, "expected_cms"), "valid") == 0;
	bool valid = strcmp(corpus_text(c, v, "expected"), "valid") == 0;
	struct stella_buf payload = { 0 }, armored = { 0 };
	const char *id = corpus_text(c, v, "id");
	struct stella_cmssig *sig = NULL;
	enum stella_gitsig_kind kind = STELLA_GITSIG_NONE;
	const struct stella_error *err;
	char text[256];

	err = stella_gitsig_split(&payload, &armored, &kind, raw, is_tag);
	if (!err && kind != STELLA_GITSIG_X509)
		err = stella_error(STELLA_MALFORMED, "not an X.509 signature");
	if (!err)
		err = stella_cmssig_parse(&sig, stella_buf_span(&armored));
	if (!err)
		err = stella_cmssig_verify(sig, stella_buf_span(&payload));
	if (!err)
		err = check_chain(sig);
	corpus_judge(c, id, intact, err);
	if (!err)
		err = check_entry(sig, valid ? corpus_text(c, v, "identity") : NULL);
	snprintf(text, sizeof text, "%s (log entry)", id);
	corpus_judge(c, text, valid, err);
	stella_cmssig_free(sig);
	stella_buf_free(&payload);
	stella_buf_free(&armored);
}

static void run_kind(struct corpus *c, const struct stella_json *v, struct stella_span raw, bool is_tag,
	enum stella_gitsig_kind wanted)
{
	static const char *const names[] = { "none", "SSH", "OpenPGP", "X.509", "unknown" };
	struct stella_buf payload = { 0 }, armored = { 0 };
	enum stella_gitsig_kind kind;
	const struct stella_error *err = stella_gitsig_split(&payload, &armored, &kind, raw, is_tag);

	if (!err && kind == wanted)
		corpus_pass(c);
	else
		corpus_fail(c, corpus_text(c, v, "id"), names[wanted], err ? err->message : names[kind]);
	stella_buf_free(&payload);
	stella_buf_free(&armored);
}

static void run_case(struct corpus *c, const struct stella_json *v)
{
	struct stella_buf raw = corpus_read(c, corpus_text(c, v, "file"));
	bool is_tag = strcmp(corpus_text(c, v, "object_type"), "tag") == 0;
	const char *type = corpus_text(c, v, "signature_type");

	if (strcmp(type, "ssh") == 0)
		run_ssh(c, v, stella_buf_span(&raw), is_tag);
	else if (strcmp(type, "pgp") == 0)
		run_kind(c, v, stella_buf_span(&raw), is_tag, STELLA_GITSIG_OPENPGP);
	else if (strcmp(type, "none") == 0)
		run_kind(c, v, stella_buf_span(&raw), is_tag, STELLA_GITSIG_NONE);
	else
		run_x509(c, v, stella_buf_span(&raw), is_tag);
	stella_buf_free(&raw);
}

void corpus_git_objects(struct corpus *c)
{
	struct stella_json *index = corpus_json(c, "index.json");
	const struct stella_json *cases = corpus_array(c, index, "cases");
	struct stella_buf root = corpus_read(c, FULCIO);
	const struct stella_error *err = stella_trustroot_parse(&fulcio, stella_buf_span(&root));

	if (err)
		corpus_fail(c, FULCIO, "a trusted root", err->message);
	for (size_t i = 0; !err && i < stella_json_count(cases); i++)
		run_case(c, stella_json_at(cases, i));
	stella_trustroot_free(fulcio);
	stella_buf_free(&root);
	stella_json_free(index);
}
