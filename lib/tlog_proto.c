/* SPDX-License-Identifier: Apache-2.0 */
#include "tlog_proto.h"

#include <stdio.h>

#include "encode.h"

#define HASHES_MAX 64
#define FIELD_MAX 15

static const struct stella_error *bad(const char *what)
{
	return stella_error(STELLA_MALFORMED, "log entry: not a TransparencyLogEntry: %s", what);
}

/* Protobuf encoding, base 128 varints: at most ten bytes, the shortest form. */
static bool take_varint(struct stella_cursor *in, uint64_t *out)
{
	uint8_t octet = 0;

	*out = 0;
	for (unsigned i = 0; i < 10; i++) {
		if (!stella_cursor_u8(in, &octet) || (i == 9 && octet > 1))
			return false;
		*out |= (uint64_t)(octet & 0x7f) << 7 * i;
		if (!(octet & 0x80))
			return octet || !i;
	}
	return false;
}

/* How a field is to be read, and what it is called in JSON. */
struct field {
	enum { INT = 1, BYTES, TEXT, MESSAGE, HASHES } kind;
	const char *name;
	const struct field *message; /* by number; ended by a row without name */
};

static const struct field log_id[] = { { 0 }, { BYTES, "keyId", NULL }, { 0 } };
static const struct field kind_version[] = { { 0 }, { TEXT, "kind", NULL }, { TEXT, "version", NULL }, { 0 } };
static const struct field promise[] = { { 0 }, { BYTES, "signedEntryTimestamp", NULL }, { 0 } };
static const struct field checkpoint[] = { { 0 }, { TEXT, "envelope", NULL }, { 0 } };
static const struct field proof[] = { { 0 }, { INT, "logIndex", NULL }, { BYTES, "rootHash", NULL },
	{ INT, "treeSize", NULL }, { HASHES, "hashes", NULL }, { MESSAGE, "checkpoint", checkpoint }, { 0 } };
static const struct field entry_fields[] = { { 0 }, { INT, "logIndex", NULL }, { MESSAGE, "logId", log_id },
	{ MESSAGE, "kindVersion", kind_version }, { INT, "integratedTime", NULL },
	{ MESSAGE, "inclusionPromise", promise }, { MESSAGE, "inclusionProof", proof },
	{ BYTES, "canonicalizedBody", NULL }, { 0 } };

static struct stella_json *json_base64(struct stella_span bytes)
{
	struct stella_buf text = { 0 };
	struct stella_json *json;

	stella_base64_print(&text, bytes);
	json = stella_json_new_text(text.data ? (const char *)text.data : "");
	stella_buf_free(&text);
	return json;
}

static struct stella_json *json_int(uint64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%llu", (unsigned long long)value);
	return stella_json_new_text(text);
}

static bool is_text(struct stella_span value)
{
	struct stella_cursor c = stella_cursor(value);
	uint32_t character;

	while (c.left)
		if (!stella_utf8_next(&c, &character) || !character)
			return false;
	return true;
}

static const struct stella_error *read_message(struct stella_json *out, struct stella_cursor in, const struct field *fields);

static const struct stella_error *read_bytes(struct stella_json *out, const struct field *field, struct stella_span value)
{
	struct stella_json *hashes;

	switch (field->kind) {
	case TEXT:
		if (!is_text(value))
			return bad("text that is not UTF-8");
		stella_json_set(out, field->name, stella_json_new_text_span(value));
		return NULL;
	case MESSAGE:
		return read_message(stella_json_set(out, field->name, stella_json_new_object()), stella_cursor(value),
			field->message);
	case HASHES:
		hashes = stella_json_edit(out, field->name);
		if (!hashes)
			hashes = stella_json_set(out, field->name, stella_json_new_array());
		if (stella_json_count(hashes) == HASHES_MAX)
			return stella_error(STELLA_LIMIT, "log entry: a proof of more than %d hashes", HASHES_MAX);
		stella_json_add(hashes, json_base64(value));
		return NULL;
	default:
		stella_json_set(out, field->name, json_base64(value));
		return NULL;
	}
}

/* What protobuf leaves out is zero or empty. */
static void fill_in(struct stella_json *out, const struct field *fields)
{
	for (unsigned i = 1; fields[i].name; i++) {
		if (stella_json_find(out, fields[i].name))
			continue;
		if (fields[i].kind == INT)
			stella_json_set(out, fields[i].name, json_int(0));
		else if (fields[i].kind == HASHES)
			stella_json_set(out, fields[i].name, stella_json_new_array());
	}
}

/* Two levels below the entry at most, by the tables above. */
static const struct stella_error *read_message(struct stella_json *out, struct stella_cursor in, const struct field *fields)
{
	const struct stella_error *err = NULL;

	while (!err && in.left) {
		uint64_t key, number, size;
		const struct field *field;
		struct stella_span value;

		if (!take_varint(&in, &key) || key >> 3 == 0 || key >> 3 > FIELD_MAX)
			return bad("a field that is not known");
		number = 1;
		while (number < key >> 3 && fields[number].name)
			number++;
		field = &fields[number];
		if (!field->name || (key & 7) != (field->kind == INT ? 0 : 2))
			return bad("a field that is not known");
		if (field->kind != HASHES && stella_json_find(out, field->name))
			return bad("a field that stands there twice");
		if (!take_varint(&in, &size))
			return bad("cut off");
		if (field->kind == INT) {
			stella_json_set(out, field->name, json_int(size));
			continue;
		}
		if (size > in.left || !stella_cursor_take(&in, (size_t)size, &value))
			return bad("cut off");
		err = read_bytes(out, field, value);
	}
	fill_in(out, fields);
	return err;
}

const struct stella_error *stella_tlog_proto_parse(struct stella_json **out, struct stella_span entry,
	struct stella_span body)
{
	struct stella_json *json;
	const struct stella_error *err;

	*out = NULL;
	if (entry.size > STELLA_TLOG_PROTO_MAX)
		return stella_error(STELLA_LIMIT, "log entry of %zu bytes, more than %u", entry.size, STELLA_TLOG_PROTO_MAX);
	json = stella_json_new_object();
	err = read_message(json, stella_cursor(entry), entry_fields);
	if (err) {
		stella_json_free(json);
		return err;
	}
	if (!stella_json_find(json, "canonicalizedBody") && body.size)
		stella_json_set(json, "canonicalizedBody", json_base64(body));
	*out = json;
	return NULL;
}
