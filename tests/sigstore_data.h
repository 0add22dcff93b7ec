/* SPDX-License-Identifier: Apache-2.0 */
/* The bundles and trusted roots of tests/data/sigstore, for the tests of what judges them. */
#ifndef STELLA_TESTS_SIGSTORE_DATA_H
#define STELLA_TESTS_SIGSTORE_DATA_H

#include "bundle.h"
#include "data.h"
#include "json.h"
#include "trustroot.h"

static inline struct stella_trustroot *load_root(const char *name)
{
	struct stella_trustroot *root;
	struct stella_buf text = read_data("sigstore", name);

	assert_ok(stella_trustroot_parse(&root, stella_buf_span(&text)));
	stella_buf_free(&text);
	return root;
}

static inline struct stella_json *load_json(const char *name)
{
	struct stella_buf text = read_data("sigstore", name);
	struct stella_json *json;

	assert_ok(stella_json_parse(&json, stella_buf_span(&text)));
	stella_buf_free(&text);
	return json;
}

/* What a hostile writer puts in the place of a value; the caller frees what it does not set. */
#define HOSTILE_COUNT 12
static inline struct stella_json *hostile_value(size_t i)
{
	struct stella_buf text = { 0 };
	struct stella_json *v;

	switch (i) {
	case 0: return stella_json_new_text(NULL);
	case 1: return stella_json_new_text("");
	case 2: return stella_json_new_int(0);
	case 3: return stella_json_new_array();
	case 4: return stella_json_new_object();
	case 5: return stella_json_new_bool(true);
	case 6: return stella_json_new_int(-1);
	case 7: return stella_json_new_int(INT64_MAX);
	case 8: return stella_json_new_text("9223372036854775808");
	case 9: return stella_json_new_text("AAAA");
	case 10:
		v = stella_json_new_array();
		stella_json_add(v, stella_json_new_text(NULL));
		return v;
	default:
		for (size_t n = 0; n < 100000; n++)
			stella_buf_put_str(&text, "QUFB");
		v = stella_json_new_text_span(stella_buf_span(&text));
		stella_buf_free(&text);
		return v;
	}
}

/*
 * Calls try on the document with each member of each object in it in turn taken away, and set to each
 * hostile value; afterwards all is as it was.
 */
static inline void each_hostile(struct stella_json *root, struct stella_json *node,
	void (*try)(const struct stella_json *root, const char *what, void *context), void *context)
{
	size_t count = stella_json_count(node);
	const struct stella_json *value;
	const char *name;
	char *names[64], what[256];

	if (stella_json_type(node) == STELLA_JSON_ARRAY)
		for (size_t i = 0; i < count; i++)
			each_hostile(root, (struct stella_json *)(uintptr_t)stella_json_at(node, i), try, context);
	if (stella_json_type(node) != STELLA_JSON_OBJECT)
		return;
	ck_assert(count <= sizeof names / sizeof *names);
	for (size_t i = 0; i < count; i++) {
		stella_json_member(node, i, &name, &value);
		names[i] = stella_strdup(name);
	}
	for (size_t i = 0; i < count; i++) {
		struct stella_json *good = stella_json_copy(stella_json_find(node, names[i]));

		each_hostile(root, stella_json_edit(node, names[i]), try, context);
		stella_json_unset(node, names[i]);
		snprintf(what, sizeof what, "\"%s\" absent", names[i]);
		try(root, what, context);
		for (size_t k = 0; k < HOSTILE_COUNT; k++) {
			stella_json_set(node, names[i], hostile_value(k));
			snprintf(what, sizeof what, "\"%s\" with hostile value %zu", names[i], k);
			try(root, what, context);
		}
		stella_json_set(node, names[i], good);
		free(names[i]);
	}
}

#endif
