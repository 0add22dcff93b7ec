/* SPDX-License-Identifier: Apache-2.0 */
/* The bundles of tests/data/sigstore as a whole, with what they should be about. */
#ifndef STELLA_TESTS_BUNDLEKIT_H
#define STELLA_TESTS_BUNDLEKIT_H

#include "encode.h"
#include "sigstore.h"
#include "sigstore_data.h"

static const struct row {
	const char *name, *root, *artifact;
	bool key;
	size_t times, authorities;
} rows[] = {
	{ "v01", "public-good.root.json", "a.txt", false, 1, 1 },
	{ "v03", "public-good.root.json", "a.txt", false, 1, 1 },
	{ "dsse", "public-good.root.json", "a.txt", false, 1, 1 },
	{ "key", "key.root.json", "a.txt", true, 1, 1 },
	{ "intoto", "intoto.root.json", "intoto.artifact", false, 2, 1 }, /* whose log and authority have one key */
	{ "rekor2", "rekor2.root.json", "a.txt", false, 1, 1 },
	{ "rekor2-dsse", "rekor2-dsse.root.json", "a.txt", false, 1, 1 },
};
enum { V01, V03, DSSE, KEY, INTOTO, REKOR2, REKOR2_DSSE, ROWS };

struct kit {
	const struct row *row;
	struct stella_json *document;
	struct stella_trustroot *root;
	struct stella_pubkey *key;
	struct stella_digest digest;
	struct stella_sigstore_artifact artifact;
	struct stella_sigstore_thresholds thresholds;
	struct stella_sigstore_result result;
};

static inline struct kit *open_kit(size_t row)
{
	struct kit *kit = stella_alloc(sizeof *kit);
	struct stella_buf text = read_data("sigstore", rows[row].artifact);
	struct stella_sha256 sha256 = stella_sha256(stella_buf_span(&text));
	char file[64], hex[STELLA_SHA256_HEX];

	kit->row = &rows[row];
	snprintf(file, sizeof file, "%s.bundle.json", kit->row->name);
	kit->document = load_json(file);
	kit->root = load_root(kit->row->root);
	stella_sha256_hex(hex, &sha256);
	assert_ok(stella_digest_parse(&kit->digest, hex));
	kit->artifact = (struct stella_sigstore_artifact){ .digests = &kit->digest, .count = 1 };
	kit->thresholds = (struct stella_sigstore_thresholds){ 1, 1, 1, INT64_MAX };
	stella_buf_free(&text);
	if (kit->row->key) {
		text = read_data("sigstore", "key.pub");
		assert_ok(stella_pubkey_parse_pem(&kit->key, stella_buf_span(&text)));
		stella_buf_free(&text);
	}
	return kit;
}

static inline void close_kit(struct kit *kit)
{
	stella_sigstore_result_free(&kit->result);
	stella_digest_free(&kit->digest);
	stella_pubkey_free(kit->key);
	stella_trustroot_free(kit->root);
	stella_json_free(kit->document);
	free(kit);
}

static inline const struct stella_error *verify(struct kit *kit)
{
	struct stella_bundle *bundle;
	const struct stella_error *err = stella_bundle_parse(&bundle, stella_json_copy(kit->document));

	stella_sigstore_result_free(&kit->result);
	if (!err)
		err = stella_sigstore_verify(&kit->result, bundle, kit->root, kit->key, &kit->artifact, &kit->thresholds);
	stella_bundle_free(bundle);
	return err;
}

static inline struct stella_json *material(struct kit *kit)
{
	return stella_json_edit(kit->document, "verificationMaterial");
}

static inline struct stella_json *entry(struct kit *kit)
{
	return (struct stella_json *)(uintptr_t)stella_json_at(stella_json_find(material(kit), "tlogEntries"), 0);
}

/* The base64 text of a member with its first byte changed. */
static inline void flip(struct stella_json *object, const char *name)
{
	struct stella_buf bytes = { 0 }, text = { 0 };

	assert_ok(stella_base64_parse(&bytes, stella_span_str(stella_json_text(stella_json_find(object, name))),
		STELLA_BASE64_ANY));
	bytes.data[bytes.size - 1] ^= 1;
	stella_base64_print(&text, stella_buf_span(&bytes));
	stella_json_set_text(object, name, (const char *)text.data);
	stella_buf_free(&bytes);
	stella_buf_free(&text);
}

#endif
