/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attest create and resign: a statement signed with a key of one's own and stored.  That the key may say
 * so is for verify; here it is only warned about.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "signer.h"
#include "sys.h"
#include "verify.h"

const struct opt attest_create_opts[] = {
	{ "subject", 0, "DIGEST|FILE", "what it is about: sha256:HEX, NAME@sha256:HEX or a file; may be repeated", NULL, true },
	{ "digest", 0, "DIGEST", NULL, "subject", true },
	{ "type", 't', "NAME|URI", "what it says: slsaprovenance1, spdxjson, ... or a URI", NULL, false },
	{ "predicate-type", 0, "NAME|URI", NULL, "type", false },
	{ "predicate", 'p', "FILE", "the predicate, a JSON object (default: an empty one)", NULL, false },
	{ "key", 'k', "FILE|URI", "the key: PEM, pkcs11:..., ssh-agent:SHA256:... or .pub (else git config stella.attestKey)", NULL, false },
	{ "cert", 0, "FILE|URI", "its certificate, PEM, DER or pkcs11:..., to be put beside the signature", NULL, false },
	{ "certificate", 0, "FILE|URI", NULL, "cert", false },
	{ "passphrase-file", 0, "FILE", "the key's passphrase (else asked for)", NULL, false },
	{ "pin-file", 0, "FILE", "the token's PIN (else the URI's pin-source, $STELLA_PKCS11_PIN, or asked for)", NULL, false },
	{ "out", 0, "FILE", "write the bundle there, too", NULL, false },
	{ "record", 0, NULL, "record its time, too, in the same commit, as a recorder", NULL, false },
	{ "bundle", 0, "FILE", NULL, "out", false },
	{ "force", 'f', NULL, "add one beside what this issuer already said of the subject", NULL, false },
	{ "replace", 0, NULL, NULL, "force", false },
	{ 0 }
};
const struct opt attest_resign_opts[] = {
	{ "key", 'k', "FILE|URI", "the key: PEM, pkcs11:..., ssh-agent:SHA256:... or .pub (else git config stella.attestKey)", NULL, false },
	{ "cert", 0, "FILE|URI", "its certificate, PEM, DER or pkcs11:..., to be put beside the signature", NULL, false },
	{ "certificate", 0, "FILE|URI", NULL, "cert", false },
	{ "passphrase-file", 0, "FILE", "the key's passphrase (else asked for)", NULL, false },
	{ "pin-file", 0, "FILE", "the token's PIN (else the URI's pin-source, $STELLA_PKCS11_PIN, or asked for)", NULL, false },
	{ "out", 0, "FILE", "write the bundle there, too", NULL, false },
	{ "record", 0, NULL, "record its time, too, in the same commit, as a recorder", NULL, false },
	{ "attestation", 0, "ID|FILE|-", "the attestation, if not given as argument", NULL, false },
	{ 0 }
};

/* ---------------------------------------------------------------- what becomes of it */

/* Nobody is kept from signing; who will be refused later should know now. */
static void warn_untrusted(const struct signing *signing, const struct stella_evidence *evidence,
	const struct cmd *cmd)
{
	struct stella_verify_options options = { .now = cmd->now };
	struct stella_report *report = NULL;
	const struct stella_error *err;

	if (!signing->trust)
		return;
	err = stella_verify(&report, evidence, signing->trust, &options);
	if (err && !signing->key && !signing->cert)
		warn("not trusted yet: key %s is not in force: stella trust-anchors add-key --key PUBLIC --issuer ID", signing->keyid);
	else if (err)
		warn("not trusted yet: %s: %s", stella_code_word(err->code), err->message);
	stella_report_free(report);
}

static const struct stella_error *keep_bundle(struct cmd *cmd, struct stella_evidence *evidence, const char *message)
{
	const char *path = opts_get(cmd, "out");
	struct stella_json *object;
	struct recorded_as as;
	struct stella_sha256 id = evidence->id;
	size_t added;
	const struct stella_error *err;

	if (opts_flag(cmd, "record")) {
		err = record_stored(&as, cmd, &evidence, 1, &id, 1, message);
		added = as.added;
	} else {
		err = store_add(&added, cmd, &evidence, 1, message);
	}

	if (!err && path)
		err = stella_sys_replace(path, stella_buf_span(&evidence->bytes), 0644);
	if (err)
		return err;
	if (cmd->json) {
		object = stella_json_new_object();
		stella_json_set(object, "id", json_id(&evidence->id));
		stella_json_set_text(object, "predicateType", evidence->statement->predicate_type);
		stella_json_set_bool(object, "added", added > 0);
		if (opts_flag(cmd, "record"))
			stella_json_set(object, "recordedTime", json_time(as.time));
		if (path)
			stella_json_set(object, "file", json_text(path));
		say_json(cmd, "attestation-created", object);
	} else {
		say(cmd, "%s\n", show_id(cmd, &evidence->id)); /* alone, for scripts */
	}
	return NULL;
}

/* ---------------------------------------------------------------- what was said before */

struct finding {
	struct stella_sha256 *ids; size_t count, cap;
};

static bool add_id(void *context, const struct stella_sha256 *id)
{
	struct finding *found = context;

	STELLA_GROW(found->ids, found->count, found->cap);
	found->ids[found->count++] = *id;
	return true;
}

/* Only what really was signed counts, or anybody could stand in the way of an issuer. */
static bool same_signer(const struct signing *signing, const struct stella_evidence *other, int64_t now)
{
	struct stella_verify_options options = { .now = now };
	struct stella_report *report = NULL;
	struct stella_buf pae = { 0 };
	bool same = false;

	stella_dsse_pae(&pae, other->dsse->payload_type, stella_buf_span(&other->dsse->payload));
	for (size_t i = 0; i < other->dsse->signature_count; i++)
		same |= !stella_pubkey_verify(stella_signer_key(signing->signer), signing->algorithm,
			stella_buf_span(&pae), stella_buf_span(&other->dsse->signatures[i].sig));
	stella_buf_free(&pae);
	if (same || !signing->trust || !signing->key)
		return same;
	if (stella_verify(&report, other, signing->trust, &options) && !report)
		return false;
	for (size_t i = 0; i < report->signature_count; i++)
		same |= integrity_sure(&report->signatures[i]) && report->signatures[i].issuer &&
			!strcmp(report->signatures[i].issuer, signing->key->issuer);
	stella_report_free(report);
	return same;
}

static const struct stella_error *refuse_second(struct cmd *cmd, const struct signing *signing,
	const struct stella_subject *subject, const char *type)
{
	struct finding found = { 0 };
	struct stella_store *store;
	const struct stella_error *err = session_own_store(&store, cmd);

	if (!err)
		err = stella_store_each_of(store, &subject->digests[0], add_id, &found);
	for (size_t i = 0; i < found.count && !err; i++) {
		struct stella_evidence *other = NULL;
		struct stella_buf bytes = { 0 };

		err = stella_store_load(&bytes, store, &found.ids[i]);
		if (!err && !stella_evidence_parse(&other, &bytes) && !strcmp(other->statement->predicate_type, type) &&
		    same_signer(signing, other, cmd->now))
			err = stella_error(STELLA_USAGE, "%s already attested %s of this subject: %s; --force adds one beside it",
				signing->key ? signing->key->issuer : "this key",
				stella_predicate_name(type) ? stella_predicate_name(type) : type, show_id(cmd, &found.ids[i]));
		stella_evidence_free(other);
		stella_buf_free(&bytes);
	}
	free(found.ids);
	return err;
}

/* ---------------------------------------------------------------- create */

static const struct stella_error *read_predicate(struct stella_json **out, struct cmd *cmd)
{
	const char *path = opts_get(cmd, "predicate");
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	*out = NULL;
	if (!path) {
		*out = stella_json_new_object();
		return NULL;
	}
	err = stella_sys_read(&text, path, STELLA_BUNDLE_MAX);
	if (!err) {
		err = stella_json_parse(out, stella_buf_span(&text));
		if (!err && stella_json_type(*out) != STELLA_JSON_OBJECT)
			err = stella_error(STELLA_MALFORMED, "not a JSON object");
		if (err) {
			err = stella_error_prefix(err, "predicate %s", path);
			stella_json_free(*out);
			*out = NULL;
		}
	}
	stella_buf_free(&text);
	return err;
}

/* Takes the predicate over. */
static void print_statement(struct stella_buf *out, const struct stella_subject *subjects, size_t count,
	const char *type, struct stella_json *predicate)
{
	struct stella_json *statement = stella_json_new_object(), *array;

	stella_json_set_text(statement, "_type", STELLA_STATEMENT_V01);
	array = stella_json_set(statement, "subject", stella_json_new_array());
	for (size_t i = 0; i < count; i++) {
		struct stella_json *one = stella_json_add(array, stella_json_new_object());

		/* Statement v0.1 wants a name; "_" is its word for none. */
		stella_json_set(one, "name", json_text(subjects[i].name ? subjects[i].name : "_"));
		stella_json_set_text(stella_json_set(one, "digest", stella_json_new_object()),
			subjects[i].digests[0].algorithm, subjects[i].digests[0].hex);
	}
	stella_json_set_text(statement, "predicateType", type);
	stella_json_set(statement, "predicate", predicate);
	stella_json_print(out, statement, STELLA_JSON_LINE);
	stella_json_free(statement);
}

static const struct stella_error *create(struct cmd *cmd, const struct stella_subject *subjects, size_t count,
	const char *type)
{
	struct signing signing = { 0 };
	struct stella_evidence *evidence = NULL;
	struct stella_json *predicate;
	struct stella_buf payload = { 0 };
	char message[64];
	const struct stella_error *err = read_predicate(&predicate, cmd);

	if (err)
		goto done;
	print_statement(&payload, subjects, count, type, predicate);
	err = signing_load(&signing, cmd);
	for (size_t i = 0; i < count && !err && !opts_flag(cmd, "force"); i++)
		err = refuse_second(cmd, &signing, &subjects[i], type);
	if (!err)
		err = signing_sign(&evidence, &signing, STELLA_PAYLOAD_TYPE, stella_buf_span(&payload));
	if (err)
		goto done;
	snprintf(message, sizeof message, "attest create %s", show_short(cmd, &evidence->id));
	err = keep_bundle(cmd, evidence, message);
	if (!err)
		warn_untrusted(&signing, evidence, cmd);
done:
	stella_evidence_free(evidence);
	stella_buf_free(&payload);
	signing_free(&signing);
	return err;
}

const struct stella_error *cmd_attest_create(struct cmd *cmd)
{
	size_t count, parsed = 0;
	const char *const *given = opts_all(cmd, "subject", &count);
	const char *name = opts_get(cmd, "type"), *type = NULL;
	struct stella_subject *subjects = stella_alloc_array(count + 1, sizeof *subjects);
	const struct stella_error *err = NULL;

	if (!count)
		err = stella_error(STELLA_USAGE, "what is it about: --subject sha256:HEX or --subject FILE");
	else if (!name)
		err = stella_error(STELLA_USAGE, "what does it say: --type NAME or URI, e.g. --type slsaprovenance1");
	else if (count > STELLA_SUBJECTS_MAX)
		err = stella_error(STELLA_LIMIT, "%zu subjects, at most %d are allowed", count, STELLA_SUBJECTS_MAX);
	else
		err = parse_type(&type, "type", name);
	for (; parsed < count && !err; parsed++)
		err = parse_subject(&subjects[parsed], given[parsed]);
	if (!err)
		err = create(cmd, subjects, count, type);
	while (parsed > 0)
		free_subject(&subjects[--parsed]);
	free(subjects);
	return err;
}

/* ---------------------------------------------------------------- resign */

/*
 * The new signature vouches for the old words: they must be what somebody known here signed, by a key
 * that is not known to be in the wrong hands.
 */
static const struct stella_error *check_old(struct cmd *cmd, struct stella_trust *trust,
	const struct stella_evidence *evidence)
{
	struct stella_report *report;
	const struct stella_error *err = integrity_load(&report, cmd, trust, evidence);

	if (!err)
		err = integrity_verify(report);
	for (size_t i = 0; !err && i < report->signature_count; i++)
		if (report->signatures[i].intact && report->signatures[i].code == STELLA_KEY_REVOKED)
			err = stella_error(STELLA_KEY_REVOKED, "%s: what it signed is not vouched for again",
				report->signatures[i].message);
	stella_report_free(report);
	return err;
}

const struct stella_error *cmd_attest_resign(struct cmd *cmd)
{
	struct stella_evidence *evidence = NULL, *again = NULL;
	struct signing signing = { 0 };
	struct stella_trust *trust;
	const char *name;
	char message[64];
	const struct stella_error *err = attestation_named(&name, cmd);

	if (!err)
		err = session_attestation(&evidence, cmd, name);
	if (!err)
		err = session_trust(&trust, cmd);
	if (!err)
		err = check_old(cmd, trust, evidence);
	if (!err)
		err = signing_load(&signing, cmd);
	if (!err)
		err = signing_sign(&again, &signing, evidence->dsse->payload_type, stella_buf_span(&evidence->dsse->payload));
	if (err)
		goto done;
	snprintf(message, sizeof message, "attest resign %s", show_short(cmd, &evidence->id));
	err = keep_bundle(cmd, again, message);
	if (!err)
		warn_untrusted(&signing, again, cmd);
done:
	stella_evidence_free(evidence);
	stella_evidence_free(again);
	signing_free(&signing);
	return err;
}
