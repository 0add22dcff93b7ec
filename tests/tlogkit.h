/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle of tests/data/sigstore with its log entry and what that should record. */
#ifndef STELLA_TESTS_TLOGKIT_H
#define STELLA_TESTS_TLOGKIT_H

#include "sigstore_data.h"
#include "tlog.h"

struct tlogkit {
	struct stella_bundle *bundle;
	struct stella_trustroot *root;
	struct stella_cert *cert;
	struct stella_pubkey *bare;
	struct stella_buf signed_bytes, digests[STELLA_HASH_COUNT];
	struct stella_tlog_entry *entry;
	struct stella_tlog_expected expected;
};

static const struct tlogrow {
	const char *name, *root, *kind, *version;
} tlogrows[] = {
	{ "v01", "public-good.root.json", "hashedrekord", "0.0.1" },
	{ "v03", "public-good.root.json", "hashedrekord", "0.0.1" },
	{ "key", "key.root.json", "hashedrekord", "0.0.1" },
	{ "dsse", "public-good.root.json", "dsse", "0.0.1" },
	{ "intoto", "intoto.root.json", "intoto", "0.0.2" },
	{ "rekor2", "rekor2.root.json", "hashedrekord", "0.0.2" },
	{ "rekor2-dsse", "rekor2-dsse.root.json", "hashedrekord", "0.0.2" },
	{ "cosigned", "rekor2.root.json", "hashedrekord", "0.0.2" },
	{ "sct-extensions", "sct-extensions.root.json", "hashedrekord", "0.0.2" },
};
#define TLOGROWS (sizeof tlogrows / sizeof *tlogrows)

static inline const struct stella_json *tlogkit_entry(const struct stella_bundle *bundle)
{
	const struct stella_json *material = stella_json_find(bundle->document, "verificationMaterial");

	return stella_json_at(stella_json_find(material, "tlogEntries"), 0);
}

static inline void tlogkit_expect(struct tlogkit *kit)
{
	struct stella_tlog_expected *e = &kit->expected;
	const struct stella_dsse *dsse = kit->bundle->dsse;

	e->minor = kit->bundle->minor;
	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++) {
		uint8_t digest[STELLA_DIGEST_MAX];

		stella_hash((enum stella_hash)i, stella_buf_span(&kit->signed_bytes), digest);
		stella_buf_put(&kit->digests[i], digest, stella_hash_size((enum stella_hash)i));
		e->digests[i] = stella_buf_span(&kit->digests[i]);
	}
	e->signature = stella_buf_span(dsse ? &dsse->signatures[0].sig : &kit->bundle->message_signature);
	if (kit->cert)
		e->cert = stella_cert_der(kit->cert);
	e->key = kit->cert ? stella_cert_key(kit->cert) : kit->bare;
	if (dsse) {
		e->payload = stella_buf_span(&dsse->payload);
		e->payload_type = dsse->payload_type;
	}
}

static inline struct tlogkit *tlogkit_open(const struct tlogrow *row)
{
	struct tlogkit *kit = stella_alloc(sizeof *kit);
	struct stella_buf pem;
	char file[64];

	snprintf(file, sizeof file, "%s.bundle.json", row->name);
	assert_ok(stella_bundle_parse(&kit->bundle, load_json(file)));
	kit->root = load_root(row->root);
	if (kit->bundle->cert_count) {
		assert_ok(stella_cert_parse(&kit->cert, stella_buf_span(&kit->bundle->certs[0])));
	} else {
		pem = read_data("sigstore", "key.pub");
		assert_ok(stella_pubkey_parse_pem(&kit->bare, stella_buf_span(&pem)));
		stella_buf_free(&pem);
	}
	if (kit->bundle->dsse)
		stella_dsse_pae(&kit->signed_bytes, kit->bundle->dsse->payload_type,
			stella_buf_span(&kit->bundle->dsse->payload));
	else
		kit->signed_bytes = read_data("sigstore", "a.txt");
	assert_ok(stella_tlog_parse(&kit->entry, tlogkit_entry(kit->bundle)));
	tlogkit_expect(kit);
	return kit;
}

static inline void tlogkit_close(struct tlogkit *kit)
{
	stella_tlog_free(kit->entry);
	stella_cert_free(kit->cert);
	stella_pubkey_free(kit->bare);
	stella_bundle_free(kit->bundle);
	stella_trustroot_free(kit->root);
	stella_buf_free(&kit->signed_bytes);
	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++)
		stella_buf_free(&kit->digests[i]);
	free(kit);
}

#endif
