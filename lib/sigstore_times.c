/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who says when: the entries of transparency logs and the timestamps of a bundle.  An entry that does not hold refuses
 * the bundle.  A timestamp that does not verify counts for nothing, for who made the bundle could have left it out; one
 * that cannot be read, or stands there twice, refuses it.
 */
#include "sigstore_internal.h"

#include <inttypes.h>
#include <stdio.h>

#include "encode.h"
#include "text.h"
#include "tsp.h"

/* ---------------------------------------------------------------- times */

static void add_time(struct stella_sigstore_run *r, const struct stella_sigstore_time *time)
{
	struct stella_sigstore_result *out = r->out;
	bool is_new = true;

	for (size_t i = 0; i < out->time_count; i++)
		is_new = is_new && !stella_sha256_equal(&out->times[i].who, &time->who);
	out->authority_count += is_new;
	out->times[out->time_count++] = *time;
}

/* No tolerance: who may say that it is later than it is may say that a key was not yet revoked. */
static const struct stella_error *verify_past(const struct stella_sigstore_run *r)
{
	char text[STELLA_TIME_TEXT], now[STELLA_TIME_TEXT];

	for (size_t i = 0; i < r->out->time_count; i++) {
		const struct stella_sigstore_time *time = &r->out->times[i];

		if (time->time <= r->thresholds->now)
			continue;
		stella_time_print(text, time->time);
		stella_time_print(now, r->thresholds->now);
		return stella_error(STELLA_TIMESTAMP_INVALID, "timestamp invalid: %.200s says %s, and it is %s",
			time->authority ? time->authority : time->source, text, now);
	}
	return NULL;
}

static const struct stella_error *verify_threshold(const struct stella_sigstore_run *r)
{
	const struct stella_sigstore_result *out = r->out;

	if (out->authority_count >= r->thresholds->times)
		return NULL;
	return stella_error(STELLA_TIMESTAMP_INVALID,
		"no signed time: %zu of %u independent logs or authorities say when it was signed%s%.700s", out->authority_count,
		r->thresholds->times, out->stamp_failure.message[0] ? "; " : "", out->stamp_failure.message);
}

/* ---------------------------------------------------------------- log entries */

/* Independent are logs with different keys; one that is listed twice is one. */
static bool is_counted(const struct stella_sigstore_run *r, const struct stella_log *log)
{
	for (size_t i = 0; i < r->out->log_count; i++)
		if (stella_pubkey_equal(r->logs[i]->key, log->key))
			return true;
	return false;
}

static const struct stella_error *verify_entry(struct stella_sigstore_run *r, const struct stella_tlog_entry *entry,
	const struct stella_tlog_expected *expected)
{
	struct stella_tlog_result result;
	const struct stella_error *err = stella_tlog_verify(&result, entry, r->root, expected);
	struct stella_sigstore_time time;

	if (err)
		return err;
	if (!is_counted(r, result.log))
		r->logs[r->out->log_count++] = result.log;
	r->out->entry_count++;
	if (!result.has_time) {
		r->untimed[r->untimed_count++] = result.log;
		return NULL;
	}
	time = (struct stella_sigstore_time){ result.time, "rekor", result.log->base_url, *stella_pubkey_id(result.log->key) };
	add_time(r, &time);
	return NULL;
}

static void expect(struct stella_tlog_expected *out, const struct stella_sigstore_run *r)
{
	const struct stella_dsse *dsse = r->bundle->dsse;

	*out = (struct stella_tlog_expected){ .minor = r->bundle->minor, .signature = r->signature, .key = r->key };
	if (r->out->cert)
		out->cert = stella_cert_der(r->out->cert);
	if (dsse) {
		out->payload = stella_buf_span(&dsse->payload);
		out->payload_type = dsse->payload_type;
	}
	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++)
		out->digests[i] = stella_buf_span(&r->digests[i]);
}

static bool is_same(const struct stella_tlog_entry *a, const struct stella_tlog_entry *b)
{
	return a->log_index == b->log_index && stella_span_equal(stella_buf_span(&a->log_id), stella_buf_span(&b->log_id));
}

static const struct stella_error *verify_entries(struct stella_sigstore_run *r)
{
	const struct stella_json *material = stella_json_find(r->bundle->document, "verificationMaterial");
	const struct stella_json *list = stella_json_find(material, "tlogEntries");
	struct stella_tlog_entry *entries[STELLA_LOG_ENTRIES_MAX] = { 0 };
	size_t count = stella_json_count(list);
	struct stella_tlog_expected expected;
	const struct stella_error *err = NULL;

	expect(&expected, r);
	for (size_t i = 0; !err && i < count; i++) {
		err = stella_tlog_parse(&entries[i], stella_json_at(list, i));
		for (size_t k = 0; !err && k < i; k++)
			if (is_same(entries[i], entries[k]))
				err = stella_error(STELLA_LOG_ENTRY_MISMATCH, "log entry: entry %" PRId64 " stands there twice",
					entries[i]->log_index);
		if (!err)
			err = verify_entry(r, entries[i], &expected);
	}
	for (size_t i = 0; i < count; i++)
		stella_tlog_free(entries[i]);
	if (!err && r->out->log_count < r->thresholds->logs)
		err = stella_error(STELLA_LOG_ENTRY_MISMATCH, "%zu of %u independent transparency logs vouch for the bundle",
			r->out->log_count, r->thresholds->logs);
	return err;
}

/* Rekor v2 says no time: its log must have been valid at the times that others say. */
static const struct stella_error *verify_windows(const struct stella_sigstore_run *r)
{
	for (size_t i = 0; i < r->untimed_count; i++)
		for (size_t k = 0; k < r->out->time_count; k++)
			if (!stella_window_holds(&r->untimed[i]->window, r->out->times[k].time))
				return stella_error(STELLA_LOG_ENTRY_MISMATCH, "log entry: of a log that was not valid at the time");
	return NULL;
}

/* ---------------------------------------------------------------- timestamps */

/*
 * By this authority, with its own certificates and in its own window: where the first of them is no CA it is the
 * signer, and nobody else under the same root speaks for it.
 */
static const struct stella_error *verify_by(struct stella_sigstore_time *out, const struct stella_authority *tsa,
	const struct stella_tsp *token, struct stella_span message)
{
	const struct stella_cert *const *certs = (const struct stella_cert *const *)tsa->certs;
	const struct stella_cert *root = certs[tsa->cert_count - 1];
	bool is_named = !stella_cert_is_ca(certs[0]);
	const struct stella_error *err;
	char text[STELLA_TIME_TEXT];
	int64_t time;

	err = stella_tsp_verify_signer(token, message, is_named ? certs[0] : NULL, &root, 1, certs, tsa->cert_count - 1, &time);
	if (err)
		return err;
	if (!stella_window_holds(&tsa->window, time)) {
		stella_time_print(text, time);
		return stella_error(STELLA_TIMESTAMP_INVALID, "timestamp invalid: its authority was not in service at %s", text);
	}
	*out = (struct stella_sigstore_time){ time, "rfc3161", tsa->uri, *stella_cert_fingerprint(root) };
	if (stella_cert_key(root))
		out->who = *stella_pubkey_id(stella_cert_key(root));
	return NULL;
}

/* What is told is of the authority that came farthest: the one whose certificate signed. */
static const struct stella_error *verify_token(struct stella_sigstore_time *out, const struct stella_trustroot *root,
	const struct stella_tsp *token, struct stella_span message)
{
	struct stella_error first = { 0 };

	for (size_t i = 0; i < root->tsa_count; i++) {
		const struct stella_error *err = verify_by(out, &root->tsas[i], token, message);

		if (!err || err->code == STELLA_LIMIT || err->code == STELLA_SYSTEM)
			return err;
		if (!first.message[0] || stella_tsp_is_by(token, root->tsas[i].certs[0]))
			first = *err;
	}
	if (!first.message[0])
		return stella_error(STELLA_TIMESTAMP_INVALID, "timestamp invalid: the trusted root has no timestamp authority");
	return stella_error(first.code, "%s", first.message);
}

const struct stella_error *stella_sigstore_verify_stamp(struct stella_sigstore_time *out,
	const struct stella_trustroot *root, struct stella_span message, struct stella_span der)
{
	struct stella_tsp *token;
	const struct stella_error *err = stella_tsp_parse(&token, der);

	*out = (struct stella_sigstore_time){ 0 };
	if (!err)
		err = verify_token(out, root, token, message);
	stella_tsp_free(token);
	return err;
}

static const struct stella_error *read_stamp(struct stella_buf *out, const struct stella_json *v)
{
	static const char *const names[] = { "signedTimestamp", NULL };
	const char *text;
	const struct stella_error *err = stella_json_closed(v, names);

	if (!err)
		err = stella_json_need_text(&text, v, "signedTimestamp");
	if (!err)
		err = stella_base64_parse(out, stella_span_str(text), STELLA_BASE64_ANY);
	if (!err && out->size == 0)
		err = stella_error(STELLA_MALFORMED, "\"signedTimestamp\": empty");
	return err;
}

static const struct stella_error *verify_stamp(struct stella_sigstore_run *r, const struct stella_buf *stamps, size_t i)
{
	struct stella_sigstore_time time;
	const struct stella_error *err;

	for (size_t k = 0; k < i; k++)
		if (stella_span_equal(stella_buf_span(&stamps[i]), stella_buf_span(&stamps[k])))
			return stella_error(STELLA_TIMESTAMP_INVALID, "timestamp invalid: the same as timestamp %zu", k + 1);
	err = stella_sigstore_verify_stamp(&time, r->root, r->signature, stella_buf_span(&stamps[i]));
	if (!err) {
		add_time(r, &time);
		return NULL;
	}
	if (err->code != STELLA_TIMESTAMP_INVALID)
		return err;
	if (r->out->stamps_not_counted++ == 0)
		r->out->stamp_failure = *err;
	return NULL;
}

static const struct stella_error *verify_stamps(struct stella_sigstore_run *r)
{
	const struct stella_json *material = stella_json_find(r->bundle->document, "verificationMaterial");
	const struct stella_json *data = stella_json_find(material, "timestampVerificationData");
	const struct stella_json *list = stella_json_find(data, "rfc3161Timestamps");
	struct stella_buf stamps[STELLA_TIMESTAMPS_MAX] = { 0 };
	const struct stella_error *err = NULL;
	size_t i;

	for (i = 0; !err && i < stella_json_count(list); i++) {
		err = read_stamp(&stamps[i], stella_json_at(list, i));
		if (!err)
			err = verify_stamp(r, stamps, i);
	}
	if (err)
		err = stella_error_prefix(err, "timestamp %zu", i);
	for (i = 0; i < STELLA_TIMESTAMPS_MAX; i++)
		stella_buf_free(&stamps[i]);
	return err;
}

const struct stella_error *stella_sigstore_run_times(struct stella_sigstore_run *r)
{
	const struct stella_error *err = verify_entries(r);

	if (!err)
		err = verify_stamps(r);
	if (!err)
		err = verify_threshold(r);
	if (!err)
		err = verify_past(r);
	return err ? err : verify_windows(r);
}
