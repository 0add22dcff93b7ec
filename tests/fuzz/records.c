/* SPDX-License-Identifier: Apache-2.0 */
/* Records: what is accepted is printed as one text, and that is read back to the same text. */
#include "fuzz.h"

#include "records.h"

static const char key_pem[] =
	"-----BEGIN PUBLIC KEY-----\n"
	"MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
	"-----END PUBLIC KEY-----\n";

static void check_issuer(struct stella_span text)
{
	struct stella_buf once = { 0 }, twice = { 0 };
	struct stella_issuer *issuer, *again;
	const struct stella_error *err = stella_issuer_parse(&issuer, "ci", text);

	if (err) {
		must(!issuer && (err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT ||
				 err->code == STELLA_POLICY_UNSUPPORTED));
		return;
	}
	stella_issuer_print(&once, issuer);
	must(!stella_issuer_parse(&again, "ci", stella_buf_span(&once)));
	stella_issuer_print(&twice, again);
	must(stella_span_equal(stella_buf_span(&once), stella_buf_span(&twice)));
	must(issuer->subject_count == again->subject_count);
	for (size_t i = 0; i < issuer->subject_count; i++) /* a pattern matches itself */
		must(stella_issuer_may_attest_subject(issuer, issuer->subjects[i]));
	for (size_t i = 0; i < issuer->identity_count; i++) { /* and so does an identity */
		const struct stella_identity *identity = &issuer->identities[i];

		must(stella_identity_has_name(identity, identity->type,
			identity->pattern ? identity->pattern : identity->value));
		must(!identity->sigstore_count || stella_identity_has_claims(identity));
	}
	must(!issuer->subject_count == stella_issuer_may_attest_subject(issuer, NULL));
	stella_issuer_free(issuer);
	stella_issuer_free(again);
	stella_buf_free(&once);
	stella_buf_free(&twice);
}

static void check_key(struct stella_span text)
{
	struct stella_buf once = { 0 }, twice = { 0 };
	struct stella_key *key, *again;
	char keyid[STELLA_SHA256_HEX];
	struct stella_pubkey *pubkey;

	must(!stella_pubkey_parse_pem(&pubkey, stella_span_str(key_pem)));
	stella_sha256_hex(keyid, stella_pubkey_id(pubkey));
	stella_pubkey_free(pubkey);
	if (stella_key_parse(&key, keyid, text, stella_span_str(key_pem)))
		return;
	stella_key_print(&once, key);
	must(!stella_key_parse(&again, keyid, stella_buf_span(&once), stella_span_str(key_pem)));
	stella_key_print(&twice, again);
	must(stella_span_equal(stella_buf_span(&once), stella_buf_span(&twice)));
	must(key->status == STELLA_KEY_REVOKED_STATUS || key->revoked_since == STELLA_TIME_NONE);
	stella_key_free(key);
	stella_key_free(again);
	stella_buf_free(&once);
	stella_buf_free(&twice);
}

static const char trusted_root[] = "{\"mediaType\":\"application/vnd.dev.sigstore.trustedroot+json;version=0.1\"}";

static void check_root(struct stella_span text)
{
	struct stella_buf once = { 0 }, twice = { 0 };
	struct stella_sigstore_root *root, *again;

	if (stella_sigstore_root_parse(&root, "private", text, stella_span_str(trusted_root)))
		return;
	stella_sigstore_root_print(&once, root);
	must(!stella_sigstore_root_parse(&again, "private", stella_buf_span(&once), stella_span_str(trusted_root)));
	stella_sigstore_root_print(&twice, again);
	must(stella_span_equal(stella_buf_span(&once), stella_buf_span(&twice)));
	must(root->times && root->logs <= STELLA_SIGSTORE_THRESHOLD_MAX && root->scts <= STELLA_SIGSTORE_THRESHOLD_MAX);
	stella_sigstore_root_free(root);
	stella_sigstore_root_free(again);
	stella_buf_free(&once);
	stella_buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_issuer(stella_span(data, size));
	check_key(stella_span(data, size));
	check_root(stella_span(data, size));
	return 0;
}
