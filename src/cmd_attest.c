/* SPDX-License-Identifier: Apache-2.0 */
/* attest list and show: what stored attestations claim.  Nothing here is verified, and every answer says so. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "keyring.h"
#include "verify.h"

const struct opt attest_list_opts[] = {
	{ "subject", 0, "DIGEST|FILE", "only those about this artifact", NULL, false },
	{ "digest", 0, "DIGEST", NULL, "subject", false },
	{ "type", 't', "NAME|URI", "only those of this predicate type", NULL, false },
	{ "predicate-type", 0, "NAME|URI", NULL, "type", false },
	{ 0 }
};
const struct opt attest_show_opts[] = {
	{ "details", 0, NULL, "also the predicate, the certificates with their extensions, and each time", NULL, false },
	{ "attestation", 0, "ID|FILE|-", "the attestation, if not given as argument", NULL, false },
	{ 0 }
};

/* What the state in force knows of an attestation: how it is signed, and when.  NULL: nothing. */
struct known {
	struct stella_trust *trust; /* borrowed */
	struct stella_report *report;
};

/* ---------------------------------------------------------------- parts of a claim */

static const char *type_text(struct cmd *cmd, const char *uri)
{
	const char *name = stella_predicate_name(uri);
	struct stella_buf text = { 0 };

	stella_buf_printf(&text, "%s%s%s%s", show(cmd, uri), name ? " (" : "", name ? name : "", name ? ")" : "");
	return keep(cmd, stella_buf_take_str(&text));
}

static void say_subjects(struct cmd *cmd, const struct stella_statement *statement)
{
	for (size_t i = 0; i < statement->subject_count; i++) {
		const struct stella_subject *subject = &statement->subjects[i];

		say(cmd, "subject     %s", show(cmd, subject->name));
		for (size_t d = 0; d < subject->digest_count; d++)
			say(cmd, " %s:%s", show(cmd, subject->digests[d].algorithm), show(cmd, subject->digests[d].hex));
		say(cmd, "\n");
	}
}

static struct stella_json *json_subjects(const struct stella_statement *statement)
{
	struct stella_json *array = stella_json_new_array();

	for (size_t i = 0; i < statement->subject_count; i++) {
		const struct stella_subject *subject = &statement->subjects[i];
		struct stella_json *one = stella_json_add(array, stella_json_new_object()), *digests;

		stella_json_set_text(one, "name", subject->name);
		digests = stella_json_set(one, "digest", stella_json_new_object());
		for (size_t d = 0; d < subject->digest_count; d++)
			stella_json_set_text(digests, subject->digests[d].algorithm, subject->digests[d].hex);
	}
	return array;
}

static const char *format_text(struct cmd *cmd, const struct stella_evidence *evidence)
{
	struct stella_buf text = { 0 };

	if (!evidence->bundle)
		return "DSSE envelope";
	stella_buf_printf(&text, "Sigstore bundle 0.%u", evidence->bundle->minor);
	return keep(cmd, stella_buf_take_str(&text));
}

static void json_claim(struct stella_json *object, struct cmd *cmd, const struct stella_evidence *evidence)
{
	stella_json_set(object, "id", json_id(&evidence->id));
	stella_json_set_text(object, "format", format_text(cmd, evidence));
	stella_json_set_text(object, "predicateType", evidence->statement->predicate_type);
	stella_json_set(object, "subject", json_subjects(evidence->statement));
}

/* ---------------------------------------------------------------- who signed, as claimed */

/* The certificate that came with a signature; NULL: none, or none that can be read. */
static struct stella_cert *leaf_of(const struct stella_signature *signature)
{
	struct stella_cert *cert = NULL;

	if (!signature->cert_count || stella_cert_parse(&cert, stella_buf_span(&signature->certs[0])))
		return NULL;
	return cert;
}

static const char *identity_of(struct cmd *cmd, const struct stella_cert *cert)
{
	struct stella_buf text = { 0 };
	enum stella_san type;
	const char *value;

	for (size_t i = 0; stella_cert_san(cert, i, &type, &value); i++)
		stella_buf_printf(&text, "%s%s:%s", i ? ", " : "", stella_san_name(type), value);
	if (!text.size)
		stella_buf_put_str(&text, stella_cert_subject(cert));
	return keep(cmd, stella_buf_take_str(&text));
}

static const char *hint_of_signature(const struct stella_evidence *evidence, size_t i)
{
	const char *keyid = evidence->dsse->signatures[i].keyid;

	return keyid && *keyid ? keyid : evidence->bundle ? evidence->bundle->key_hint : NULL;
}

/*
 * How it is signed: as the record of the key says that the hint names, else by the certificate's key.
 * report (may be NULL) knows what really verified.
 */
static const char *algorithm_of(struct cmd *cmd, const struct stella_report *report,
	const struct stella_evidence *evidence, size_t i, const char **source)
{
	struct stella_cert *leaf = leaf_of(&evidence->dsse->signatures[i]);
	const struct stella_pubkey *key = leaf ? stella_cert_key(leaf) : NULL;
	const char *name = NULL;

	*source = "its key is not in the state in force, and the attestation does not say";
	if (report && report->signatures[i].algorithm) {
		name = keep(cmd, stella_strdup(report->signatures[i].algorithm));
		*source = report->signatures[i].intact ? "the signature verifies so" : "as the key's record says";
	} else if (key) {
		name = stella_sigalg_name(stella_pubkey_default_alg(key));
		*source = "by the kind of the certificate's key";
	} else if (leaf) {
		*source = keep(cmd, stella_strdup(stella_cert_key_problem(leaf)));
	}
	stella_cert_free(leaf);
	return name;
}

static void say_signature(struct cmd *cmd, const struct stella_report *report, const struct stella_evidence *evidence,
	size_t i)
{
	const struct stella_signature *signature = &evidence->dsse->signatures[i];
	const char *hint = hint_of_signature(evidence, i), *source, *algorithm;
	struct stella_cert *leaf = leaf_of(signature);
	char id[STELLA_SHA256_HEX];

	if (leaf)
		say(cmd, "signer      certificate of %s, issued by %s\n", show(cmd, identity_of(cmd, leaf)),
			show(cmd, stella_cert_issuer(leaf)));
	else if (signature->cert_count)
		say(cmd, "signer      a certificate that cannot be read\n");
	else
		say(cmd, "signer      key with the hint %s\n", hint ? show(cmd, hint) : "(none)");
	if (!leaf && hint && stella_keyring_hint(id, hint))
		say(cmd, "            key id %s\n", id);
	algorithm = algorithm_of(cmd, report, evidence, i, &source);
	say(cmd, "algorithm   %s (%s)\n", algorithm ? algorithm : "unknown", show(cmd, source));
	if (leaf && opts_flag(cmd, "details"))
		say(cmd, "            valid %s\n            sha256 %s\n",
			show_window(cmd, stella_cert_not_before(leaf), stella_cert_not_after(leaf)),
			show_id(cmd, stella_cert_fingerprint(leaf)));
	if (leaf && opts_flag(cmd, "details"))
		tell_extensions(cmd, leaf, report && report->signatures[i].trusted, NULL);
	stella_cert_free(leaf);
}

static struct stella_json *json_signature(struct cmd *cmd, const struct stella_report *report,
	const struct stella_evidence *evidence, size_t i)
{
	struct stella_json *object = stella_json_new_object(), *cert;
	const char *hint = hint_of_signature(evidence, i), *source, *algorithm;
	struct stella_cert *leaf = leaf_of(&evidence->dsse->signatures[i]);
	char id[STELLA_SHA256_HEX];

	algorithm = algorithm_of(cmd, report, evidence, i, &source);
	stella_json_set_text(object, "algorithm", algorithm);
	stella_json_set(object, "hint", json_text(hint));
	if (!leaf && hint && stella_keyring_hint(id, hint))
		stella_json_set_text(object, "keyId", id);
	if (leaf) {
		cert = stella_json_set(object, "certificate", stella_json_new_object());
		stella_json_set(cert, "identity", json_text(identity_of(cmd, leaf)));
		stella_json_set(cert, "subject", json_text(stella_cert_subject(leaf)));
		stella_json_set(cert, "issuer", json_text(stella_cert_issuer(leaf)));
		stella_json_set(cert, "sha256", json_id(stella_cert_fingerprint(leaf)));
		json_window(cmd, cert, stella_cert_not_before(leaf), stella_cert_not_after(leaf));
		if (opts_flag(cmd, "details"))
			tell_extensions(cmd, leaf, report && report->signatures[i].trusted, cert);
	}
	stella_cert_free(leaf);
	return object;
}

/* ---------------------------------------------------------------- show */

static void say_times(struct cmd *cmd, const struct stella_evidence *evidence)
{
	size_t times = evidence->bundle ? evidence->bundle->timestamp_count : 0;
	size_t entries = evidence->bundle ? evidence->bundle->log_entry_count : 0;

	if (!times && !entries)
		say(cmd, "timestamp   none: nothing but the signature itself\n");
	if (times)
		say(cmd, "timestamp   %zu RFC 3161 timestamp%s\n", times, times == 1 ? "" : "s");
	if (entries)
		say(cmd, "%s   %zu transparency log entr%s\n", times ? "log      " : "timestamp", entries, entries == 1 ? "y" : "ies");
}

static void say_attestation(struct cmd *cmd, const struct known *known, const struct stella_evidence *evidence)
{
	const struct stella_report *report = known->report;
	struct stella_buf predicate = { 0 };

	say(cmd, "UNVERIFIED  what follows is what the file claims: stella verify attestation --attestation %s\n",
		show_id(cmd, &evidence->id));
	say(cmd, "id          %s\n", show_id(cmd, &evidence->id));
	say(cmd, "format      %s, %s\n", format_text(cmd, evidence), show(cmd, evidence->statement->type));
	say(cmd, "type        %s\n", type_text(cmd, evidence->statement->predicate_type));
	say_subjects(cmd, evidence->statement);
	for (size_t i = 0; i < evidence->dsse->signature_count; i++)
		say_signature(cmd, report, evidence, i);
	say_times(cmd, evidence);
	if (opts_flag(cmd, "details"))
		tell_times(cmd, evidence, report, NULL);
	if (opts_flag(cmd, "details") && evidence->statement->predicate) {
		say(cmd, "predicate\n");
		stella_json_print(&predicate, evidence->statement->predicate, STELLA_JSON_PRETTY);
		say_lines(cmd, 2, (const char *)predicate.data);
	}
	if (opts_flag(cmd, "details") && report)
		tell_verdict(cmd, report, known->trust, NULL);
	stella_buf_free(&predicate);
}

static void json_attestation(struct cmd *cmd, const struct known *known, const struct stella_evidence *evidence)
{
	const struct stella_report *report = known->report;
	struct stella_json *object = stella_json_new_object(), *array;

	stella_json_set_bool(object, "verified", false); /* nothing was asked: these are claims */
	json_claim(object, cmd, evidence);
	stella_json_set_text(object, "statementType", evidence->statement->type);
	array = stella_json_set(object, "signatures", stella_json_new_array());
	for (size_t i = 0; i < evidence->dsse->signature_count; i++)
		stella_json_add(array, json_signature(cmd, report, evidence, i));
	stella_json_set_int(object, "timestamps", evidence->bundle ? (int64_t)evidence->bundle->timestamp_count : 0);
	stella_json_set_int(object, "logEntries", evidence->bundle ? (int64_t)evidence->bundle->log_entry_count : 0);
	if (opts_flag(cmd, "details"))
		tell_times(cmd, evidence, report, stella_json_set(object, "times", stella_json_new_array()));
	if (opts_flag(cmd, "details"))
		stella_json_set(object, "statement", stella_json_copy(evidence->statement->document));
	if (opts_flag(cmd, "details") && report)
		tell_verdict(cmd, report, known->trust, object);
	say_json(cmd, "attestation-claims", object);
}

/* A claim can be read without any trust, but not as of a point that cannot be found. */
static const struct stella_error *ask_trust(struct known *known, struct cmd *cmd, const struct stella_evidence *evidence)
{
	struct stella_recorded *recorded = NULL;
	struct stella_verify_options options = { 0 };
	const struct stella_error *err = session_trust(&known->trust, cmd);

	if (err && opts_get(cmd, "at"))
		return err;
	if (!err)
		err = session_recorded(&recorded, cmd, known->trust, cmd->now);
	options.now = cmd->now;
	options.recorded = recorded;
	if (!err)
		err = stella_verify(&known->report, evidence, known->trust, &options);
	if (err && !known->report && cmd->verbose)
		warn("keys are not known: %s", err->message);
	stella_recorded_free(recorded);
	return NULL;
}

const struct stella_error *cmd_attest_show(struct cmd *cmd)
{
	struct stella_evidence *evidence = NULL;
	struct known known = { 0 };
	const char *name;
	const struct stella_error *err = attestation_named(&name, cmd);

	if (!err)
		err = session_attestation(&evidence, cmd, name);
	if (!err)
		err = ask_trust(&known, cmd, evidence);
	if (!err && cmd->json)
		json_attestation(cmd, &known, evidence);
	else if (!err)
		say_attestation(cmd, &known, evidence);
	stella_report_free(known.report);
	stella_evidence_free(evidence);
	return err;
}

/* ---------------------------------------------------------------- list */

struct listing {
	struct cmd *cmd;
	struct stella_store *store;
	const char *type;           /* URI; NULL: every type */
	bool about;                 /* one artifact */
	struct stella_json *array;
	size_t count;
	struct stella_sha256 *seen; size_t seen_count, seen_cap; /* one may stand under several digests of a file */
	const struct stella_error *err;
};

static void list_unreadable(struct listing *l, const struct stella_sha256 *id, const struct stella_error *err)
{
	struct stella_json *one;

	if (!l->array) {
		say(l->cmd, "%s  UNREADABLE: %s\n", show_id(l->cmd, id), show(l->cmd, err->message));
		return;
	}
	one = stella_json_add(l->array, stella_json_new_object());
	stella_json_set(one, "id", json_id(id));
	stella_json_set(one, "error", json_error(err, NULL));
}

static void list_claim(struct listing *l, const struct stella_evidence *evidence)
{
	struct cmd *cmd = l->cmd;

	if (l->array) {
		json_claim(stella_json_add(l->array, stella_json_new_object()), cmd, evidence);
		return;
	}
	say(cmd, "%s  %s\n", show_id(cmd, &evidence->id), type_text(cmd, evidence->statement->predicate_type));
	for (size_t i = 0; i < evidence->statement->subject_count; i++) {
		const struct stella_subject *subject = &evidence->statement->subjects[i];

		say(cmd, "  %s %s:%s\n", show(cmd, subject->name), subject->digest_count ? show(cmd, subject->digests[0].algorithm) : "",
			subject->digest_count ? show(cmd, subject->digests[0].hex) : "");
	}
}

static bool list_one(void *context, const struct stella_sha256 *id)
{
	struct listing *l = context;
	struct stella_evidence *evidence = NULL;
	struct stella_buf bytes = { 0 };
	const struct stella_error *err;

	for (size_t i = 0; i < l->seen_count; i++)
		if (stella_sha256_equal(&l->seen[i], id))
			return true;
	if (l->about) {
		STELLA_GROW(l->seen, l->seen_count, l->seen_cap);
		l->seen[l->seen_count++] = *id;
	}
	err = stella_store_load(&bytes, l->store, id);
	if (err && stella_code_exit(err->code) == STELLA_EXIT_SYSTEM) {
		l->err = err;
		return false;
	}
	if (!err)
		err = stella_evidence_parse(&evidence, &bytes);
	if (err) {
		list_unreadable(l, id, err);
	} else if (!l->type || !strcmp(evidence->statement->predicate_type, l->type)) {
		list_claim(l, evidence);
		l->count++;
	}
	stella_evidence_free(evidence);
	stella_buf_free(&bytes);
	return true;
}

const struct stella_error *cmd_attest_list(struct cmd *cmd)
{
	const char *about = opts_get(cmd, "subject"), *type = opts_get(cmd, "type");
	struct listing l = { .cmd = cmd };
	struct stella_subject subject = { 0 };
	struct stella_json *object = NULL;
	const struct stella_error *err = NULL;
	const char *missing;

	if (type)
		err = parse_type(&l.type, "type", type);
	if (!err && about)
		err = parse_subject(&subject, about);
	if (!err)
		err = session_store(&l.store, cmd);
	if (!err && cmd->json) {
		object = stella_json_new_object();
		stella_json_set_bool(object, "verified", false);
		l.array = stella_json_set(object, "attestations", stella_json_new_array());
	} else if (!err) {
		say(cmd, "UNVERIFIED  what the stored files claim\n");
	}
	l.about = about;
	if (!err && !about)
		err = stella_store_each(l.store, list_one, &l);
	for (size_t i = 0; i < subject.digest_count && !err && !l.err; i++)
		err = stella_store_each_of(l.store, &subject.digests[i], list_one, &l);
	if (!err)
		err = l.err;
	missing = err ? NULL : stored_missing(cmd, l.store);
	if (!err && !cmd->json && !l.count) {
		say(cmd, "no attestation%s%s is stored", type ? " of this type" : "", about ? " about this artifact" : "");
		if (missing)
			say(cmd, ": %s does not exist here\nnext        %s", show(cmd, stella_store_ref(l.store)), stored_missing_hint);
		say(cmd, "\n");
	}
	if (object && missing)
		stella_json_set(object, "notChecked", json_text(missing));
	if (object && !err)
		say_json(cmd, "attestations", object);
	else if (object)
		stella_json_free(object);
	free(l.seen);
	free_subject(&subject);
	return err;
}
