/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle_job.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "fulcio.h"
#include "sys.h"

#define KEY_MAX 65536
#define WHOLE_ARTIFACT_MAX (256u << 20)         /* what Ed25519 signs itself must be held */

/* ---------------------------------------------------------------- inputs */

static const struct stella_error *read_root(struct bundle_asked *asked, const char *path)
{
	struct stella_buf text = { 0 };
	const struct stella_error *err = stella_sys_read(&text, path, STELLA_TRUSTROOT_MAX);

	if (!err)
		err = stella_trustroot_parse(&asked->root, stella_buf_span(&text));
	stella_buf_free(&text);
	return err ? stella_error_prefix(err, "%s", path) : NULL;
}

const struct stella_error *bundle_read(struct bundle_job *job, const char *path)
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
static const struct stella_error *read_key(struct bundle_asked *asked, const char *path)
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
		err = stella_pubkey_parse_spki(&asked->key, stella_buf_span(&der));
	free(label);
	free(next);
	stella_buf_free(&text);
	stella_buf_free(&der);
	stella_buf_free(&other);
	return err ? stella_error_prefix(err, "%s", path) : NULL;
}

static bool signs_bytes(const struct bundle_job *job, const struct bundle_asked *asked)
{
	struct stella_cert *cert = NULL;
	const struct stella_pubkey *key = asked->key;
	bool is;

	if (job->bundle->dsse)
		return false;
	if (!key && job->bundle->cert_count && !stella_cert_parse(&cert, stella_buf_span(&job->bundle->certs[0])))
		key = stella_cert_key(cert);
	is = key && stella_pubkey_type(key) == STELLA_KEY_ED25519;
	stella_cert_free(cert);
	return is;
}

static const struct stella_error *hash_artifact(struct bundle_job *job, const struct bundle_asked *asked,
	const char *path)
{
	struct stella_hash_ctx ctx[STELLA_HASH_COUNT];
	const struct stella_error *err;

	hash_all_start(ctx);
	if (signs_bytes(job, asked)) {
		err = stella_sys_read(&job->bytes, path, WHOLE_ARTIFACT_MAX);
		hash_all_add(ctx, stella_buf_span(&job->bytes));
	} else {
		err = stella_sys_feed(path, ARTIFACT_MAX, hash_all_add, ctx);
	}
	hash_all_end(err ? NULL : job->digests, ctx);
	job->digest_count = err ? 0 : STELLA_HASH_COUNT;
	return err;
}

/* "sha256:HEX", "sha512:HEX", or a file. */
static const struct stella_error *read_artifact(struct bundle_job *job, const struct bundle_asked *asked,
	const char *text)
{
	if (strncmp(text, "sha256:", 7) != 0 && strncmp(text, "sha384:", 7) != 0 && strncmp(text, "sha512:", 7) != 0)
		return hash_artifact(job, asked, text);
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

static const struct stella_error *read_issuer(struct bundle_job *job)
{
	struct stella_fulcio *fulcio;
	const struct stella_error *err = stella_fulcio_parse(&fulcio, job->result.cert);

	if (err)
		return err;
	if (stella_fulcio_oidc_issuer(fulcio))
		job->issuer = stella_strdup(stella_fulcio_oidc_issuer(fulcio));
	stella_fulcio_free(fulcio);
	return job->issuer ? NULL : stella_error(STELLA_IDENTITY_MISMATCH, "the certificate names no OIDC issuer");
}

static const struct stella_error *check_issuer(struct bundle_job *job, const struct bundle_asked *asked)
{
	const char *exact = asked->issuer, *pattern = asked->issuer_pattern;
	const struct stella_error *err;
	bool same;

	err = read_issuer(job);
	if (err)
		return err;
	err = matches(&same, job->issuer, exact, pattern);
	if (err || same)
		return err;
	return stella_error(STELLA_IDENTITY_MISMATCH, "the OIDC issuer is \"%.256s\", expected \"%.256s\"", job->issuer,
		exact ? exact : pattern);
}

/*
 * What is asked for by its whole text is of one kind: with "://" a URI, else with "@" an email address (or the user name that
 * Fulcio writes like one).  So a certificate cannot say in one kind of name what somebody trusts in another.
 */
static bool is_of_kind(enum stella_san type, const char *exact)
{
	if (!exact)
		return true;
	if (strstr(exact, "://"))
		return type == STELLA_SAN_URI;
	return !strchr(exact, '@') || (type != STELLA_SAN_URI && type != STELLA_SAN_DNS);
}

static const struct stella_error *check_identity(struct bundle_job *job, const struct bundle_asked *asked)
{
	const char *exact = asked->identity, *pattern = asked->identity_pattern;
	const struct stella_error *err = NULL;
	const char *value, *first = NULL;
	enum stella_san type, first_type = STELLA_SAN_URI;
	bool same = false;

	for (size_t i = 0; !err && !same && stella_cert_san(job->result.cert, i, &type, &value); i++) {
		if (!first) {
			first = value;
			first_type = type;
		}
		if (!is_of_kind(type, exact))
			continue;
		err = matches(&same, value, exact, pattern);
		if (same)
			job->identity = value;
	}
	if (err)
		return err;
	if (!same)
		return stella_error(STELLA_IDENTITY_MISMATCH, "the signer is \"%.256s\" (%s), expected \"%.256s\"",
			first ? first : "(nobody)", first ? stella_san_name(first_type) : "no name", exact ? exact : pattern);
	return check_issuer(job, asked);
}

/* ---------------------------------------------------------------- all */

static const struct stella_error *check_options(struct cmd *cmd)
{
	bool key = opts_get(cmd, "key") != NULL;
	unsigned identity = !!opts_get(cmd, "certificate-identity") + !!opts_get(cmd, "certificate-identity-regexp");
	unsigned issuer = !!opts_get(cmd, "certificate-oidc-issuer") + !!opts_get(cmd, "certificate-oidc-issuer-regexp");

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

const struct stella_error *bundle_asked_read(struct bundle_asked *out, struct cmd *cmd)
{
	const struct stella_error *err = check_options(cmd);
	bool tlog = !opts_flag(cmd, "insecure-ignore-tlog");

	*out = (struct bundle_asked){
		.identity = opts_get(cmd, "certificate-identity"), .identity_pattern = opts_get(cmd, "certificate-identity-regexp"),
		.issuer = opts_get(cmd, "certificate-oidc-issuer"), .issuer_pattern = opts_get(cmd, "certificate-oidc-issuer-regexp"),
	};
	if (!err)
		err = read_root(out, opts_get(cmd, "trusted-root"));
	if (!err && opts_get(cmd, "key"))
		err = read_key(out, opts_get(cmd, "key"));
	out->thresholds = (struct stella_sigstore_thresholds){
		.logs = tlog, .scts = !opts_flag(cmd, "insecure-ignore-sct"),
		.times = tlog || !out->key || opts_flag(cmd, "use-signed-timestamps"), .now = cmd->now,
	};
	return err;
}

void bundle_asked_free(struct bundle_asked *asked)
{
	stella_pubkey_free(asked->key);
	stella_trustroot_free(asked->root);
}

const struct stella_error *bundle_verify(struct bundle_job *job, const struct bundle_asked *asked, const char *artifact)
{
	const struct stella_error *err = read_artifact(job, asked, artifact);
	const struct stella_sigstore_artifact what = {
		.digests = job->digests, .count = job->digest_count, .bytes = stella_buf_span(&job->bytes),
	};

	if (!err)
		err = stella_sigstore_verify(&job->result, job->bundle, asked->root, asked->key, &what, &asked->thresholds);
	if (!err && job->result.cert)
		err = check_identity(job, asked);
	return err;
}

void bundle_free(struct bundle_job *job)
{
	stella_sigstore_result_free(&job->result);
	for (size_t i = 0; i < STELLA_HASH_COUNT; i++)
		stella_digest_free(&job->digests[i]);
	stella_buf_free(&job->bytes);
	stella_bundle_free(job->bundle);
	free(job->issuer);
	*job = (struct bundle_job){ 0 };
}
