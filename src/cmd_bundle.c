/* SPDX-License-Identifier: Apache-2.0 */
/* verify bundle: a Sigstore bundle against a trusted root and an identity or key, without any repository. */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "encode.h"
#include "fulcio.h"
#include "sigstore.h"
#include "sys.h"

#define KEY_MAX 65536
#define ARTIFACT_MAX (UINT64_C(1) << 40)        /* what is hashed in pieces */
#define WHOLE_ARTIFACT_MAX (256u << 20)         /* what Ed25519 signs itself must be held */

const struct opt verify_bundle_opts[] = {
	{ "bundle", 'b', "FILE", "the Sigstore bundle", NULL, false },
	{ "trusted-root", 0, "FILE", "the logs and authorities that count (trusted_root.json)", NULL, false },
	{ "custom-trusted-root", 0, "FILE", NULL, "trusted-root", false },
	{ "certificate-identity", 0, "TEXT", "the signer's email or URI, exactly", NULL, false },
	{ "cert-identity", 0, "TEXT", NULL, "certificate-identity", false },
	{ "certificate-identity-regexp", 0, "REGEXP", "the same, a POSIX extended expression for all of it", NULL, false },
	{ "cert-identity-regex", 0, "REGEXP", NULL, "certificate-identity-regexp", false },
	{ "certificate-oidc-issuer", 0, "URL", "who says that it is the signer's, exactly", NULL, false },
	{ "cert-oidc-issuer", 0, "URL", NULL, "certificate-oidc-issuer", false },
	{ "certificate-oidc-issuer-regexp", 0, "REGEXP", "the same, a POSIX extended expression for all of it", NULL, false },
	{ "cert-oidc-issuer-regex", 0, "REGEXP", NULL, "certificate-oidc-issuer-regexp", false },
	{ "key", 'k', "FILE", "the signer's public key (PEM), instead of an identity", NULL, false },
	{ "insecure-ignore-tlog", 0, NULL, "ask for no transparency log entry", NULL, false },
	{ "insecure-ignore-sct", 0, NULL, "ask for no certificate timestamp", NULL, false },
	{ "use-signed-timestamps", 0, NULL, NULL, NULL, false },
	{ 0 }
};

struct job {
	struct stella_trustroot *root;
	struct stella_bundle *bundle;
	struct stella_pubkey *key;
	struct stella_digest digests[STELLA_HASH_COUNT];
	size_t digest_count;
	struct stella_buf bytes;
	struct stella_sigstore_result result;
	const char *identity, *issuer;          /* of the certificate; the second is kept by the run */
};

/* ---------------------------------------------------------------- inputs */

static const struct stella_error *read_root(struct job *job, const char *path)
{
	struct stella_buf text = { 0 };
	const struct stella_error *err = stella_sys_read(&text, path, STELLA_TRUSTROOT_MAX);

	if (!err)
		err = stella_trustroot_parse(&job->root, stella_buf_span(&text));
	stella_buf_free(&text);
	return err ? stella_error_prefix(err, "%s", path) : NULL;
}

static const struct stella_error *read_bundle(struct job *job, const char *path)
{
	struct stella_buf text = { 0 };
	struct stella_json *document;
	const struct stella_error *err = stella_sys_read(&text, path, STELLA_BUNDLE_MAX);

	if (!err)
		err = stella_json_parse(&document, stella_buf_span(&text));
	if (!err)
		err = stella_bundle_parse(&job->bundle, document);
	stella_buf_free(&text);
	return err ? stella_error_prefix(err, "%s", path) : NULL;
}

/* The one block of the file, whatever people wrote around it. */
static const struct stella_error *read_key(struct job *job, const char *path)
{
	struct stella_buf text = { 0 }, der = { 0 }, other = { 0 };
	char *label = NULL, *next = NULL;
	struct stella_cursor c;
	const struct stella_error *err = stella_sys_read(&text, path, KEY_MAX), *end;

	c = stella_cursor(stella_buf_span(&text));
	if (!err)
		err = stella_pem_next(&der, &label, &c);
	if (stella_error_is(err, STELLA_NOT_FOUND) && text.size > 0)
		err = stella_error_recode(err, STELLA_MALFORMED);
	if (!err && strcmp(label, "PUBLIC KEY") != 0)
		err = stella_error(STELLA_MALFORMED, "%s, expected PUBLIC KEY", label);
	if (!err) {
		end = stella_pem_next(&other, &next, &c);
		if (!end)
			err = stella_error(STELLA_MALFORMED, "more than one block, expected one PUBLIC KEY");
		else if (end->code != STELLA_NOT_FOUND)
			err = end;
	}
	if (!err)
		err = stella_pubkey_parse_spki(&job->key, stella_buf_span(&der));
	free(label);
	free(next);
	stella_buf_free(&text);
	stella_buf_free(&der);
	stella_buf_free(&other);
	return err ? stella_error_prefix(err, "%s", path) : NULL;
}

static void add_piece(void *context, struct stella_span piece)
{
	struct stella_hash_ctx *ctx = context;

	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++)
		stella_hash_add(&ctx[i], piece);
}

static bool signs_bytes(const struct job *job)
{
	struct stella_cert *cert = NULL;
	const struct stella_pubkey *key = job->key;
	bool is;

	if (job->bundle->dsse)
		return false;
	if (!key && job->bundle->cert_count && !stella_cert_parse(&cert, stella_buf_span(&job->bundle->certs[0])))
		key = stella_cert_key(cert);
	is = key && stella_pubkey_type(key) == STELLA_KEY_ED25519;
	stella_cert_free(cert);
	return is;
}

static const struct stella_error *hash_artifact(struct job *job, const char *path)
{
	struct stella_hash_ctx ctx[STELLA_HASH_COUNT];
	const struct stella_error *err;

	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++)
		stella_hash_start(&ctx[i], (enum stella_hash)i);
	if (signs_bytes(job)) {
		err = stella_sys_read(&job->bytes, path, WHOLE_ARTIFACT_MAX);
		add_piece(ctx, stella_buf_span(&job->bytes));
	} else {
		err = stella_sys_feed(path, ARTIFACT_MAX, add_piece, ctx);
	}
	for (unsigned i = 0; !err && i < STELLA_HASH_COUNT; i++) {
		uint8_t digest[STELLA_DIGEST_MAX];
		struct stella_buf hex = { 0 };

		stella_hash_end(&ctx[i], digest);
		stella_hex_print(&hex, stella_span(digest, stella_hash_size((enum stella_hash)i)));
		job->digests[i].algorithm = stella_strdup(stella_hash_name((enum stella_hash)i));
		job->digests[i].hex = stella_buf_take_str(&hex);
		job->digest_count++;
	}
	return err;
}

/* "sha256:HEX", "sha512:HEX", or a file. */
static const struct stella_error *read_artifact(struct job *job, const char *text)
{
	if (strncmp(text, "sha256:", 7) != 0 && strncmp(text, "sha384:", 7) != 0 && strncmp(text, "sha512:", 7) != 0)
		return hash_artifact(job, text);
	job->digest_count = 1;
	return stella_digest_parse(&job->digests[0], text);
}

/* ---------------------------------------------------------------- identity */

/* Exactly, or by an expression that must match all of it. */
static const struct stella_error *matches(bool *out, const char *text, const char *exact, const char *pattern)
{
	struct stella_buf whole = { 0 };
	regex_t regex;
	int failed;

	*out = exact && strcmp(text, exact) == 0;
	if (exact)
		return NULL;
	stella_buf_printf(&whole, "^(%s)$", pattern);
	failed = regcomp(&regex, (const char *)whole.data, REG_EXTENDED | REG_NOSUB);
	stella_buf_free(&whole);
	if (failed)
		return stella_error(STELLA_USAGE, "\"%s\" is not a POSIX extended regular expression", pattern);
	*out = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return NULL;
}

static const struct stella_error *read_issuer(struct cmd *cmd, struct job *job)
{
	struct stella_fulcio *fulcio;
	const struct stella_error *err = stella_fulcio_parse(&fulcio, job->result.cert);

	if (err)
		return err;
	job->issuer = keep(cmd, stella_strdup(stella_fulcio_oidc_issuer(fulcio)));
	stella_fulcio_free(fulcio);
	return job->issuer ? NULL : stella_error(STELLA_IDENTITY_MISMATCH, "the certificate names no OIDC issuer");
}

static const struct stella_error *check_issuer(struct cmd *cmd, struct job *job)
{
	const char *exact = opts_get(cmd, "certificate-oidc-issuer");
	const char *pattern = opts_get(cmd, "certificate-oidc-issuer-regexp");
	const struct stella_error *err;
	bool same;

	err = read_issuer(cmd, job);
	if (err)
		return err;
	err = matches(&same, job->issuer, exact, pattern);
	if (err || same)
		return err;
	return stella_error(STELLA_IDENTITY_MISMATCH, "the OIDC issuer is \"%.256s\", expected \"%.256s\"", job->issuer,
		exact ? exact : pattern);
}

static const struct stella_error *check_identity(struct cmd *cmd, struct job *job)
{
	const char *exact = opts_get(cmd, "certificate-identity");
	const char *pattern = opts_get(cmd, "certificate-identity-regexp");
	const struct stella_error *err = NULL;
	const char *value, *first = NULL;
	enum stella_san type;
	bool same = false;

	for (size_t i = 0; !err && !same && stella_cert_san(job->result.cert, i, &type, &value); i++) {
		if (!first)
			first = value;
		err = matches(&same, value, exact, pattern);
		if (same)
			job->identity = value;
	}
	if (err)
		return err;
	if (!same)
		return stella_error(STELLA_IDENTITY_MISMATCH, "the signer is \"%.256s\", expected \"%.256s\"",
			first ? first : "(nobody)", exact ? exact : pattern);
	return check_issuer(cmd, job);
}

/* ---------------------------------------------------------------- telling */

static void tell_json(struct cmd *cmd, const struct job *job)
{
	const struct stella_sigstore_result *r = &job->result;
	struct stella_json *object = stella_json_new_object(), *times;

	stella_json_set_bool(object, "verified", true);
	if (r->cert) {
		stella_json_set_text(object, "identity", job->identity);
		stella_json_set_text(object, "oidc_issuer", job->issuer);
		stella_json_set(object, "certificate", json_id(stella_cert_fingerprint(r->cert)));
	} else {
		stella_json_set(object, "key", json_id(stella_pubkey_id(job->key)));
	}
	if (r->statement)
		stella_json_set_text(object, "predicate_type", r->statement->predicate_type);
	times = stella_json_set(object, "verified_timestamps", stella_json_new_array());
	for (size_t i = 0; i < r->time_count; i++) {
		struct stella_json *time = stella_json_add(times, stella_json_new_object());

		stella_json_set_text(time, "type", r->times[i].source);
		stella_json_set_text(time, "uri", r->times[i].authority);
		stella_json_set(time, "timestamp", json_time(r->times[i].time));
	}
	if (r->stamps_not_counted) {
		stella_json_set_int(object, "timestamps_not_counted", (int64_t)r->stamps_not_counted);
		stella_json_set_text(object, "timestamps_not_counted_why", r->stamp_failure.message);
	}
	stella_json_set_int(object, "logs", (int64_t)r->log_count);
	stella_json_set_int(object, "certificate_logs", (int64_t)r->sct_count);
	say_json(cmd, "bundle", object);
}

static void tell(struct cmd *cmd, const struct job *job)
{
	const struct stella_sigstore_result *r = &job->result;

	if (cmd->json) {
		tell_json(cmd, job);
		return;
	}
	say(cmd, "%s\n", paint(cmd, PAINT_GOOD, "VERIFIED"));
	if (r->cert) {
		say(cmd, "signer    %s\n", show(cmd, job->identity));
		say(cmd, "issuer    %s\n", show(cmd, job->issuer));
	} else {
		say(cmd, "key       %s\n", show_id(cmd, stella_pubkey_id(job->key)));
	}
	if (r->statement)
		say(cmd, "type      %s\n", show(cmd, r->statement->predicate_type));
	for (size_t i = 0; i < r->time_count; i++)
		say(cmd, "time      %s by %s\n", show_time(cmd, r->times[i].time), show(cmd, r->times[i].authority));
	if (r->stamps_not_counted)
		say(cmd, "NOT COUNTED %zu timestamp%s: %s\n", r->stamps_not_counted, r->stamps_not_counted == 1 ? "" : "s",
			show(cmd, r->stamp_failure.message));
	say(cmd, "logs      %zu\n", r->log_count);
}

/* ---------------------------------------------------------------- the command */

static const struct stella_error *check_options(struct cmd *cmd)
{
	bool key = opts_get(cmd, "key") != NULL;
	unsigned identity = !!opts_get(cmd, "certificate-identity") + !!opts_get(cmd, "certificate-identity-regexp");
	unsigned issuer = !!opts_get(cmd, "certificate-oidc-issuer") + !!opts_get(cmd, "certificate-oidc-issuer-regexp");

	if (!opts_get(cmd, "bundle"))
		return stella_error(STELLA_USAGE, "--bundle FILE is missing");
	if (!opts_get(cmd, "trusted-root"))
		return stella_error(STELLA_USAGE, "--trusted-root FILE is missing: the trusted_root.json that names the logs and "
			"authorities to believe");
	if (key && (identity || issuer))
		return stella_error(STELLA_USAGE, "--key and a certificate's identity: one of the two");
	if (!key && (identity != 1 || issuer != 1))
		return stella_error(STELLA_USAGE, "--certificate-identity and --certificate-oidc-issuer, each once or as "
			"-regexp, or --key FILE");
	return NULL;
}

static const struct stella_error *verify(struct cmd *cmd, struct job *job)
{
	bool tlog = !opts_flag(cmd, "insecure-ignore-tlog");
	const struct stella_sigstore_thresholds thresholds = {
		.logs = tlog, .scts = !opts_flag(cmd, "insecure-ignore-sct"),
		.times = tlog || !job->key || opts_flag(cmd, "use-signed-timestamps"), .now = cmd->now,
	};
	const struct stella_sigstore_artifact artifact = {
		.digests = job->digests, .count = job->digest_count, .bytes = stella_buf_span(&job->bytes),
	};
	const struct stella_error *err;

	cmd->hint = "compare the artifact, the identity and --trusted-root with what the publisher says";
	err = stella_sigstore_verify(&job->result, job->bundle, job->root, job->key, &artifact, &thresholds);

	if (!err && job->result.cert)
		err = check_identity(cmd, job);
	return err;
}

const struct stella_error *cmd_verify_bundle(struct cmd *cmd)
{
	struct job job = { 0 };
	const struct stella_error *err = check_options(cmd);

	if (!err)
		err = read_root(&job, opts_get(cmd, "trusted-root"));
	if (!err && opts_get(cmd, "key"))
		err = read_key(&job, opts_get(cmd, "key"));
	if (!err)
		err = read_bundle(&job, opts_get(cmd, "bundle"));
	if (!err)
		err = read_artifact(&job, cmd->args[0]);
	if (!err)
		err = verify(cmd, &job);
	if (!err)
		tell(cmd, &job);
	stella_sigstore_result_free(&job.result);
	for (size_t i = 0; i < STELLA_HASH_COUNT; i++)
		stella_digest_free(&job.digests[i]);
	stella_buf_free(&job.bytes);
	stella_pubkey_free(job.key);
	stella_bundle_free(job.bundle);
	stella_trustroot_free(job.root);
	return err;
}
