/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole bundle against a whole trusted root.  Input: three lines, the root, the bundle, the artifact's SHA-256 in hex;
 * a fourth with the key's SubjectPublicKeyInfo in hex where the bundle has none.  A yes has all that was asked for, says the
 * same again, and a digit of the digest more or less makes it a no.
 */
#include "fuzz.h"

#include <string.h>

#include "encode.h"
#include "sigstore.h"

struct input {
	struct stella_trustroot *root;
	struct stella_bundle *bundle;
	struct stella_pubkey *key;
	struct stella_digest digest;
};

static const struct stella_sigstore_thresholds thresholds = { 1, 1, 1, INT64_MAX };

static bool open_key(struct input *in, struct stella_cursor *c)
{
	struct stella_buf der = { 0 };
	struct stella_span line;
	bool good = !stella_cursor_line(c, &line) || (!stella_hex_parse(&der, line) &&
		!stella_pubkey_parse_spki(&in->key, stella_buf_span(&der)));

	stella_buf_free(&der);
	return good;
}

static bool open_input(struct input *in, struct stella_span all)
{
	struct stella_cursor c = stella_cursor(all);
	struct stella_span root, bundle, digest;
	struct stella_json *json;
	char *text;
	bool good;

	if (!stella_cursor_line(&c, &root) || !stella_cursor_line(&c, &bundle) || !stella_cursor_line(&c, &digest) ||
	    digest.size != 64 || stella_span_has_nul(digest))
		return false;
	if (stella_trustroot_parse(&in->root, root) || stella_json_parse(&json, bundle))
		return false;
	if (stella_bundle_parse(&in->bundle, json))
		return false;
	text = stella_span_strdup(digest);
	good = !stella_digest_parse(&in->digest, text);
	free(text);
	return good && open_key(in, &c);
}

static const struct stella_error *verify(struct stella_sigstore_result *out, const struct input *in)
{
	const struct stella_sigstore_artifact artifact = { .digests = &in->digest, .count = 1 };

	return stella_sigstore_verify(out, in->bundle, in->root, in->key, &artifact, &thresholds);
}

static void check_yes(struct input *in, const struct stella_sigstore_result *yes)
{
	struct stella_sigstore_result other;

	must(yes->log_count >= 1 && yes->entry_count >= yes->log_count && yes->time_count >= 1 && yes->authority_count >= 1);
	must(!yes->cert == (in->key != NULL));
	must(!yes->cert || (yes->chain.count >= 2 && yes->sct_count >= 1));
	must(!verify(&other, in) && other.time_count == yes->time_count);
	stella_sigstore_result_free(&other);
	must(!stella_sigstore_verify_times(&other, in->bundle, in->root, in->key,
		&(const struct stella_sigstore_artifact){ .digests = &in->digest, .count = 1 }, &thresholds));
	stella_sigstore_result_free(&other);
	in->digest.hex[0] = in->digest.hex[0] == '0' ? '1' : '0';
	must(verify(&other, in));
	stella_sigstore_result_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { 0 };
	struct stella_sigstore_result result;
	const struct stella_error *err;

	if (open_input(&in, stella_span(data, size))) {
		err = verify(&result, &in);
		must(!err || stella_code_exit(err->code) == STELLA_EXIT_REFUSED ||
			stella_code_exit(err->code) == STELLA_EXIT_MALFORMED || stella_code_exit(err->code) == STELLA_EXIT_LIMIT);
		if (!err)
			check_yes(&in, &result);
		stella_sigstore_result_free(&result);
	}
	stella_digest_free(&in.digest);
	stella_pubkey_free(in.key);
	stella_bundle_free(in.bundle);
	stella_trustroot_free(in.root);
	return 0;
}
