/* SPDX-License-Identifier: Apache-2.0 */
/* The signatures of tests/data/sshsig, and what becomes of them; see regen.sh and made.py there. */
#include "data.h"

#include "encode.h"
#include "sshsig.h"

#define FOLDER "sshsig"

static struct stella_buf message;

static void load_message(void)
{
	message = read_data(FOLDER, "message");
}

static void free_message(void)
{
	stella_buf_free(&message);
}

static struct stella_buf read_armor(const char *name)
{
	char file[64];

	snprintf(file, sizeof file, "%s.sig", name);
	return read_data(FOLDER, file);
}

static struct stella_buf read_blob(const char *name)
{
	struct stella_buf armor = read_armor(name), blob = { 0 };

	assert_ok(stella_pem_parse(&blob, stella_buf_span(&armor), "SSH SIGNATURE"));
	stella_buf_free(&armor);
	return blob;
}

static const struct stella_error *judge_armor(struct stella_span armor, const char *name_space,
	struct stella_span signed_message)
{
	const struct stella_error *err;
	struct stella_sshsig *sig;

	err = stella_sshsig_parse(&sig, armor);
	ck_assert(!err == (sig != NULL));
	if (!err)
		err = stella_sshsig_verify(sig, name_space, signed_message);
	stella_sshsig_free(sig);
	return err;
}

static const struct stella_error *judge_blob(struct stella_span blob)
{
	const struct stella_error *err;
	struct stella_buf armor = { 0 };

	stella_pem_print(&armor, "SSH SIGNATURE", blob);
	err = judge_armor(stella_buf_span(&armor), "git", stella_buf_span(&message));
	stella_buf_free(&armor);
	return err;
}

/* Calls each for the first column of every line of tests/data/sshsig/<list>. */
static void for_each(const char *list, unsigned least, void (*each)(const char *name, char *rest))
{
	struct stella_buf lines = read_data(FOLDER, list);
	struct stella_cursor c = stella_cursor(stella_buf_span(&lines));
	struct stella_span line;
	unsigned count = 0;

	while (stella_cursor_line(&c, &line)) {
		char *text = stella_span_strdup(line), *rest = text, *name = next_column(&rest);

		each(name, rest);
		free(text);
		count++;
	}
	ck_assert_uint_ge(count, least);
	stella_buf_free(&lines);
}

/* ---------------------------------------------------------------- what was made */

static void is_good(const char *name, char *fingerprint)
{
	struct stella_buf armor = read_armor(name), text = { 0 };
	struct stella_sshsig *sig;
	struct stella_pubkey *key;

	assert_ok(stella_sshsig_parse(&sig, stella_buf_span(&armor)));
	assert_ok(stella_sshsig_verify(sig, "git", stella_buf_span(&message)));
	stella_pubkey_print_fingerprint(&text, stella_sshsig_key(sig));
	ck_assert_str_eq((char *)text.data, fingerprint);
	key = stella_sshsig_take_key(sig);
	ck_assert_ptr_nonnull(key);
	ck_assert_ptr_null(stella_sshsig_key(sig));
	stella_sshsig_free(sig);
	stella_pubkey_free(key);
	stella_buf_free(&armor);
	stella_buf_free(&text);
}

START_TEST(what_ssh_keygen_and_security_keys_sign_verifies)
{
	for_each("good", 22, is_good);
	stella_sshsig_free(NULL);
}
END_TEST

static void is_bad(const char *name, char *rest)
{
	struct stella_buf armor = read_armor(name);
	const struct stella_error *err = judge_armor(stella_buf_span(&armor), "git", stella_buf_span(&message));

	ck_assert_msg(err != NULL, "%s: accepted", name);
	ck_assert_str_eq(stella_code_word(err->code), next_column(&rest));
	ck_assert_msg(strstr(err->message, next_column(&rest)) != NULL, "%s: %s", name, err->message);
	stella_buf_free(&armor);
}

START_TEST(what_only_looks_like_a_signature_is_refused_by_name)
{
	for_each("bad", 34, is_bad);
}
END_TEST

/* ---------------------------------------------------------------- what is changed */

static void refuses_other_messages(const char *name, char *rest)
{
	static const char *const namespaces[] = { "Git", "file", "gi", "gitx", "git " };
	struct stella_buf armor = read_armor(name);
	struct stella_span text = stella_buf_span(&armor);

	for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++)
		assert_code(judge_armor(text, namespaces[i], stella_buf_span(&message)), STELLA_SIGNATURE_MISMATCH);
	assert_code(judge_armor(text, "git", stella_span(message.data, message.size - 1)), STELLA_SIGNATURE_MISMATCH);
	assert_code(judge_armor(text, "git", stella_span(message.data, 0)), STELLA_SIGNATURE_MISMATCH);
	for (size_t bit = 0; bit < 8 * message.size; bit += 5) {
		message.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_code(judge_armor(text, "git", stella_buf_span(&message)), STELLA_SIGNATURE_MISMATCH);
		message.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	stella_buf_free(&armor);
}

START_TEST(another_message_or_namespace_is_refused)
{
	for_each("good", 22, refuses_other_messages);
}
END_TEST

static void refuses_flips(const char *name, char *rest)
{
	struct stella_buf blob = read_blob(name);

	for (size_t bit = 0; bit < 8 * blob.size; bit++) {
		blob.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_msg(judge_blob(stella_buf_span(&blob)) != NULL, "%s: bit %zu changed, accepted", name, bit);
		blob.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_ok(judge_blob(stella_buf_span(&blob)));
	stella_buf_free(&blob);
}

START_TEST(every_bit_counts)
{
	for_each("good", 22, refuses_flips);
}
END_TEST

static void refuses_cuts(const char *name, char *rest)
{
	struct stella_buf blob = read_blob(name);

	for (size_t size = 0; size < blob.size; size++)
		ck_assert_msg(judge_blob(stella_span(blob.data, size)) != NULL, "%s cut to %zu", name, size);
	stella_buf_put_u8(&blob, 0);
	assert_code(judge_blob(stella_buf_span(&blob)), STELLA_MALFORMED);
	stella_buf_free(&blob);
}

START_TEST(no_byte_may_miss_or_remain)
{
	for_each("good", 22, refuses_cuts);
}
END_TEST

/* ---------------------------------------------------------------- the container */

struct parts {
	struct stella_span magic, key, name_space, reserved, hash, algorithm, raw, rest;
	uint32_t version;
};

static struct parts take_apart(const struct stella_buf *blob)
{
	struct stella_cursor c = stella_cursor(stella_buf_span(blob));
	struct stella_span signature;
	struct parts p;

	ck_assert(stella_cursor_take(&c, 6, &p.magic) && stella_cursor_u32(&c, &p.version) &&
		stella_cursor_string(&c, &p.key) && stella_cursor_string(&c, &p.name_space) &&
		stella_cursor_string(&c, &p.reserved) && stella_cursor_string(&c, &p.hash) &&
		stella_cursor_string(&c, &signature) && c.left == 0);
	c = stella_cursor(signature);
	ck_assert(stella_cursor_string(&c, &p.algorithm) && stella_cursor_string(&c, &p.raw) &&
		stella_cursor_take(&c, c.left, &p.rest));
	return p;
}

static const struct stella_error *judge_parts(const struct parts *p)
{
	struct stella_buf blob = { 0 }, signature = { 0 };
	const struct stella_error *err;

	stella_buf_put_string(&signature, p->algorithm);
	stella_buf_put_string(&signature, p->raw);
	stella_buf_put_span(&signature, p->rest);
	stella_buf_put_span(&blob, p->magic);
	stella_buf_put_u32(&blob, p->version);
	stella_buf_put_string(&blob, p->key);
	stella_buf_put_string(&blob, p->name_space);
	stella_buf_put_string(&blob, p->reserved);
	stella_buf_put_string(&blob, p->hash);
	stella_buf_put_string(&blob, stella_buf_span(&signature));
	err = judge_blob(stella_buf_span(&blob));
	stella_buf_free(&blob);
	stella_buf_free(&signature);
	return err;
}

START_TEST(each_field_of_the_container_is_exact)
{
	struct stella_buf blob = read_blob("ed25519");
	struct parts good = take_apart(&blob), p;

#define assert_part(field, value, code) \
	do { \
		p = good; \
		p.field = (value); \
		assert_code(judge_parts(&p), (code)); \
	} while (0)

	assert_ok(judge_parts(&good));
	assert_part(magic, stella_span_str("SSHSIH"), STELLA_MALFORMED);
	assert_part(magic, stella_span_str("sshsig"), STELLA_MALFORMED);
	assert_part(version, 0, STELLA_MALFORMED);
	assert_part(version, 2, STELLA_MALFORMED);
	assert_part(version, 0x01000000, STELLA_MALFORMED);
	assert_part(key, stella_span(good.key.data, good.key.size - 1), STELLA_MALFORMED);
	assert_part(key, stella_span(NULL, 0), STELLA_MALFORMED);
	assert_part(reserved, stella_span("", 1), STELLA_MALFORMED);
	assert_part(hash, stella_span_str("sha1"), STELLA_ALGORITHM_UNSUPPORTED);
	assert_part(hash, stella_span_str("sha384"), STELLA_ALGORITHM_UNSUPPORTED);
	assert_part(hash, stella_span_str("SHA512"), STELLA_ALGORITHM_UNSUPPORTED);
	assert_part(hash, stella_span("sha512", 7), STELLA_ALGORITHM_UNSUPPORTED);
	assert_part(hash, stella_span(NULL, 0), STELLA_ALGORITHM_UNSUPPORTED);
	assert_part(hash, stella_span_str("sha256"), STELLA_SIGNATURE_MISMATCH);
	assert_part(name_space, stella_span("git", 4), STELLA_SIGNATURE_MISMATCH);
	assert_part(name_space, stella_span(NULL, 0), STELLA_SIGNATURE_MISMATCH);
	assert_part(name_space, stella_span_str("file"), STELLA_SIGNATURE_MISMATCH);
	assert_part(algorithm, stella_span_str("ecdsa-sha2-nistp256"), STELLA_ALGORITHM_UNSUPPORTED);
	assert_part(algorithm, stella_span_str("sk-ssh-ed25519@openssh.com"), STELLA_ALGORITHM_UNSUPPORTED);
	assert_part(algorithm, stella_span("ssh-ed25519", 12), STELLA_ALGORITHM_UNSUPPORTED);
	assert_part(algorithm, stella_span(NULL, 0), STELLA_ALGORITHM_UNSUPPORTED);
	assert_part(raw, stella_span(good.raw.data, 63), STELLA_SIGNATURE_MISMATCH);
	assert_part(raw, stella_span(NULL, 0), STELLA_SIGNATURE_MISMATCH);
	assert_part(rest, stella_span("", 1), STELLA_MALFORMED);
	assert_part(rest, stella_span("\1\0\0\0\7", 5), STELLA_MALFORMED);
	stella_buf_free(&blob);

	blob = read_blob("sk-ed25519-01");
	good = take_apart(&blob);
	assert_ok(judge_parts(&good));
	assert_part(rest, stella_span(NULL, 0), STELLA_MALFORMED);
	assert_part(rest, stella_span("\1\0\0\0", 4), STELLA_MALFORMED);
	assert_part(rest, stella_span("\1\0\0\0\7\0", 6), STELLA_MALFORMED);
	assert_part(rest, stella_span("\1\0\0\0\x8", 5), STELLA_SIGNATURE_MISMATCH);
	assert_part(rest, stella_span("\5\0\0\0\7", 5), STELLA_SIGNATURE_MISMATCH);
	stella_buf_free(&blob);
}
END_TEST

START_TEST(r_and_s_are_positive_numbers_in_their_one_form)
{
	static const struct {
		const char *numbers;
		enum stella_code code;
	} cases[] = {
		{ "0000000101" "0000000101", STELLA_SIGNATURE_MISMATCH },
		{ "000000020080" "0000000101", STELLA_SIGNATURE_MISMATCH },
		{ "0000000101" "000000020080", STELLA_SIGNATURE_MISMATCH },
		{ "00000000" "0000000101", STELLA_MALFORMED },
		{ "0000000101" "00000000", STELLA_MALFORMED },
		{ "0000000100" "0000000101", STELLA_MALFORMED },
		{ "0000000180" "0000000101", STELLA_MALFORMED },
		{ "00000001ff" "0000000101", STELLA_MALFORMED },
		{ "00000002007f" "0000000101", STELLA_MALFORMED },
		{ "0000000101" "000000020001", STELLA_MALFORMED },
		{ "0000000101", STELLA_MALFORMED },
		{ "", STELLA_MALFORMED },
		{ "0000000101" "0000000101" "00", STELLA_MALFORMED },
		{ "0000000101" "0000000101" "0000000101", STELLA_MALFORMED },
	};
	struct stella_buf blob = read_blob("ecdsa256");
	struct parts p = take_apart(&blob);

	assert_ok(judge_parts(&p));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stella_buf raw = { 0 };

		assert_ok(stella_hex_parse(&raw, stella_span_str(cases[i].numbers)));
		p.raw = stella_buf_span(&raw);
		assert_code(judge_parts(&p), cases[i].code);
		stella_buf_free(&raw);
	}
	stella_buf_free(&blob);
}
END_TEST

/* A signature by one key, under the name of another. */
START_TEST(the_key_that_is_named_is_the_key_that_signed)
{
	static const char *const names[] = { "ed25519", "ecdsa256", "ecdsa384", "rsa2048", "rsa3072", "sk-ed25519-01" };
	enum { COUNT = sizeof names / sizeof *names };

	for (int i = 0; i < COUNT; i++) {
		for (int j = 0; j < COUNT; j++) {
			struct stella_buf a = read_blob(names[i]), b = read_blob(names[j]);
			struct parts p = take_apart(&a);

			p.key = take_apart(&b).key;
			ck_assert(!judge_parts(&p) == (i == j));
			stella_buf_free(&a);
			stella_buf_free(&b);
		}
	}
}
END_TEST

START_TEST(lengths_of_4_gib_cost_nothing)
{
	struct stella_buf blob = { 0 };

	for (int strings = 0; strings < 6; strings++) {
		blob.size = 0;
		stella_buf_put_str(&blob, "SSHSIG");
		stella_buf_put_u32(&blob, 1);
		for (int i = 0; i < strings; i++)
			stella_buf_put_string(&blob, stella_span_str(i == 3 ? "sha512" : ""));
		stella_buf_put_u32(&blob, UINT32_MAX);
		stella_buf_put_str(&blob, "AAAAAAAAAAAAAAAA");
		ck_assert_ptr_nonnull(judge_blob(stella_buf_span(&blob)));
	}
	stella_buf_free(&blob);
}
END_TEST

/* ---------------------------------------------------------------- the armour */

static const struct stella_error *judge_text(const char *format, const char *armor)
{
	const struct stella_error *err;
	struct stella_buf text = { 0 };

	for (; *format; format++) {
		if (*format == '@')
			stella_buf_put_str(&text, armor);
		else
			stella_buf_put(&text, format, 1);
	}
	err = judge_armor(stella_buf_span(&text), "git", stella_buf_span(&message));
	stella_buf_free(&text);
	return err;
}

/* Every `from` of the text becomes `to`. */
static char *replaced(const char *text, const char *from, const char *to)
{
	struct stella_buf out = { 0 };
	const char *found;

	while ((found = strstr(text, from))) {
		stella_buf_put(&out, text, (size_t)(found - text));
		stella_buf_put_str(&out, to);
		text = found + strlen(from);
	}
	stella_buf_put_str(&out, text);
	return stella_buf_take_str(&out);
}

START_TEST(the_armour_is_exact)
{
	static const struct {
		const char *from, *to;
	} bad[] = {
		{ "SSH SIGNATURE", "SSH  SIGNATURE" }, { "SSH SIGNATURE", "PGP SIGNATURE" },
		{ "BEGIN SSH", "begin SSH" }, { "END SSH SIGNATURE", "END SSH SIGNATURES" },
		{ "-----END SSH SIGNATURE-----\n", "" }, { "-----BEGIN SSH SIGNATURE-----\n", "" },
		{ "URE-----\n", "URE-----" }, { "\n", "\n\n" }, { "\n", " \n" }, { "\n", "" },
		{ "-----BEGIN", " -----BEGIN" }, { "-----END", " -----END" }, { "U1NIU0lH", "U1NI U0lH" },
		{ "U1NIU0lH", "U1NIU0lH=" }, { "U1NIU0lH", "U1NIU0l" }, { "U1NIU0lH", "U1NI-0lH" },
	};
	struct stella_buf file = read_armor("ed25519");
	const char *armor = (const char *)file.data;
	char *text;

	assert_ok(judge_text("@", armor));
	assert_code(judge_text("x@", armor), STELLA_MALFORMED);
	assert_code(judge_text("\n@", armor), STELLA_MALFORMED);
	assert_code(judge_text("x\n@", armor), STELLA_MALFORMED);
	assert_code(judge_text("@x", armor), STELLA_MALFORMED);
	assert_code(judge_text("@x\n", armor), STELLA_MALFORMED);
	assert_code(judge_text("@\n", armor), STELLA_MALFORMED);
	assert_code(judge_text("@@", armor), STELLA_MALFORMED);
	assert_code(judge_text("", armor), STELLA_MALFORMED);
	assert_code(judge_text("\xef\xbb\xbf@", armor), STELLA_MALFORMED);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		text = replaced(armor, bad[i].from, bad[i].to);
		ck_assert_str_ne(text, armor);
		ck_assert_msg(stella_error_is(judge_text("@", text), STELLA_MALFORMED), "\"%s\" for \"%s\"",
			bad[i].to, bad[i].from);
		free(text);
	}
	text = replaced(armor, "\n", "\r\n"); /* as ssh-keygen takes them */
	assert_ok(judge_text("@", text));
	free(text);
	file.data[file.size - 1] = 0;
	assert_ok(judge_text("@", armor));
	stella_buf_free(&file);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, load_message, free_message);
	tcase_add_test(t, what_ssh_keygen_and_security_keys_sign_verifies);
	tcase_add_test(t, what_only_looks_like_a_signature_is_refused_by_name);
	tcase_add_test(t, another_message_or_namespace_is_refused);
	tcase_add_test(t, every_bit_counts);
	tcase_add_test(t, no_byte_may_miss_or_remain);
	tcase_add_test(t, each_field_of_the_container_is_exact);
	tcase_add_test(t, r_and_s_are_positive_numbers_in_their_one_form);
	tcase_add_test(t, the_key_that_is_named_is_the_key_that_signed);
	tcase_add_test(t, lengths_of_4_gib_cost_nothing);
	tcase_add_test(t, the_armour_is_exact);
}

CHECK_MAIN("sshsig", fill)
