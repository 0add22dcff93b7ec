/* SPDX-License-Identifier: Apache-2.0 */
#include "verify_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* ---------------------------------------------------------------- an issuer, whoever found it */

static const struct stella_error *verify_status(const struct stella_issuer *issuer, int64_t at)
{
	char since[STELLA_TIME_TEXT], then[STELLA_TIME_TEXT];
	bool dated = issuer->since != STELLA_TIME_NONE && (issuer->status == STELLA_ISSUER_SUSPENDED
		|| issuer->status == STELLA_ISSUER_REVOKED);

	if (issuer->status == STELLA_ISSUER_TRUSTED || (dated && at < issuer->since))
		return NULL;
	if (dated) {
		stella_time_print(since, issuer->since);
		stella_time_print(then, at);
		return stella_error(STELLA_ISSUER_UNTRUSTED,
			"issuer not trusted: issuers/%s.json: %s since %s, judged at %s: %.300s", issuer->id,
			stella_issuer_status_name(issuer->status), since, then, issuer->reason);
	}
	return stella_error(STELLA_ISSUER_UNTRUSTED, "issuer not trusted: issuers/%s.json: %s: %.400s",
		issuer->id, stella_issuer_status_name(issuer->status), issuer->reason);
}

static const struct stella_error *verify_type(const struct stella_issuer *issuer, const char *type)
{
	if (stella_issuer_may_attest_type(issuer, type))
		return NULL;
	return stella_error(STELLA_PREDICATE_NOT_ALLOWED,
		"predicate type not allowed: %.300s is none of the types that "
		"issuer %s may attest",
		type, issuer->id);
}

/*
 * Of an artifact that is asked for one of its names is enough, and the report says which; else the issuer must be free to
 * say it all.
 */
static const struct stella_error *verify_subjects(const struct stella_verify_run *run,
	struct stella_signature_report *signature, const struct stella_issuer *issuer)
{
	const struct stella_statement *statement = run->evidence->statement;
	const struct stella_verify_options *options = run->options;
	const char *refused = NULL;
	bool any = false;
	bool asked = options->artifact_count
		&& stella_statement_find_subject(statement, options->artifact, options->artifact_count);

	free(signature->names);
	signature->names = stella_alloc_array(statement->subject_count, sizeof *signature->names);
	for (size_t i = 0; i < statement->subject_count; i++) {
		const struct stella_subject *subject = &statement->subjects[i];

		signature->names[i] = stella_issuer_may_attest_subject(issuer, subject->name);
		if (asked && !stella_subject_matches(subject, options->artifact, options->artifact_count))
			continue;
		if (!signature->names[i])
			refused = subject->name ? subject->name : "(no name)";
		else
			any = true;
	}
	if (!refused || (asked && any))
		return NULL;
	return stella_error(STELLA_SUBJECT_MISMATCH,
		"subject mismatch: \"%.300s\" is none of the subjects that issuer %s "
		"may attest",
		refused, issuer->id);
}

/* The signature is intact, its key or certificate is good: may its issuer say this? */
static const struct stella_error *verify_issuer(struct stella_verify_run *run,
	struct stella_signature_report *signature, const struct stella_issuer *issuer)
{
	const struct stella_error *err = NULL;
	const char *type = run->evidence->statement->predicate_type;
	size_t number = signature->index + 1;
	char path[STELLA_PATH_MAX];

	snprintf(path, sizeof path, "issuers/%s.json", issuer->id);
	free(signature->issuer);
	signature->issuer = stella_strdup(issuer->id);
	stella_report_record(signature, path);
	for (size_t i = 0; !err && i < stella_report_moment_count(run->report); i++)
		err = verify_status(issuer, stella_report_moment(run->report, i));
	err = stella_verify_step(run, "issuer", number, path, err, "trusted");
	if (err)
		return err;
	if (run->options->issuer && strcmp(run->options->issuer, issuer->id) != 0)
		return stella_verify_step(run, "issuer", number, path,
			stella_error(STELLA_ISSUER_UNTRUSTED,
				"issuer not trusted: signed by %s, asked for is %.100s", issuer->id,
				run->options->issuer),
			NULL);
	err = stella_verify_step(
		run, "predicate", number, path, verify_type(issuer, type), "the issuer may attest this type");
	if (err)
		return err;
	return stella_verify_step(run, "subject", number, path, verify_subjects(run, signature, issuer),
		"the issuer may attest these subjects");
}

/* ---------------------------------------------------------------- when */

/* What is verified of the time of this signature, and by which records. */
static void set_times(struct stella_verify_run *run, struct stella_signature_report *signature,
	const struct stella_times *times)
{
	stella_report_set_times(run->report, times);
	for (size_t i = 0; i < times->count; i++)
		if (times->items[i].record)
			stella_report_record(signature, times->items[i].record);
}

/* What the Sigstore roots in force say of it: key NULL for the certificate of the bundle. */
static const struct stella_error *verify_times(struct stella_times *out, struct stella_verify_run *run,
	struct stella_signature_report *signature, const struct stella_pubkey *key)
{
	const struct stella_error *err;

	err = stella_roots_verify_times(out, run->roots, run->evidence->bundle, key, run->options->now);
	if (!err)
		return NULL;
	return stella_verify_step(run, stella_error_is(err, STELLA_LOG_ENTRY_MISMATCH) ? "log" : "timestamp",
		signature->index + 1, NULL, err, NULL);
}

/* ---------------------------------------------------------------- by a key of keys/ */

static void describe_key(struct stella_signature_report *signature, const struct stella_key *key)
{
	char path[STELLA_PATH_MAX];

	snprintf(path, sizeof path, "keys/%s.json", key->id);
	signature->keyid = stella_strdup(key->id);
	signature->algorithm = stella_strdup(stella_sigalg_name(key->algorithm));
	signature->issuer = stella_strdup(key->issuer);
	stella_report_record(signature, path);
}

static const struct stella_error *verify_key_issuer(struct stella_verify_run *run,
	struct stella_signature_report *signature, const struct stella_key *key)
{
	const struct stella_shelved *entry;
	const struct stella_error *err = stella_shelf_find(&entry, run->shelf, STELLA_SHELF_ISSUER, key->issuer);

	if (err)
		return err;
	if (!entry) {
		err = stella_error(STELLA_ISSUER_UNTRUSTED,
			"issuer not trusted: issuers/%s.json is not there, keys/%s.json "
			"names it",
			key->issuer, key->id);
		return stella_verify_step(run, "issuer", signature->index + 1, NULL, err, NULL);
	}
	if (entry->why) {
		stella_report_trouble(run->report, entry->path, entry->why);
		return stella_error(entry->why->code, "%s", entry->why->message);
	}
	return verify_issuer(run, signature, entry->record.issuer);
}

static const struct stella_error *verify_by_key(struct stella_verify_run *run,
	struct stella_signature_report *signature, const struct stella_signature *claim)
{
	const struct stella_error *err;
	const struct stella_key *key, *named;
	struct stella_times times = { 0 };
	size_t number = signature->index + 1;

	err = stella_keyring_find(&key, &named, run->keyring, signature->hint, stella_buf_span(&run->pae),
		stella_buf_span(&claim->sig));
	if (key || named)
		describe_key(signature, key ? key : named);
	if (err)
		return stella_verify_step(
			run, "signature", number, named ? signature->records[0] : NULL, err, NULL);
	signature->intact = true;
	stella_report_step(run->report, "signature", STELLA_STEP_OK, number, signature->records[0],
		"verifies with %s under key %s", signature->algorithm, key->id);
	err = verify_times(&times, run, signature, key->key);
	if (err)
		return err;
	set_times(run, signature, &times);
	stella_times_free(&times);
	for (size_t i = 0; !err && i < stella_report_moment_count(run->report); i++)
		err = stella_key_verify_time(key, stella_report_moment(run->report, i));
	err = stella_verify_step(run, "key", number, signature->records[0], err, stella_key_status_name(key->status));
	return err ? err : verify_key_issuer(run, signature, key);
}

/* ---------------------------------------------------------------- by a certificate */

/* All that came with the signature, owned by the report; leaf first. */
static const struct stella_error *parse_certs(struct stella_verify_run *run, const struct stella_cert **certs,
	const struct stella_signature *claim)
{
	const struct stella_error *err;
	struct stella_cert *cert;

	for (size_t i = 0; i < claim->cert_count; i++) {
		err = stella_cert_parse(&cert, stella_buf_span(&claim->certs[i]));
		if (err)
			return stella_error_prefix(err, stella_error_is(err, STELLA_MALFORMED)
				? "invalid attestation: certificate %zu" : "certificate %zu", i + 1);
		certs[i] = stella_report_own(run->report, cert);
	}
	return NULL;
}

static const struct stella_error *verify_leaf(struct stella_verify_run *run,
	struct stella_signature_report *signature, const struct stella_signature *claim)
{
	const struct stella_pubkey *key = stella_cert_key(signature->leaf);
	const struct stella_error *err;
	enum stella_sigalg alg;

	if (!key)
		return stella_error(STELLA_ALGORITHM_UNSUPPORTED,
			"%s, in certificate \"%.300s\"", stella_cert_key_problem(signature->leaf),
			stella_cert_subject(signature->leaf));
	alg = stella_pubkey_default_alg(key);
	signature->algorithm = stella_strdup(stella_sigalg_name(alg));
	err = stella_sigmemo_verify(run->options->memo, key, alg, stella_buf_span(&run->pae),
		stella_buf_span(&claim->sig));
	if (err)
		return stella_error(err->code,
			"signature verification failed: the key of certificate \"%.200s\" did not "
			"sign these bytes with %s: the attestation was altered, or another key signed it",
			stella_cert_subject(signature->leaf), signature->algorithm);
	signature->intact = true;
	return NULL;
}

/* The report outlives what was read for it alone: the certificates of anchors/ and sigstore/ get a copy there. */
static const struct stella_error *describe_chain(struct stella_verify_run *run,
	struct stella_signature_report *signature, const struct stella_identity_match *match)
{
	const struct stella_chain *chain = &match->chain;
	const struct stella_error *err;
	char path[STELLA_PATH_MAX];
	struct stella_cert *copy;
	const char *anchor;

	for (size_t i = 0; i < chain->count; i++) {
		signature->chain.certs[i] = i ? chain->certs[i] : signature->leaf;
		anchor = stella_identities_anchor(run->identities, chain->certs[i]);
		if (!i || (!anchor && !match->root))
			continue;
		snprintf(path, sizeof path, "anchors/%s.json", anchor ? anchor : "");
		if (anchor)
			stella_report_record(signature, path);
		if (run->options->shelf)
			continue;
		err = stella_cert_parse(&copy, stella_cert_der(chain->certs[i]));
		if (err)
			return err;
		signature->chain.certs[i] = stella_report_own(run->report, copy);
	}
	signature->chain.count = chain->count;
	return NULL;
}

static void describe_root(struct stella_verify_run *run, struct stella_signature_report *signature,
	const struct stella_identity_match *match)
{
	const struct stella_sigstore_result *result = match->result;
	size_t number = signature->index + 1, stamps = 0;
	struct stella_times times = { 0 };
	char path[STELLA_PATH_MAX];

	snprintf(path, sizeof path, "sigstore/%s.json", match->root->name);
	stella_report_record(signature, path);
	stella_roots_add_times(&times, match->root, result);
	set_times(run, signature, &times);
	for (size_t i = 0; i < times.count; i++)
		stamps += strcmp(times.items[i].source, "rfc3161") == 0;
	stella_times_free(&times);
	if (result->entry_count)
		stella_report_step(run->report, "log", STELLA_STEP_OK, number, path,
			"%zu transparency log entr%s verified, of %zu independent log%s", result->entry_count,
			result->entry_count == 1 ? "y" : "ies", result->log_count, result->log_count == 1 ? "" : "s");
	if (stamps)
		stella_report_step(run->report, "timestamp", STELLA_STEP_OK, number, path, "%zu of %zu timestamps verified",
			stamps, stamps + result->stamps_not_counted);
	if (result->stamps_not_counted)
		stella_report_step(run->report, "timestamp", STELLA_STEP_NOT_CHECKED, number, path,
			"timestamp: NOT COUNTED (%zu): %s", result->stamps_not_counted, result->stamp_failure.message);
}

static const struct stella_error *describe_match(struct stella_verify_run *run,
	struct stella_signature_report *signature, const struct stella_identity_match *match,
	const struct stella_times *times)
{
	const struct stella_identity *asked = match->identity;
	const struct stella_error *err;
	struct stella_buf identity = { 0 };
	char path[STELLA_PATH_MAX];

	stella_report_forget(signature); /* of an earlier match that was refused */
	snprintf(path, sizeof path, "issuers/%s.json", match->issuer->id);
	stella_report_record(signature, path);
	stella_buf_printf(&identity, "%s:%s", stella_san_name(asked->type), match->value);
	signature->identity = stella_buf_take_str(&identity);
	signature->issuer = stella_strdup(match->issuer->id);
	err = stella_identity_has_claims(asked) ? stella_fulcio_parse(&signature->fulcio, signature->leaf) : NULL;
	if (err)
		return err;
	for (unsigned arc = 0; arc < STELLA_FULCIO_ARCS; arc++)
		signature->asked[arc] = asked->extensions[arc] != NULL;
	signature->asked[STELLA_FULCIO_ISSUER] = asked->oidc_issuer != NULL;
	if (match->root && match->result)
		describe_root(run, signature, match);
	else
		set_times(run, signature, times);
	return describe_chain(run, signature, match);
}

static const struct stella_error *verify_match(struct stella_verify_run *run,
	struct stella_signature_report *signature, const struct stella_identity_match *match,
	const struct stella_times *times)
{
	const struct stella_error *err;
	size_t number = signature->index + 1;
	const char *subject, *name;

	err = describe_match(run, signature, match, times);
	if (err)
		return err;
	subject = *stella_cert_subject(signature->leaf) ? stella_cert_subject(signature->leaf) : signature->identity;
	if (!match->good) {
		err = stella_error(match->why.code, "%s", match->why.message);
		return stella_verify_step(run, stella_error_is(err, STELLA_IDENTITY_MISMATCH) ? "identity" : "chain", number,
			subject, err, NULL);
	}
	stella_report_step(run->report, "identity", STELLA_STEP_OK, number, signature->identity,
		"issuers/%s.json has this identity", match->issuer->id);
	name = match->root ? match->root->name :
		stella_identities_anchor(run->identities, match->chain.certs[match->chain.count - 1]);
	stella_report_step(run->report, "chain", STELLA_STEP_OK, number, subject, "%zu certificates to %s/%s.json",
		match->chain.count, match->root ? "sigstore" : "anchors", name ? name : "?");
	return verify_issuer(run, signature, match->issuer);
}

/* An answer about this signature, or could it not be judged? */
static bool is_answer(const struct stella_error *err)
{
	return stella_code_exit(err->code) == STELLA_EXIT_REFUSED || stella_error_is(err, STELLA_MALFORMED)
		|| stella_error_is(err, STELLA_POLICY_UNSUPPORTED);
}

/* Several issuers may have the same identity: the first that may say this is enough. */
static const struct stella_error *verify_matches(struct stella_verify_run *run,
	struct stella_signature_report *signature, const struct stella_identity_match *matches, size_t count,
	const struct stella_times *times)
{
	const struct stella_error *err = NULL;
	struct stella_error best = { 0 };

	for (size_t i = 0; i < count; i++) {
		err = verify_match(run, signature, &matches[i], times);
		if (!err || !is_answer(err))
			return err;
		if (!i || stella_report_rank(err->code) > stella_report_rank(best.code))
			best = *err;
	}
	return stella_error(best.code, "%s", best.message);
}

static const struct stella_error *verify_by_certificate(struct stella_verify_run *run,
	struct stella_signature_report *signature, const struct stella_signature *claim)
{
	const struct stella_cert *certs[STELLA_CERTIFICATES_MAX];
	const struct stella_error *err;
	struct stella_identity_match *matches = NULL;
	struct stella_times times = { 0 };
	struct stella_identity_asked asked = { .others = certs + 1, .other_count = claim->cert_count - 1, .times = &times,
		.bundle = run->evidence->bundle, .now = run->options->now };
	size_t count, number = signature->index + 1;
	const char *subject;
	bool need;

	err = parse_certs(run, certs, claim);
	if (err)
		return stella_verify_step(run, "signature", number, NULL, err, NULL);
	signature->leaf = certs[0];
	subject = stella_cert_subject(certs[0]);
	err = stella_verify_step(run, "signature", number, subject, verify_leaf(run, signature, claim),
		"verifies under the key of the certificate");
	if (err)
		return err;
	asked.leaf = certs[0];
	asked.message = stella_buf_span(&run->pae);
	asked.signature = stella_buf_span(&claim->sig);
	err = stella_identities_need_times(&need, run->identities, run->options->issuer, certs[0]);
	if (!err && need)
		err = verify_times(&times, run, signature, NULL);
	if (err)
		return err;
	stella_report_add_recorded(&times, run->report);
	err = stella_identities_find(&matches, &count, run->identities, run->options->issuer, &asked);
	if (err)
		err = stella_verify_step(run,
			stella_error_is(err, STELLA_IDENTITY_MISMATCH) ? "identity" : "chain", number,
			subject, err, NULL);
	else
		err = verify_matches(run, signature, matches, count, &times);
	stella_times_free(&times);
	free(matches);
	return err;
}

/* The key id beside the signature, or the bundle's: whichever could be one of ours. */
static const char *find_hint(const struct stella_bundle *bundle, const struct stella_signature *claim)
{
	char keyid[STELLA_SHA256_HEX];

	if (claim->keyid && (!bundle || !bundle->key_hint || stella_keyring_hint(keyid, claim->keyid)))
		return claim->keyid;
	return bundle ? bundle->key_hint : NULL;
}

const struct stella_error *stella_verify_signature(struct stella_verify_run *run, size_t index)
{
	const struct stella_signature *claim = &run->evidence->dsse->signatures[index];
	struct stella_signature_report *signature = &run->report->signatures[index];
	const char *hint = find_hint(run->evidence->bundle, claim);
	const struct stella_error *err;

	signature->hint = stella_strdup(hint);
	err = claim->cert_count ? verify_by_certificate(run, signature, claim)
				: verify_by_key(run, signature, claim);
	if (!err) {
		signature->trusted = true;
		stella_report_issuer(run->report, signature->issuer);
		return NULL;
	}
	stella_report_refuse(signature, err);
	return is_answer(err) ? NULL : err;
}
