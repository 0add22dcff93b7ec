/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "private.h"
#include "sys.h"

#define VERSION 1
#define FILE_NAME "memory.json"
#define MEMORY_MAX 4096 /* bytes of the file */
#define LOCK_SECONDS 10

char *stella_memory_path(const char *state_dir, const struct stella_oid *root, const char *name)
{
	struct stella_buf path = { 0 };
	char hex[STELLA_OID_HEX];

	stella_oid_hex(hex, root);
	stella_buf_printf(&path, "%s/%s%s%s", state_dir, hex, name ? "/" : "", name ? name : "");
	return stella_buf_take_str(&path);
}

/* Whatever is wrong with the file, there is no memory to go by, and somebody must look. */
static const struct stella_error *damaged(const struct stella_error *err, const char *path)
{
	return stella_error(STELLA_MEMORY_DAMAGED, "%s: what was remembered of this root is not usable: %s; "
		"if you know why, remove the file, and name the state that you last saw with --at-least",
		path, err->message);
}

static const struct stella_error *parse(struct stella_memory *out, struct stella_span text,
	const struct stella_oid *root)
{
	static const char *const names[] = { "version", "root", "state", "number", "time", NULL };
	const struct stella_error *err;
	const struct stella_json *number;
	struct stella_json *doc = NULL;
	struct stella_oid found;
	const char *word;
	int64_t value;

	err = stella_fields_open(&doc, text, VERSION, names);
	if (err)
		goto done;
	err = stella_json_need_text(&word, doc, "root");
	if (err)
		goto done;
	if (!stella_oid_parse(&found, stella_span_str(word)) || !stella_oid_equal(&found, root)) {
		err = stella_error(STELLA_MALFORMED, "\"root\": it is that of another root");
		goto done;
	}
	err = stella_json_need_text(&word, doc, "state");
	if (err)
		goto done;
	if (!stella_sha256_parse(&out->state, stella_span_str(word))) {
		err = stella_error(STELLA_MALFORMED, "\"state\": not a state id");
		goto done;
	}
	err = stella_json_need(&number, doc, "number", STELLA_JSON_NUMBER);
	if (err)
		goto done;
	err = stella_json_int(&value, number, 0, INT64_MAX);
	if (err) {
		err = stella_error_prefix(err, "\"number\"");
		goto done;
	}
	out->number = (uint64_t)value;
	err = stella_fields_want_time(&out->time, doc, "time");
	if (!err && out->time == STELLA_TIME_NONE)
		err = stella_error(STELLA_MALFORMED, "\"time\": missing");
done:
	stella_json_free(doc);
	return err;
}

/* The file in a directory that nobody else can enter. */
const struct stella_error *stella_memory_load(struct stella_memory *out, bool *found,
	const char *state_dir, const struct stella_oid *root)
{
	char *dir = stella_memory_path(state_dir, root, NULL);
	char *path = stella_memory_path(state_dir, root, FILE_NAME);
	struct stella_memory memory = { 0 };
	const struct stella_error *err;
	struct stella_map *map = NULL;

	*found = false;
	err = stella_private_check_dir(dir);
	if (!err)
		err = stella_private_map(&map, path, MEMORY_MAX);
	if (stella_error_is(err, STELLA_NOT_FOUND)) {
		err = NULL;
		goto done;
	}
	if (!err)
		err = parse(&memory, stella_private_span(map), root);
	if (err) {
		err = err->code == STELLA_SYSTEM ? err : damaged(err, path);
		goto done;
	}
	*out = memory;
	*found = true;
done:
	stella_private_unmap(map);
	free(path);
	free(dir);
	return err;
}

static const struct stella_error *print(struct stella_buf *out, const struct stella_memory *memory,
	const struct stella_oid *root)
{
	struct stella_json *doc = stella_json_new_object();
	const struct stella_error *err;
	char root_hex[STELLA_OID_HEX], state_hex[STELLA_SHA256_HEX];
	struct stella_memory again;

	stella_oid_hex(root_hex, root);
	stella_sha256_hex(state_hex, &memory->state);
	stella_json_set_int(doc, "version", VERSION);
	stella_json_set_text(doc, "root", root_hex);
	stella_json_set_text(doc, "state", state_hex);
	stella_json_set_int(doc, "number", (int64_t)memory->number);
	stella_fields_set_time(doc, "time", memory->time);
	stella_json_print(out, doc, STELLA_JSON_RECORD);
	stella_json_free(doc);
	/* What cannot be read back must not be written: a clock beyond the year 9999, say. */
	err = parse(&again, stella_buf_span(out), root);
	return err ? stella_error_recode(err, STELLA_SYSTEM) : NULL;
}

/* What another process remembered meanwhile counts as much: neither state nor time goes back. */
static const struct stella_error *merge(struct stella_memory *into, bool *changed,
	const struct stella_memory *old,
	bool (*contains)(const void *context, const struct stella_sha256 *state), const void *context)
{
	char hex[STELLA_SHA256_HEX];

	if (old->number >= into->number) {
		into->number = old->number;
		into->state = old->state;
	} else if (!contains(context, &old->state)) {
		stella_sha256_hex(hex, &old->state);
		return stella_error(STELLA_ROLLBACK, "rollback: another run has meanwhile seen state #%llu "
			"%s, which this history does not contain", (unsigned long long)old->number, hex);
	}
	if (old->time > into->time)
		into->time = old->time;
	*changed = !stella_sha256_equal(&into->state, &old->state) || into->time != old->time;
	return NULL;
}

const struct stella_error *stella_memory_save(const struct stella_memory *memory, const char *state_dir,
	const struct stella_oid *root,
	bool (*contains)(const void *context, const struct stella_sha256 *state), const void *context)
{
	char *dir = stella_memory_path(state_dir, root, NULL);
	char *path = stella_memory_path(state_dir, root, FILE_NAME);
	char *lock_path = stella_memory_path(state_dir, root, "lock");
	struct stella_memory wanted = *memory, old;
	struct stella_buf text = { 0 };
	struct stella_lock *lock = NULL;
	const struct stella_error *err;
	bool found, changed = true;

	err = stella_sys_mkdirs(dir, 0700);
	if (err)
		goto done;
	err = stella_sys_lock(&lock, lock_path, LOCK_SECONDS);
	if (err)
		goto done;
	err = stella_memory_load(&old, &found, state_dir, root);
	if (!err && found)
		err = merge(&wanted, &changed, &old, contains, context);
	if (err || !changed)
		goto done;
	err = print(&text, &wanted, root);
	if (!err)
		err = stella_sys_replace(path, stella_buf_span(&text), 0600);
done:
	stella_sys_unlock(lock);
	stella_buf_free(&text);
	free(lock_path);
	free(path);
	free(dir);
	return err;
}
