/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The matrix: bundles of every version and kind that our own instance makes, and each of them with one thing of another
 * genuine bundle, or one thing wrong (threats: A and D).  Every row has its own code and words.
 */
#include "sigstore_data.h"
#include "sigstorekit.h"

struct bench {
	struct sk sk;
	struct kit_key key, other_key;
	struct stella_json *root_json;
	struct stella_trustroot *root;
};
static struct bench bench;

static void open_bench(void)
{
	sk_open(&bench.sk);
	bench.key = KIT_P256;
	bench.other_key = KIT_P256;
	bench.root_json = sk_root(&bench.sk);
	bench.root = sk_parse_root(bench.root_json);
}

static void close_bench(void)
{
	stella_trustroot_free(bench.root);
	stella_json_free(bench.root_json);
	kit_key_free(&bench.key);
	kit_key_free(&bench.other_key);
	sk_close(&bench.sk);
}

struct asked {
	const struct stella_trustroot *root;
	const struct kit_key *key;
	struct stella_sigstore_thresholds thresholds;
	size_t times, logs, authorities, scts; /* of the last verdict */
};

static struct asked usual(void)
{
	return (struct asked){ .root = bench.root, .key = &bench.key, .thresholds = { 1, 1, 1, SK_TIME + 1000 } };
}

static const struct stella_error *verify(struct asked *asked, const struct stella_json *document, const struct sk_parts *parts)
{
	struct stella_sha256 sha256 = stella_sha256(stella_buf_span(&parts->artifact));
	struct stella_sigstore_result result;
	struct stella_bundle *bundle;
	struct stella_digest digest;
	char hex[STELLA_SHA256_HEX];
	const struct stella_sigstore_artifact artifact = { .digests = &digest, .count = 1 };
	const struct stella_error *err = stella_bundle_parse(&bundle, stella_json_copy(document));

	if (err)
		return err;
	stella_sha256_hex(hex, &sha256);
	assert_ok(stella_digest_parse(&digest, hex));
	err = stella_sigstore_verify(&result, bundle, asked->root, parts->cert ? NULL : asked->key->public_key, &artifact,
		&asked->thresholds);
	asked->times = result.time_count;
	asked->logs = result.log_count;
	asked->authorities = result.authority_count;
	asked->scts = result.sct_count;
	stella_sigstore_result_free(&result);
	stella_digest_free(&digest);
	stella_bundle_free(bundle);
	return err;
}

/* ck_assert with the shape's name; word NULL: any. */
static void expect_error(const struct sk_shape *shape, const char *what, const struct stella_error *err,
	enum stella_code code, const char *word)
{
	ck_assert_msg(err != NULL, "%s: %s: accepted", shape->name, what);
	ck_assert_msg(err->code == code && (!word || strstr(err->message, word)), "%s: %s: %s (%s), expected %s with \"%s\"",
		shape->name, what, stella_code_word(err->code), err->message, stella_code_word(code), word ? word : "");
}

static void expect_ok(const struct sk_shape *shape, const char *what, const struct stella_error *err)
{
	ck_assert_msg(err == NULL, "%s: %s: %s", shape->name, what, err ? err->message : "");
}

/* By a path of names and places, "a.0.b"; the last is the member. */
static struct stella_json *walk(struct stella_json *document, const char *path, char last[64])
{
	struct stella_json *at = document;
	const char *dot;

	for (; at && (dot = strchr(path, '.')); path = dot + 1) {
		snprintf(last, 64, "%.*s", (int)(dot - path), path);
		at = last[0] >= '0' && last[0] <= '9'
			? (struct stella_json *)(uintptr_t)(stella_json_count(at) ? stella_json_at(at, (size_t)(last[0] - '0')) : NULL)
			: stella_json_edit(at, last);
	}
	snprintf(last, 64, "%s", path);
	return at;
}

/* ---------------------------------------------------------------- good ones */

START_TEST(a_good_bundle_of_every_shape_verifies)
{
	for (size_t i = 0; i < sk_shape_count; i++) {
		const struct sk_shape *shape = &sk_shapes[i];
		struct asked asked = usual();
		struct sk_parts parts;
		struct stella_json *document = sk_make(&bench.sk, shape, &bench.key, "a", &parts);

		expect_ok(shape, "good", verify(&asked, document, &parts));
		ck_assert_uint_eq(asked.times, 1);
		ck_assert_uint_eq(asked.logs, 1);
		ck_assert_uint_eq(asked.authorities, 1);
		ck_assert_uint_eq(asked.scts, !shape->key);
		stella_json_free(document);
		sk_parts_free(&parts);
	}
}
END_TEST

/* ---------------------------------------------------------------- of another bundle */

enum { MESSAGE = 1, DSSE = 2, CERT = 4, KEY = 8, V1 = 16, V2 = 32, ANY = 63 };

static bool fits(unsigned where, const struct sk_shape *shape)
{
	unsigned is = (shape->dsse ? DSSE : MESSAGE) | (shape->key ? KEY : CERT) | (shape->log == SK_REKOR1 ? V1 : V2);

	return (is & ~where) == 0;
}

#define ENTRY "verificationMaterial.tlogEntries.0"
static const struct swap {
	const char *path;
	unsigned where;
	enum stella_code code;
	const char *word;
} swaps[] = {
	{ "messageSignature.messageDigest.digest", ANY & ~DSSE, STELLA_SUBJECT_MISMATCH, "about another artifact" },
	{ "messageSignature.signature", ANY & ~DSSE, STELLA_SIGNATURE_MISMATCH, NULL },
	{ "messageSignature", ANY & ~DSSE, STELLA_SUBJECT_MISMATCH, "about another artifact" },
	{ "dsseEnvelope.payload", ANY & ~MESSAGE, STELLA_SUBJECT_MISMATCH, "no subject" },
	{ "dsseEnvelope.signatures.0.sig", ANY & ~MESSAGE, STELLA_SIGNATURE_MISMATCH, NULL },
	{ "dsseEnvelope", ANY & ~MESSAGE, STELLA_SUBJECT_MISMATCH, "no subject" },
	{ "verificationMaterial.certificate.rawBytes", ANY & ~KEY, STELLA_SIGNATURE_MISMATCH, NULL },
	{ "verificationMaterial.x509CertificateChain.certificates.0.rawBytes", ANY & ~KEY, STELLA_SIGNATURE_MISMATCH, NULL },
	{ "verificationMaterial.tlogEntries", ANY, STELLA_LOG_ENTRY_MISMATCH, "describes another" },
	{ ENTRY ".canonicalizedBody", ANY, STELLA_LOG_ENTRY_MISMATCH, "describes another" },
	{ ENTRY ".inclusionPromise.signedEntryTimestamp", ANY & ~V2, STELLA_LOG_ENTRY_MISMATCH, "signed entry timestamp does not hold" },
	{ ENTRY ".inclusionProof", ANY, STELLA_LOG_ENTRY_MISMATCH, "leads to root" },
	{ ENTRY ".inclusionProof.rootHash", ANY, STELLA_LOG_ENTRY_MISMATCH, "leads to root" },
	{ ENTRY ".inclusionProof.checkpoint.envelope", ANY, STELLA_LOG_ENTRY_MISMATCH, "root hash is not the checkpoint's" },
	{ "verificationMaterial.timestampVerificationData", ANY & ~V1, STELLA_TIMESTAMP_INVALID, "no signed time" },
};

/* A2: the other bundle is by another key; of the same artifact where same. */
static void try_swaps(const struct sk_shape *shape)
{
	struct sk_parts parts, others;
	struct stella_json *document = sk_make(&bench.sk, shape, &bench.key, "a", &parts);
	struct stella_json *other = sk_make(&bench.sk, shape, &bench.other_key, "b", &others);
	struct asked asked = usual();

	for (size_t i = 0; i < sizeof swaps / sizeof *swaps; i++) {
		char name[64];
		struct stella_json *from = walk(other, swaps[i].path, name), *to = walk(document, swaps[i].path, name), *good;

		if (!fits(swaps[i].where, shape) || !to || !stella_json_find(to, name))
			continue;
		good = stella_json_copy(stella_json_find(to, name));
		stella_json_set(to, name, stella_json_copy(stella_json_find(from, name)));
		expect_error(shape, swaps[i].path, verify(&asked, document, &parts), swaps[i].code, swaps[i].word);
		stella_json_set(to, name, good);
	}
	expect_ok(shape, "as it was", verify(&asked, document, &parts));
	stella_json_free(document);
	stella_json_free(other);
	sk_parts_free(&parts);
	sk_parts_free(&others);
}

START_TEST(nothing_of_another_genuine_bundle_is_taken)
{
	for (size_t i = 0; i < sk_shape_count; i++)
		try_swaps(&sk_shapes[i]);
}
END_TEST

/* A3, A8: the log vouches for an entry where all is of this bundle but one thing. */
static void try_recorded(const struct sk_shape *shape, const char *what, size_t offset, unsigned where, const char *word)
{
	struct sk_parts parts, others;
	struct stella_json *document;
	struct stella_buf *mine, *theirs, kept, stamp = { 0 };
	struct asked asked = usual();

	if (!fits(where, shape))
		return;
	sk_sign(&parts, &bench.sk, shape, &bench.key, "a");
	sk_sign(&others, &bench.sk, shape, &bench.other_key, "b");
	mine = (struct stella_buf *)((char *)&parts + offset);
	theirs = (struct stella_buf *)((char *)&others + offset);
	kept = *mine;
	*mine = *theirs;
	document = sk_log(&bench.sk, shape, &parts, SK_TIME);
	*mine = kept;
	if (shape->log != SK_REKOR1)
		sk_stamp(&stamp, &bench.sk, SK_TSA, stella_buf_span(&parts.signature), SK_TIME, false);
	document = sk_bundle(shape, &parts, document, stamp.size ? &stamp : NULL);
	if (word)
		expect_error(shape, what, verify(&asked, document, &parts), STELLA_LOG_ENTRY_MISMATCH, word);
	else
		expect_ok(shape, what, verify(&asked, document, &parts));
	stella_json_free(document);
	stella_buf_free(&stamp);
	sk_parts_free(&parts);
	sk_parts_free(&others);
}

START_TEST(an_entry_that_the_log_vouches_for_must_record_this_bundle)
{
	for (size_t i = 0; i < sk_shape_count; i++) {
		const struct sk_shape *shape = &sk_shapes[i];

		try_recorded(shape, "digest", offsetof(struct sk_parts, digest), ANY & ~DSSE, "another artifact");
		try_recorded(shape, "signature", offsetof(struct sk_parts, signature), ANY, "another signature");
		try_recorded(shape, "certificate or key", offsetof(struct sk_parts, verifier), ANY, "another certificate or key");
		try_recorded(shape, "payload", offsetof(struct sk_parts, payload), ANY & ~MESSAGE, "another payload");
		/* The text that it is of is in no bundle; all that went into it is compared above. */
		try_recorded(shape, "envelope hash", offsetof(struct sk_parts, envelope_hash), ANY & ~(MESSAGE | V2), NULL);
	}
}
END_TEST

/* ---------------------------------------------------------------- one thing wrong */

static const struct edit {
	const char *path, *text; /* text NULL: the member is taken away; "+1": one more; "^": its last bytes changed */
	unsigned where;
	enum stella_code code;
	const char *word;
} edits[] = {
	{ ENTRY ".logIndex", "+1", ANY & ~V2, STELLA_LOG_ENTRY_MISMATCH, "signed entry timestamp does not hold" },
	{ ENTRY ".logIndex", "+1", ANY & ~V1, STELLA_LOG_ENTRY_MISMATCH, "the proof is of index" },
	{ ENTRY ".logIndex", "-1", ANY, STELLA_MALFORMED, "logIndex" },
	{ ENTRY ".integratedTime", "+1", ANY & ~V2, STELLA_LOG_ENTRY_MISMATCH, "signed entry timestamp does not hold" },
	{ ENTRY ".integratedTime", NULL, ANY & ~V2, STELLA_LOG_ENTRY_MISMATCH, "without an integrated time" },
	{ ENTRY ".logId.keyId", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", ANY, STELLA_LOG_ENTRY_MISMATCH,
		"of a log that the trusted root does not have" },
	{ ENTRY ".kindVersion.version", "0.0.9", ANY, STELLA_LOG_ENTRY_MISMATCH, "the bundle says" },
	{ ENTRY ".kindVersion.kind", "rekord", ANY, STELLA_LOG_ENTRY_MISMATCH, "the bundle says" },
	{ ENTRY ".inclusionPromise.signedEntryTimestamp", "^", ANY & ~V2, STELLA_LOG_ENTRY_MISMATCH, "does not hold" },
	{ ENTRY ".inclusionPromise", NULL, ANY & ~V2, STELLA_CODE_COUNT, NULL },
	{ ENTRY ".inclusionProof.logIndex", "2", ANY, STELLA_MALFORMED, "proof" },
	{ ENTRY ".inclusionProof.logIndex", "0", ANY, STELLA_LOG_ENTRY_MISMATCH, "leads to root" },
	{ ENTRY ".inclusionProof.logIndex", "3", ANY, STELLA_MALFORMED, "index 3 in a tree of 3" },
	{ ENTRY ".inclusionProof.treeSize", "2", ANY, STELLA_MALFORMED, "proof" },
	{ ENTRY ".inclusionProof.treeSize", "4", ANY, STELLA_LOG_ENTRY_MISMATCH, NULL },
	{ ENTRY ".inclusionProof.treeSize", "0", ANY, STELLA_MALFORMED, "in a tree of 0" },
	{ ENTRY ".inclusionProof.rootHash", "AAAA", ANY, STELLA_MALFORMED, "expected 32" },
	{ ENTRY ".inclusionProof.hashes", NULL, ANY, STELLA_MALFORMED, "too short" },
	{ ENTRY ".inclusionProof.checkpoint", NULL, ANY, STELLA_LOG_ENTRY_MISMATCH, "without a checkpoint" },
	{ ENTRY ".inclusionProof", NULL, ANY & ~V1, STELLA_LOG_ENTRY_MISMATCH, "no inclusion proof" },
	{ "verificationMaterial.tlogEntries", NULL, ANY, STELLA_LOG_ENTRY_MISMATCH, "0 of 1 independent" },
	{ "verificationMaterial.timestampVerificationData", NULL, ANY & ~V1, STELLA_TIMESTAMP_INVALID, "no signed time" },
	{ "messageSignature.signature", "^", ANY & ~DSSE, STELLA_SIGNATURE_MISMATCH, NULL },
	{ "messageSignature.messageDigest", NULL, ANY & ~DSSE, STELLA_MALFORMED, "messageDigest" },
	{ "dsseEnvelope.signatures.0.sig", "^", ANY & ~MESSAGE, STELLA_SIGNATURE_MISMATCH, NULL },
	{ "dsseEnvelope.payloadType", "text/plain", ANY & ~MESSAGE, STELLA_SUBJECT_MISMATCH, "not of in-toto" },
	{ "dsseEnvelope.payloadType", "application/vnd.in-toto+json; charset=utf-8", ANY & ~MESSAGE, STELLA_SUBJECT_MISMATCH,
		"not of in-toto" },
	{ "mediaType", "application/vnd.dev.sigstore.bundle+json;version=0.4", ANY, STELLA_MALFORMED, "mediaType" },
};

static void change(struct stella_json *object, const char *name, const char *how)
{
	const struct stella_json *value = stella_json_find(object, name);
	struct stella_buf bytes = { 0 }, text = { 0 };

	if (!how) {
		stella_json_unset(object, name);
	} else if (strcmp(how, "+1") == 0) {
		stella_buf_printf(&text, "%lld", atoll(stella_json_text(value)) + 1);
		stella_json_set_text(object, name, (const char *)text.data);
	} else if (strcmp(how, "^") == 0) {
		assert_ok(stella_base64_parse(&bytes, stella_span_str(stella_json_text(value)), STELLA_BASE64_STRICT));
		bytes.data[bytes.size - 1] ^= 1;
		stella_base64_print(&text, stella_buf_span(&bytes));
		stella_json_set_text(object, name, (const char *)text.data);
	} else {
		stella_json_set_text(object, name, how);
	}
	stella_buf_free(&bytes);
	stella_buf_free(&text);
}

static void try_edits(const struct sk_shape *shape)
{
	struct sk_parts parts;
	struct stella_json *document = sk_make(&bench.sk, shape, &bench.key, "a", &parts);
	struct asked asked = usual();

	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		const struct edit *e = &edits[i];
		char name[64];
		struct stella_json *to = walk(document, e->path, name), *good;

		if (!fits(e->where, shape) || !to || !stella_json_find(to, name))
			continue;
		good = stella_json_copy(stella_json_find(to, name));
		change(to, name, e->text);
		if (e->code == STELLA_CODE_COUNT) /* A5: 0.1 needs the promise, later ones then have no signed time */
			expect_error(shape, e->path, verify(&asked, document, &parts),
				shape->minor == 1 ? STELLA_LOG_ENTRY_MISMATCH : STELLA_TIMESTAMP_INVALID,
				shape->minor == 1 ? "which bundle 0.1 must have" : "no signed time");
		else
			expect_error(shape, e->path, verify(&asked, document, &parts), e->code, e->word);
		stella_json_set(to, name, good);
	}
	expect_ok(shape, "as it was", verify(&asked, document, &parts));
	stella_json_free(document);
	sk_parts_free(&parts);
}

START_TEST(one_thing_that_is_wrong_is_refused_with_its_own_words)
{
	for (size_t i = 0; i < sk_shape_count; i++)
		try_edits(&sk_shapes[i]);
}
END_TEST

/* A11: a version that asks for less, without what it does not ask for. */
START_TEST(a_relabelled_bundle_is_refused)
{
	static const char *const types[] = { "application/vnd.dev.sigstore.bundle+json;version=0.1",
		"application/vnd.dev.sigstore.bundle+json;version=0.2", "application/vnd.dev.sigstore.bundle.v0.3+json" };

	for (size_t i = 0; i < sk_shape_count; i++) {
		const struct sk_shape *shape = &sk_shapes[i];
		struct asked asked = usual();
		struct sk_parts parts;
		struct stella_json *document = sk_make(&bench.sk, shape, &bench.key, "a", &parts);
		char name[64];
		struct stella_json *entry = walk(document, ENTRY ".inclusionProof", name);

		for (size_t k = 0; k < 3; k++) {
			stella_json_set_text(document, "mediaType", types[k]);
			if (!shape->key && (k == 2) != (shape->minor == 3))
				expect_error(shape, types[k], verify(&asked, document, &parts), STELLA_MALFORMED, "bundle 0.");
		}
		stella_json_unset(entry, name);
		stella_json_set_text(document, "mediaType", types[shape->minor - 1]);
		if (shape->minor > 1)
			expect_error(shape, "no proof", verify(&asked, document, &parts), STELLA_LOG_ENTRY_MISMATCH, "no inclusion proof");
		else
			expect_ok(shape, "no proof in 0.1", verify(&asked, document, &parts));
		stella_json_free(document);
		sk_parts_free(&parts);
	}
}
END_TEST

/* ---------------------------------------------------------------- checkpoints */

static void try_note(const struct sk_shape *shape, const char *what, const char *word,
	void (*edit)(struct stella_buf *note, const char *text))
{
	struct asked asked = usual();
	struct sk_parts parts;
	struct stella_json *document = sk_make(&bench.sk, shape, &bench.key, "a", &parts);
	struct stella_buf note = { 0 };
	char name[64];
	struct stella_json *at = walk(document, ENTRY ".inclusionProof.checkpoint.envelope", name);

	edit(&note, stella_json_text(stella_json_find(at, name)));
	stella_json_set_text(at, name, (const char *)note.data);
	if (word)
		expect_error(shape, what, verify(&asked, document, &parts), STELLA_LOG_ENTRY_MISMATCH, word);
	else
		expect_ok(shape, what, verify(&asked, document, &parts));
	stella_buf_free(&note);
	stella_json_free(document);
	sk_parts_free(&parts);
}

static const char *second_line(const char *text)
{
	return strchr(strstr(text, "\n\n") + 2, '\n') + 1; /* the witness's is first */
}

static void only_witness(struct stella_buf *note, const char *text)
{
	stella_buf_put(note, text, (size_t)(second_line(text) - text));
}

static void only_log(struct stella_buf *note, const char *text)
{
	const char *lines = strstr(text, "\n\n") + 2;

	stella_buf_put(note, text, (size_t)(lines - text));
	stella_buf_put_str(note, second_line(text));
}

/* A4: the right name and hint, the signature of somebody else. */
static void forged(struct stella_buf *note, const char *text)
{
	const char *lines = strstr(text, "\n\n") + 2, *line = second_line(text), *sig = strrchr(line, ' ') + 1;
	struct stella_buf bytes = { 0 };
	char *made = kit_sign(&bench.key, GNUTLS_SIGN_ECDSA_SHA256, stella_span(text, (size_t)(lines - 1 - text)));
	struct stella_buf old = { 0 };

	assert_ok(stella_base64_parse(&old, stella_span(sig, strlen(sig) - 1), STELLA_BASE64_STRICT));
	stella_buf_put(&bytes, old.data, 4);
	assert_ok(stella_base64_parse(&bytes, stella_span_str(made), STELLA_BASE64_STRICT));
	stella_buf_put(note, text, (size_t)(sig - text));
	stella_base64_print(note, stella_buf_span(&bytes));
	stella_buf_put_str(note, "\n");
	stella_buf_free(&bytes);
	stella_buf_free(&old);
	free(made);
}

static void other_origin(struct stella_buf *note, const char *text)
{
	stella_buf_put_str(note, "x");
	stella_buf_put_str(note, text);
}

START_TEST(a_checkpoint_is_the_logs_own)
{
	for (size_t i = 0; i < sk_shape_count; i++) {
		const struct sk_shape *shape = &sk_shapes[i];

		try_note(shape, "witness only", "no signature line of its origin", only_witness);
		try_note(shape, "log only", NULL, only_log);
		try_note(shape, "forged", "does not hold", forged);
		try_note(shape, "another origin", "no signature line of its origin", other_origin);
	}
}
END_TEST

/* ---------------------------------------------------------------- times */

/* A bundle of a shape, of this leaf, logged and stamped at these times (0: not). */
static struct stella_json *make_at(const struct sk_shape *shape, const struct sk_cert *leaf, struct sk_parts *parts,
	int64_t logged, int64_t stamped)
{
	struct stella_buf stamp = { 0 };
	struct stella_json *document;

	sk_sign(parts, &bench.sk, shape, &bench.key, "a");
	if (leaf && !shape->key) {
		stella_buf_free(&parts->verifier);
		sk_leaf(&parts->verifier, &bench.sk, &bench.key, leaf);
	}
	if (stamped)
		sk_stamp(&stamp, &bench.sk, SK_TSA, stella_buf_span(&parts->signature), stamped, true);
	document = sk_bundle(shape, parts, sk_log(&bench.sk, shape, parts, logged), stamped ? &stamp : NULL);
	stella_buf_free(&stamp);
	return document;
}

static void expect_at(const struct sk_shape *shape, const char *what, const struct sk_cert *leaf, int64_t logged,
	int64_t stamped, enum stella_code code, const char *word)
{
	struct asked asked = usual();
	struct sk_parts parts;
	struct stella_json *document = make_at(shape, leaf, &parts, logged, stamped);

	asked.thresholds.now = SK_TIME + 400000;
	if (code == STELLA_CODE_COUNT)
		expect_ok(shape, what, verify(&asked, document, &parts));
	else
		expect_error(shape, what, verify(&asked, document, &parts), code, word);
	stella_json_free(document);
	sk_parts_free(&parts);
}

/* A6, A7, D1: the certificate is good from SK_TIME - 60 until SK_TIME + 540, both included. */
START_TEST(a_certificate_is_good_at_every_verified_time)
{
	const struct sk_cert late = { .from = SK_TIME + 200000, .until = SK_TIME + 201000 };

	for (size_t i = 0; i < sk_shape_count; i++) {
		const struct sk_shape *shape = &sk_shapes[i];
		bool v1 = shape->log == SK_REKOR1;

		if (shape->key)
			continue;
		expect_at(shape, "first second", NULL, SK_TIME - 60, SK_TIME - 60, STELLA_CODE_COUNT, NULL);
		expect_at(shape, "last second", NULL, SK_TIME + 540, SK_TIME + 540, STELLA_CODE_COUNT, NULL);
		expect_at(shape, "stamp too early", NULL, SK_TIME, SK_TIME - 61, STELLA_CERT_EXPIRED, "signer");
		expect_at(shape, "stamp too late", NULL, SK_TIME, SK_TIME + 541, STELLA_CERT_EXPIRED, "signer");
		if (v1)
			expect_at(shape, "logged too late, stamp in time", NULL, SK_TIME + 541, SK_TIME, STELLA_CERT_EXPIRED, "signer");
		expect_at(shape, "intermediate expired", &late, SK_TIME + 200001, v1 ? 0 : SK_TIME + 200001,
			v1 ? STELLA_CERT_EXPIRED : STELLA_TIMESTAMP_INVALID, v1 ? "intermediate" : "certificate expired");
	}
}
END_TEST

START_TEST(no_time_is_of_the_future)
{
	for (size_t i = 0; i < sk_shape_count; i++) {
		const struct sk_shape *shape = &sk_shapes[i];
		struct asked asked = usual();
		struct sk_parts parts;
		struct stella_json *document = make_at(shape, NULL, &parts, SK_TIME, SK_TIME + 1);

		asked.thresholds.now = SK_TIME + 1;
		expect_ok(shape, "now", verify(&asked, document, &parts));
		asked.thresholds.now = SK_TIME;
		expect_error(shape, "a second from now", verify(&asked, document, &parts), STELLA_TIMESTAMP_INVALID, "and it is");
		stella_json_free(document);
		sk_parts_free(&parts);
	}
}
END_TEST

/* A10: what is asked for is counted by who vouches, not by how often. */
START_TEST(two_of_one_are_one)
{
	for (size_t i = 0; i < sk_shape_count; i++) {
		const struct sk_shape *shape = &sk_shapes[i];
		struct asked asked = usual();
		struct sk_parts parts;
		struct stella_json *document = make_at(shape, NULL, &parts, SK_TIME, SK_TIME + 1), *list, *one;
		struct stella_buf stamp = { 0 }, text = { 0 };
		char name[64];

		asked.thresholds.times = shape->log == SK_REKOR1 ? 2 : 1;
		expect_ok(shape, "log and authority", verify(&asked, document, &parts));
		asked.thresholds.times++;
		expect_error(shape, "one more", verify(&asked, document, &parts), STELLA_TIMESTAMP_INVALID, "independent");
		list = walk(document, "verificationMaterial.timestampVerificationData.rfc3161Timestamps.0", name);
		sk_stamp(&stamp, &bench.sk, SK_TSA, stella_buf_span(&parts.signature), SK_TIME + 2, false);
		stella_base64_print(&text, stella_buf_span(&stamp));
		one = stella_json_add(list, stella_json_new_object());
		stella_json_set_text(one, "signedTimestamp", (const char *)text.data);
		expect_error(shape, "the same authority again", verify(&asked, document, &parts), STELLA_TIMESTAMP_INVALID, "independent");
		stamp.size = text.size = 0;
		sk_stamp(&stamp, &bench.sk, SK_TSA_OTHER, stella_buf_span(&parts.signature), SK_TIME + 2, false);
		stella_base64_print(&text, stella_buf_span(&stamp));
		stella_json_set_text(one, "signedTimestamp", (const char *)text.data);
		expect_ok(shape, "another authority", verify(&asked, document, &parts));
		asked.thresholds.logs = 2;
		list = stella_json_edit(stella_json_edit(document, "verificationMaterial"), "tlogEntries");
		stella_json_add(list, sk_log_body(&bench.sk, shape, "x", "y", stella_span_str("{}"), SK_TIME));
		expect_error(shape, "an entry of something else", verify(&asked, document, &parts), STELLA_LOG_ENTRY_MISMATCH, NULL);
		stella_buf_free(&stamp);
		stella_buf_free(&text);
		stella_json_free(document);
		sk_parts_free(&parts);
	}
}
END_TEST

/* A10: an entry in each of two logs of Rekor v2. */
START_TEST(two_logs_are_two)
{
	struct sk_shape shape = sk_shapes[10], other;
	struct asked asked = usual();
	struct sk_parts parts;
	struct stella_json *document = make_at(&shape, NULL, &parts, SK_TIME, SK_TIME + 1), *list;

	ck_assert_uint_eq(shape.log, SK_REKOR2);
	other = shape;
	other.log = SK_REKOR2_P256;
	asked.thresholds.logs = 2;
	expect_error(&shape, "one", verify(&asked, document, &parts), STELLA_LOG_ENTRY_MISMATCH, "1 of 2 independent");
	list = stella_json_edit(stella_json_edit(document, "verificationMaterial"), "tlogEntries");
	stella_json_add(list, sk_log(&bench.sk, &other, &parts, SK_TIME));
	expect_ok(&shape, "two", verify(&asked, document, &parts));
	ck_assert_uint_eq(asked.logs, 2);
	stella_json_free(document);
	sk_parts_free(&parts);
}
END_TEST

/* ---------------------------------------------------------------- certificates and roots */

START_TEST(a_certificate_has_its_own_certificate_timestamp)
{
	struct stella_buf tbs = { 0 };
	const struct sk_cert none = { .no_sct = true }, stranger = { .ct = &bench.other_key }, other = { .other_tbs = &tbs };

	stella_buf_put_str(&tbs, "another precertificate");
	for (size_t i = 0; i < sk_shape_count; i++) {
		const struct sk_shape *shape = &sk_shapes[i];

		if (shape->key)
			continue;
		expect_at(shape, "no SCT", &none, SK_TIME, SK_TIME, STELLA_CHAIN_INVALID, "no signed certificate timestamp");
		expect_at(shape, "SCT of a stranger", &stranger, SK_TIME, SK_TIME, STELLA_CHAIN_INVALID,
			"of a log that the trusted root does not have");
		expect_at(shape, "SCT of another certificate", &other, SK_TIME, SK_TIME, STELLA_CHAIN_INVALID, "does not hold");
	}
	stella_buf_free(&tbs);
}
END_TEST

static const struct root_edit {
	const char *path, *text;
	unsigned where;
	enum stella_code code;
	const char *word;
} root_edits[] = {
	{ "certificateAuthorities", NULL, ANY & ~KEY, STELLA_ANCHOR_MISSING, "no authority" },
	{ "certificateAuthorities.0.validFor.start", "2025-10-09T09:00:00Z", ANY & ~KEY, STELLA_ANCHOR_MISSING, "no authority valid at" },
	{ "certificateAuthorities.0.certChain.certificates.0.rawBytes", "=1", ANY & ~KEY, STELLA_CHAIN_INVALID, "intermediate" },
	{ "ctlogs", NULL, ANY & ~KEY, STELLA_CHAIN_INVALID, "of a log that the trusted root does not have" },
	{ "ctlogs.0.publicKey.validFor.start", "2025-10-09T09:00:00Z", ANY & ~KEY, STELLA_CHAIN_INVALID, "when its log was not valid" },
	{ "tlogs", NULL, ANY, STELLA_LOG_ENTRY_MISMATCH, "of a log that the trusted root does not have" },
	{ "timestampAuthorities", NULL, ANY & ~V1, STELLA_TIMESTAMP_INVALID, "no timestamp authority" },
	{ "timestampAuthorities.0.validFor.start", "2025-10-09T09:00:00Z", ANY & ~V1, STELLA_TIMESTAMP_INVALID, "not in service" },
};

/* SK_TIME is 2025-10-09T08:53:20Z: windows that begin at nine came too late.  D3, D4. */
START_TEST(what_vouches_is_in_the_root_and_in_its_window)
{
	for (size_t i = 0; i < sk_shape_count; i++) {
		const struct sk_shape *shape = &sk_shapes[i];
		struct sk_parts parts;
		struct stella_json *document = sk_make(&bench.sk, shape, &bench.key, "a", &parts);

		for (size_t k = 0; k < sizeof root_edits / sizeof *root_edits; k++) {
			const struct root_edit *e = &root_edits[k];
			struct stella_json *json = stella_json_copy(bench.root_json), *at, *other;
			struct asked asked = usual();
			struct stella_trustroot *root;
			char name[64];

			at = walk(json, e->path, name);
			other = walk(json, "certificateAuthorities.0.certChain.certificates.1.rawBytes", name);
			at = walk(json, e->path, name);
			if (e->text && strcmp(e->text, "=1") == 0)
				stella_json_set(at, name, stella_json_copy(stella_json_find(other, name)));
			else
				change(at, name, e->text);
			root = sk_parse_root(json);
			asked.root = root;
			if (fits(e->where, shape))
				expect_error(shape, e->path, verify(&asked, document, &parts), e->code, e->word);
			stella_trustroot_free(root);
			stella_json_free(json);
		}
		stella_json_free(document);
		sk_parts_free(&parts);
	}
}
END_TEST

/* Every log has its window: of Rekor v1 at the integrated time, of Rekor v2 at the time of the stamp. */
START_TEST(a_log_is_valid_when_it_recorded)
{
	for (size_t i = 0; i < sk_shape_count; i++) {
		const struct sk_shape *shape = &sk_shapes[i];
		struct sk_parts parts;
		struct stella_json *document = sk_make(&bench.sk, shape, &bench.key, "a", &parts);
		int64_t at = shape->log == SK_REKOR1 ? SK_TIME : SK_TIME + 5;
		struct stella_trustroot *root = sk_parse_root(bench.root_json);
		struct asked asked = usual();

		asked.root = root;
		root->tlogs[shape->log].window = (struct stella_window){ at, at };
		expect_ok(shape, "one second", verify(&asked, document, &parts));
		root->tlogs[shape->log].window = (struct stella_window){ at - 100, at - 1 };
		expect_error(shape, "ended before", verify(&asked, document, &parts), STELLA_LOG_ENTRY_MISMATCH, "not valid");
		root->tlogs[shape->log].window = (struct stella_window){ at + 1, at + 100 };
		expect_error(shape, "began after", verify(&asked, document, &parts), STELLA_LOG_ENTRY_MISMATCH, "not valid");
		stella_trustroot_free(root);
		stella_json_free(document);
		sk_parts_free(&parts);
	}
}
END_TEST

/* ---------------------------------------------------------------- A15 */

struct hostile {
	const struct sk_shape *shape;
	const struct sk_parts *parts;
	struct asked asked;
	unsigned refused, accepted;
};

static void try_hostile(const struct stella_json *document, const char *what, void *context)
{
	struct hostile *h = context;
	const struct stella_error *err = verify(&h->asked, document, h->parts);

	ck_assert_msg(!err || stella_code_exit(err->code) == STELLA_EXIT_REFUSED ||
		stella_code_exit(err->code) == STELLA_EXIT_MALFORMED || stella_code_exit(err->code) == STELLA_EXIT_LIMIT,
		"%s: %s: %s", h->shape->name, what, err ? err->message : "");
	h->refused += err != NULL;
	h->accepted += !err;
}

START_TEST(no_value_in_any_field_is_more_than_refused)
{
	for (size_t i = 0; i < sk_shape_count; i++) {
		struct sk_parts parts;
		struct stella_json *document = sk_make(&bench.sk, &sk_shapes[i], &bench.key, "a", &parts);
		struct hostile h = { &sk_shapes[i], &parts, usual(), 0, 0 };

		each_hostile(document, document, try_hostile, &h);
		ck_assert_uint_gt(h.refused, 250);
		ck_assert_uint_lt(h.accepted, 60); /* hints, and what 0.1 need not have */
		expect_ok(&sk_shapes[i], "as it was", verify(&h.asked, document, &parts));
		stella_json_free(document);
		sk_parts_free(&parts);
	}
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_unchecked_fixture(t, open_bench, close_bench);
	tcase_add_test(t, a_good_bundle_of_every_shape_verifies);
	tcase_add_test(t, nothing_of_another_genuine_bundle_is_taken);
	tcase_add_test(t, an_entry_that_the_log_vouches_for_must_record_this_bundle);
	tcase_add_test(t, one_thing_that_is_wrong_is_refused_with_its_own_words);
	tcase_add_test(t, a_relabelled_bundle_is_refused);
	tcase_add_test(t, a_checkpoint_is_the_logs_own);
	tcase_add_test(t, a_certificate_is_good_at_every_verified_time);
	tcase_add_test(t, no_time_is_of_the_future);
	tcase_add_test(t, two_of_one_are_one);
	tcase_add_test(t, two_logs_are_two);
	tcase_add_test(t, a_certificate_has_its_own_certificate_timestamp);
	tcase_add_test(t, what_vouches_is_in_the_root_and_in_its_window);
	tcase_add_test(t, a_log_is_valid_when_it_recorded);
	tcase_add_test(t, no_value_in_any_field_is_more_than_refused);
}
CHECK_MAIN("sigstore_matrix", fill)
