/* SPDX-License-Identifier: Apache-2.0 */
/*
 * issuer keys fetch: what an issuer publishes, compared with what is in force, and recorded as a proposal.
 * Fetching never trusts: the commit that it makes approves nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "encode.h"
#include "fetch.h"
#include "keydir.h"
#include "records.h"
#include "sys.h"

const struct opt issuer_fetch_opts[] = {
	{ "dry-run", 0, NULL, "only show what is new, gone and unchanged", NULL, false },
	{ "retire-missing", 0, NULL, "retire the keys that are not published any more", NULL, false },
	{ "expires", 0, "DATE|DAYSd", "trust the new keys no longer than this", NULL, false },
	{ "cacert", 0, "FILE", "believe these authorities (PEM) instead of the system's", NULL, false },
	{ "pin", 0, "KEYID", "the server's key must be this one (SHA-256 of its SubjectPublicKeyInfo)", NULL, false },
	{ "proxy", 0, "URL", "go through this proxy (none by default, whatever the environment says)", NULL, false },
	{ "timeout", 0, "SECONDS", "for all of it (default and most: 30)", NULL, false },
	{ 0 }
};

/* What a key of the directory or of the issuer is to us. */
enum standing { NEW, UNCHANGED, GONE, HELD_BACK, STANDINGS };
static const char *const standing_names[STANDINGS] = { "new", "unchanged", "gone", "held back" };

struct finding {
	enum standing standing;
	struct stella_key *key;      /* the record that there is, or that would be */
	const char *label;           /* as published; borrowed, or NULL */
	const char *note;            /* for people; kept, or NULL */
};
struct fetching {
	struct stella_issuer *issuer;
	struct stella_trust *trust;
	struct stella_keydir dir;
	struct stella_sha256 digest; /* of what was served */
	struct finding *items; size_t count, cap;
	size_t counts[STANDINGS];
};

static void add(struct fetching *f, enum standing standing, struct stella_key *key, const char *label, const char *note)
{
	STELLA_GROW(f->items, f->count, f->cap);
	f->items[f->count++] = (struct finding){ standing, key, label, note };
	f->counts[standing]++;
}

static void fetching_free(struct fetching *f)
{
	for (size_t i = 0; i < f->count; i++)
		stella_key_free(f->items[i].key);
	free(f->items);
	stella_keydir_free(&f->dir);
	stella_issuer_free(f->issuer);
}

/* ---------------------------------------------------------------- from the directory */

static const struct stella_error *parse_pin(uint8_t out[32], const char *from, const char *text)
{
	if (stella_hex_fixed(out, 32, stella_span_str(text)))
		return NULL;
	return stella_error(STELLA_USAGE, "%s %s: expected 64 hex digits", from, text);
}

static const struct stella_error *parse_timeout(unsigned *out, const char *text)
{
	long seconds = STELLA_FETCH_SECONDS;

	if (text && !parse_whole(&seconds, text, 1, STELLA_FETCH_SECONDS))
		return stella_error(STELLA_USAGE, "--timeout %s: expected 1 to %d seconds", text, STELLA_FETCH_SECONDS);
	*out = (unsigned)seconds;
	return NULL;
}

static const struct stella_error *get(struct stella_buf *out, struct cmd *cmd, const struct stella_issuer *issuer)
{
	struct stella_fetch_options options = { .max = STELLA_KEYDIR_MAX, .cacert = opts_get(cmd, "cacert"),
		.proxy = opts_get(cmd, "proxy") };
	const char *pin = opts_get(cmd, "pin");
	uint8_t digest[32];
	struct stella_url url;
	const struct stella_error *err = stella_url_parse(&url, issuer->key_directory);

	if (!err)
		err = parse_timeout(&options.seconds, opts_get(cmd, "timeout"));
	if (!err && (pin || issuer->key_directory_pin)) {
		err = parse_pin(digest, "--pin", pin ? pin : issuer->key_directory_pin);
		options.pin = digest;
	}
	if (err)
		return err;
	if (!url.file)
		return stella_fetch(out, issuer->key_directory, &options);
	if (options.cacert || options.pin || options.proxy)
		return stella_error(STELLA_USAGE, "the key directory is a file: no server to check");
	return stella_sys_read(out, issuer->key_directory + strlen("file://"), STELLA_KEYDIR_MAX);
}

/* What was not approved is not even asked: the URL comes from the state in force. */
static const struct stella_error *load_issuer(struct fetching *f, struct cmd *cmd)
{
	const struct stella_error *err = stella_issuer_load(&f->issuer, f->trust, cmd->args[0]);

	if (stella_error_is(err, STELLA_NOT_FOUND)) {
		cmd->hint = "stella issuer list, stella issuer add";
		return stella_error(STELLA_NOT_FOUND, "issuer %s: not in the state in force", cmd->args[0]);
	}
	if (!err && !f->issuer->key_directory)
		err = stella_error(STELLA_USAGE, "issuer %s has no key directory in its record: "
			"stella trust-anchors add-key --key FILE --issuer %s", f->issuer->id, f->issuer->id);
	return err;
}

static const struct stella_error *load_directory(struct fetching *f, struct cmd *cmd)
{
	struct stella_buf bytes = { 0 };
	const struct stella_error *err = get(&bytes, cmd, f->issuer);

	if (!err) {
		f->digest = stella_sha256(stella_buf_span(&bytes));
		err = stella_keydir_parse(&f->dir, stella_buf_span(&bytes));
	}
	if (err) {
		struct stella_buf hint = { 0 };

		err = stella_error_prefix(err, "%s", f->issuer->key_directory);
		stella_buf_printf(&hint, "stella issuer show %s says who approved this place; ask the issuer whether it is still theirs", f->issuer->id);
		cmd->hint = stella_error_is(err, STELLA_USAGE) ? NULL : keep(cmd, stella_buf_take_str(&hint));
		stella_buf_free(&hint);
	}
	stella_buf_free(&bytes);
	return err;
}

/* ---------------------------------------------------------------- compared with what is in force */

/* Each key of the issuer that is in force; others' keys only where the directory publishes them. */
static const struct stella_error *compare_record(struct fetching *f, struct cmd *cmd, const char *id)
{
	const struct stella_keydir_key *published;
	struct stella_key *key;
	const struct stella_error *err = stella_key_load(&key, f->trust, id);

	if (err)
		return err;
	published = stella_keydir_find(&f->dir, stella_pubkey_id(key->key));
	if (strcmp(key->issuer, f->issuer->id) != 0) {
		if (published)
			err = stella_error(STELLA_CONFLICT, "%s publishes the key %s, which is in force for issuer %s",
				f->issuer->key_directory, id, key->issuer);
		stella_key_free(key);
		return err;
	}
	if (!published && key->status == STELLA_KEY_ACTIVE)
		add(f, GONE, key, NULL, opts_flag(cmd, "retire-missing") ? NULL : "still trusted: --retire-missing retires it");
	else if (published && key->status == STELLA_KEY_ACTIVE)
		add(f, UNCHANGED, key, published->label,
			key->expires != STELLA_TIME_NONE && key->expires < cmd->now ? "EXPIRED here, and still published" : NULL);
	else if (published)
		add(f, HELD_BACK, key, published->label, key->status == STELLA_KEY_RETIRED ?
			"retired here, and still published" : "REVOKED here, and still published");
	else
		stella_key_free(key);
	return NULL;
}

static bool is_known(const struct fetching *f, const char *id)
{
	for (size_t i = 0; i < f->count; i++)
		if (!strcmp(f->items[i].key->id, id))
			return true;
	return false;
}

/* A key that was here and is not any more was taken away for a reason: people bring it back, not a directory. */
static const struct stella_error *compare_published(struct fetching *f, struct cmd *cmd,
	const struct stella_keydir_key *published)
{
	const char *expires = opts_get(cmd, "expires");
	char id[STELLA_SHA256_HEX];
	struct stella_key *key;
	const struct stella_error *err;

	stella_sha256_hex(id, stella_pubkey_id(published->key));
	if (is_known(f, id))
		return NULL;
	err = key_find_before(&key, cmd, f->trust, id);
	if (err)
		return err;
	if (key) {
		add(f, HELD_BACK, key, published->label, key->status == STELLA_KEY_REVOKED_STATUS ? "REVOKED here before" :
			"was here before and was removed: stella trust-anchors add-key brings it back");
		return NULL;
	}
	key = stella_alloc(sizeof *key);
	add(f, NEW, key, published->label, NULL);
	key->id = stella_strdup(id);
	key->issuer = stella_strdup(f->issuer->id);
	key->algorithm = published->alg;
	key->status = STELLA_KEY_ACTIVE;
	key->valid_from = key->revoked_since = STELLA_TIME_NONE;
	key->expires = published->expires;
	if (expires) {
		int64_t end;

		err = parse_expiry(&end, expires, cmd->now);
		if (!err && (key->expires == STELLA_TIME_NONE || end < key->expires))
			key->expires = end;
	}
	return err ? err : stella_pubkey_parse_spki(&key->key, stella_pubkey_spki(published->key));
}

static const struct stella_error *compare(struct fetching *f, struct cmd *cmd)
{
	struct names names = { 0 };
	const struct stella_error *err = record_names(&names, f->trust, "keys/");

	for (size_t i = 0; i < names.count && !err; i++)
		err = compare_record(f, cmd, names.items[i]);
	for (size_t i = 0; i < f->dir.count && !err; i++)
		err = compare_published(f, cmd, &f->dir.items[i]);
	names_free(&names);
	if (!err && opts_flag(cmd, "retire-missing") && f->counts[GONE] && !f->dir.count)
		err = stella_error(STELLA_USAGE, "%s publishes no key at all: --retire-missing would retire every one",
			f->issuer->key_directory);
	return err;
}

/* ---------------------------------------------------------------- said */

static void say_findings(struct cmd *cmd, const struct fetching *f)
{
	say(cmd, "fetched    %s\n           %s, %zu key%s%s, SHA-256 %s\n", show(cmd, f->issuer->key_directory),
		stella_keydir_form_name(f->dir.form), f->dir.count, f->dir.count == 1 ? "" : "s",
		f->dir.left_out ? " and others that are not for attestations" : "", show_id(cmd, &f->digest));
	for (unsigned standing = 0; standing < STANDINGS; standing++) {
		for (size_t i = 0; i < f->count; i++) {
			const struct finding *one = &f->items[i];

			if (one->standing != standing)
				continue;
			say(cmd, "%-10s %s\n           %s, %s, %s", standing_names[standing], show(cmd, one->key->id),
				stella_pubkey_type_name(one->key->key), stella_sigalg_name(one->key->algorithm),
				show_window(cmd, one->key->valid_from, one->key->expires));
			if (one->label)
				say(cmd, "  \"%s\"", show(cmd, one->label));
			say(cmd, "%s%s\n", one->note ? "\n           " : "", one->note ? one->note : "");
		}
	}
}

static struct stella_json *json_findings(struct cmd *cmd, const struct fetching *f)
{
	struct stella_json *object = stella_json_new_object(), *array;

	stella_json_set_text(object, "issuer", f->issuer->id);
	stella_json_set(object, "keyDirectory", json_text(f->issuer->key_directory));
	stella_json_set_text(object, "form", stella_keydir_form_name(f->dir.form));
	stella_json_set(object, "sha256", json_id(&f->digest));
	array = stella_json_set(object, "keys", stella_json_new_array());
	for (size_t i = 0; i < f->count; i++) {
		struct stella_json *one = stella_json_add(array, json_key(cmd, f->items[i].key));

		stella_json_set_text(one, "standing", standing_names[f->items[i].standing]);
		if (f->items[i].label)
			stella_json_set(one, "label", json_text(f->items[i].label));
		if (f->items[i].note)
			stella_json_set_text(one, "note", f->items[i].note);
	}
	return object;
}

/* ---------------------------------------------------------------- recorded */

static const struct stella_error *find_reason(char **out, struct cmd *cmd, const struct fetching *f)
{
	struct stella_buf text = { 0 };

	if (opts_get(cmd, "reason"))
		return session_reason(out, cmd, true);
	stella_buf_printf(&text, "Published at %s (SHA-256 of what was there: %s)", f->issuer->key_directory,
		show_id(cmd, &f->digest));
	*out = stella_buf_take_str(&text);
	return NULL;
}

static const struct stella_error *fill_change(struct change *change, struct cmd *cmd, const struct fetching *f,
	const char *reason)
{
	const struct stella_error *err = NULL;

	for (size_t i = 0; i < f->count && !err; i++) {
		struct stella_key *key = f->items[i].key;
		size_t said = cmd->out.size;

		if (f->items[i].standing == GONE && opts_flag(cmd, "retire-missing")) {
			key->status = STELLA_KEY_RETIRED;
			key->revoked_since = cmd->now;
		} else if (f->items[i].standing != NEW) {
			continue;
		}
		free(key->reason);
		key->reason = stella_strdup(reason);
		err = key_put(change, cmd, key);
		cmd->out.size = said; /* it stands among the findings already */
	}
	return err;
}

static const struct stella_error *record(struct cmd *cmd, const struct fetching *f)
{
	size_t retired = opts_flag(cmd, "retire-missing") ? f->counts[GONE] : 0;
	struct change change = { .propose = true, .json_name = "issuer-keys-fetch" };
	char *reason = NULL, subject[192];
	const struct stella_error *err;

	err = find_reason(&reason, cmd, f);
	if (!err)
		err = fill_change(&change, cmd, f, reason);
	if (!err) {
		change.json = cmd->json ? json_findings(cmd, f) : NULL;
		snprintf(subject, sizeof subject, "issuer keys fetch %s: %zu new, %zu retired", f->issuer->id, f->counts[NEW], retired);
		err = change_commit(cmd, &change, subject, reason);
	}
	if (!err && !cmd->json)
		say(cmd, "next       compare the fingerprints with the issuer by another way, then stella approve\n");
	change_free(&change);
	free(reason);
	return err;
}

const struct stella_error *cmd_issuer_keys_fetch(struct cmd *cmd)
{
	struct fetching f = { 0 };
	const struct stella_error *err = change_start(&f.trust, cmd);
	bool changes;

	if (!err)
		err = load_issuer(&f, cmd);
	if (!err)
		err = load_directory(&f, cmd);
	if (!err)
		err = compare(&f, cmd);
	if (err)
		goto done;
	changes = f.counts[NEW] || (f.counts[GONE] && opts_flag(cmd, "retire-missing"));
	if (!cmd->json)
		say_findings(cmd, &f);
	if (changes && !opts_flag(cmd, "dry-run"))
		err = record(cmd, &f);
	else if (cmd->json)
		say_json(cmd, "issuer-keys-fetch", json_findings(cmd, &f));
	else
		say(cmd, "%s\n", changes ? "nothing is recorded (--dry-run)" : "nothing to record");
	if (err)
		stella_buf_free(&cmd->out); /* then it is not what was just said */
done:
	fetching_free(&f);
	return err;
}
