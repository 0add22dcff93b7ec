/* SPDX-License-Identifier: Apache-2.0 */
/* verify bundle: a Sigstore bundle against a trusted root and an identity or key, without any repository. */
#include <string.h>

#include "bundle_job.h"

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
	{ "batch", 0, "FILE", "many bundles, one JSON object a line: {\"bundle\": FILE, \"artifact\": FILE|DIGEST}", NULL, false },
	{ "threads", 0, "N", "of a batch; as many as there are cores", NULL, false },
	{ "use-signed-timestamps", 0, NULL, NULL, NULL, false },
	{ 0 }
};

static void tell_json(struct cmd *cmd, const struct bundle_job *job, const struct bundle_asked *asked)
{
	const struct stella_sigstore_result *r = &job->result;
	struct stella_json *object = stella_json_new_object(), *times;

	stella_json_set_bool(object, "verified", true);
	if (r->cert) {
		stella_json_set_text(object, "identity", job->identity);
		stella_json_set_text(object, "oidc_issuer", job->issuer);
		stella_json_set(object, "certificate", json_id(stella_cert_fingerprint(r->cert)));
	} else {
		stella_json_set(object, "key", json_id(stella_pubkey_id(asked->key)));
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

static void tell(struct cmd *cmd, const struct bundle_job *job, const struct bundle_asked *asked)
{
	const struct stella_sigstore_result *r = &job->result;

	if (cmd->json) {
		tell_json(cmd, job, asked);
		return;
	}
	say(cmd, "%s\n", paint(cmd, PAINT_GOOD, "VERIFIED"));
	if (r->cert) {
		say(cmd, "signer    %s\n", show(cmd, job->identity));
		say(cmd, "issuer    %s\n", show(cmd, job->issuer));
	} else {
		say(cmd, "key       %s\n", show_id(cmd, stella_pubkey_id(asked->key)));
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

static const struct stella_error *verify_one(struct cmd *cmd, const struct bundle_asked *asked)
{
	struct bundle_job job = { 0 };
	const char *path = opts_get(cmd, "bundle");
	const struct stella_error *err = bundle_read(&job, path);

	if (!err) {
		err = bundle_verify(&job, asked, cmd->args[0]);
		cmd->hint = err ? hint_after(cmd, err, NULL, NULL, path) : NULL;
	}
	if (!err)
		tell(cmd, &job, asked);
	bundle_free(&job);
	return err;
}

const struct stella_error *cmd_verify_bundle(struct cmd *cmd)
{
	bool many = opts_get(cmd, "batch") != NULL;
	struct bundle_asked asked = { 0 };
	const struct stella_error *err = NULL;

	if (!many && !opts_get(cmd, "bundle"))
		return stella_error(STELLA_USAGE, "--bundle FILE is missing");
	if (many && opts_get(cmd, "bundle"))
		return stella_error(STELLA_USAGE, "--bundle and --batch: one of the two");
	if (!many && cmd->arg_count == 0)
		return stella_error(STELLA_USAGE, "the artifact is missing: a file, or sha256:HEX");
	err = bundle_asked_read(&asked, cmd);
	if (!err)
		err = many ? bundle_batch(cmd, &asked) : verify_one(cmd, &asked);
	bundle_asked_free(&asked);
	return err;
}
