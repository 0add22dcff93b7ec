/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints of Rekor, one of each version, and what must not pass for one. */
#include "note.h"

#include "check.h"
#include "encode.h"

#define V1_TEXT "rekor.sigstore.dev - 2605736670972794746\n" \
	"23083062\n" \
	"dauhleYK4YyAdxwwDtR0l0KnSOWZdG2bwqHftlanvcI=\n" \
	"Timestamp: 1689177396617352539\n"
#define V1_LINE "\xe2\x80\x94 rekor.sigstore.dev wNI9ajBFAiBxaGyEtxkzFLkaCSEJqFuSS3dJjEZCNiyByVs1CNVQ8gIhA" \
	"OoNnXtmMtTctV2oRnSRUZAo4EWUYPK/vBsqOzAU6TMs\n"
#define V1_KEY "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2G2Y+2tabdTV5BcGiBIx0a9fAFwrkBbmLSGtks4L3qX6yYY0zufBnhC8Ur/" \
	"iy55GhWP/9A/bY2LhC30M9+RYtw=="
#define V2_TEXT "log2025-alpha1.rekor.sigstage.dev\n" \
	"736\n" \
	"rs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTDI=\n"
#define V2_LINE "\xe2\x80\x94 log2025-alpha1.rekor.sigstage.dev 8w1amdbj1mjNN674dHAkD92+QZoEgBC7o0mXYSTRluDjQrOPjrps" \
	"3zQB9ut+ShLepyZPsWBDi5IB3yXyjgjQT6OG9A8=\n"
#define WITNESS "\xe2\x80\x94 witness.example O8PH5AAAAABopO8+4O9uzScQrNEnGdKLYXSPoUjH1Se4n92W+wT/j5Kel/4J2XWE4bEe9bpI" \
	"VUD6EGOeUDFkSWz/rbDhvVcJ/2OrDw==\n"
#define V2_KEY "MCowBQYDK2VwAyEAPn+AREHoBaZ7wgS1zBqpxmLSGnyhxXj4lFxSdWVB8o8="

static struct stella_pubkey *load_key(const char *base64)
{
	struct stella_buf der = { 0 };
	struct stella_pubkey *key;

	assert_ok(stella_base64_parse(&der, stella_span_str(base64), STELLA_BASE64_STRICT));
	assert_ok(stella_pubkey_parse_spki(&key, stella_buf_span(&der)));
	stella_buf_free(&der);
	return key;
}

static const struct stella_error *parse(struct stella_span note)
{
	struct stella_checkpoint *checkpoint;
	const struct stella_error *err = stella_checkpoint_parse(&checkpoint, note);

	ck_assert(!err == !!checkpoint);
	stella_checkpoint_free(checkpoint);
	return err;
}

static const struct stella_error *verify(struct stella_span note, const char *base64)
{
	struct stella_checkpoint *checkpoint;
	struct stella_pubkey *key = load_key(base64);
	const struct stella_error *err = stella_checkpoint_parse(&checkpoint, note);

	if (!err)
		err = stella_checkpoint_verify(checkpoint, key);
	stella_checkpoint_free(checkpoint);
	stella_pubkey_free(key);
	return err;
}

START_TEST(a_checkpoint_of_rekor_v1_is_read_and_verifies)
{
	struct stella_checkpoint *checkpoint;
	char hex[STELLA_SHA256_HEX];

	assert_ok(stella_checkpoint_parse(&checkpoint, stella_span_str(V1_TEXT "\n" V1_LINE)));
	assert_span_is(checkpoint->origin, "rekor.sigstore.dev - 2605736670972794746");
	assert_span_is(checkpoint->text, V1_TEXT);
	ck_assert_uint_eq(checkpoint->size, 23083062);
	stella_sha256_hex(hex, &checkpoint->root);
	ck_assert_str_eq(hex, "75aba195e60ae18c80771c300ed4749742a748e599746d9bc2a1dfb656a7bdc2");
	ck_assert_uint_eq(checkpoint->line_count, 1);
	assert_span_is(checkpoint->lines[0].name, "rekor.sigstore.dev");
	stella_checkpoint_free(checkpoint);
	assert_ok(verify(stella_span_str(V1_TEXT "\n" V1_LINE), V1_KEY));
}
END_TEST

START_TEST(a_checkpoint_of_rekor_v2_verifies_with_witnesses_and_in_any_order)
{
	assert_ok(verify(stella_span_str(V2_TEXT "\n" V2_LINE), V2_KEY));
	assert_ok(verify(stella_span_str(V2_TEXT "\n" V2_LINE WITNESS), V2_KEY));
	assert_ok(verify(stella_span_str(V2_TEXT "\n" WITNESS V2_LINE), V2_KEY));
}
END_TEST

START_TEST(without_the_line_of_its_origin_a_checkpoint_does_not_verify)
{
	assert_code(verify(stella_span_str(V2_TEXT "\n" WITNESS), V2_KEY), STELLA_LOG_ENTRY_MISMATCH);
	assert_code(verify(stella_span_str(V2_TEXT "\n" V1_LINE), V2_KEY), STELLA_LOG_ENTRY_MISMATCH);
	assert_code(verify(stella_span_str(V2_TEXT "\n" V2_LINE), V1_KEY), STELLA_LOG_ENTRY_MISMATCH);
	assert_code(verify(stella_span_str(V1_TEXT "\n" V2_LINE), V2_KEY), STELLA_LOG_ENTRY_MISMATCH);
}
END_TEST

static void flip_all(const char *note, const char *key)
{
	struct stella_buf text = { 0 };

	stella_buf_put_str(&text, note);
	for (size_t i = 0; i < text.size; i++) {
		text.data[i] ^= 1;
		ck_assert_msg(verify(stella_buf_span(&text), key) != NULL, "byte %zu changed and accepted", i);
		text.data[i] ^= 1;
	}
	for (size_t i = 0; i < text.size; i++)
		ck_assert_msg(verify(stella_span(text.data, i), key) != NULL, "cut to %zu bytes and accepted", i);
	stella_buf_free(&text);
}

START_TEST(each_byte_of_a_checkpoint_counts)
{
	flip_all(V1_TEXT "\n" V1_LINE, V1_KEY);
	flip_all(V2_TEXT "\n" V2_LINE, V2_KEY);
}
END_TEST

START_TEST(what_is_no_signed_note_is_malformed)
{
	static const char *const notes[] = {
		"", "\n", "a\n", "a\n1\n", "\n\n\n\n",
		V2_TEXT, V2_TEXT "\n", V2_TEXT V2_LINE, V2_TEXT "\n\n" V2_LINE, "\n" V2_TEXT "\n" V2_LINE,
		V2_TEXT "\n" V2_LINE "\n", V2_TEXT "\n" V2_LINE "garbage\n", V2_TEXT "\n" V2_LINE "x",
		"a\nx\nrs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTDI=\n\n" V2_LINE,
		"a\n01\nrs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTDI=\n\n" V2_LINE,
		"a\n-1\nrs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTDI=\n\n" V2_LINE,
		"a\n18446744073709551616\nrs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTDI=\n\n" V2_LINE,
		"a\n1\nrs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTA==\n\n" V2_LINE,
		"a\n1\n\n\n" V2_LINE,
		V2_TEXT "\n\xe2\x80\x94 nothing\n", V2_TEXT "\n\xe2\x80\x94  AAAAAAA=\n",
		V2_TEXT "\n\xe2\x80\x94 a+b AAAAAAA=\n", V2_TEXT "\n\xe2\x80\x94 a AAAAAA==\n",
		V2_TEXT "\n- a AAAAAAA=\n", V2_TEXT "\n\xe2\x80\x94 a AAAAAAA= \n",
		"a\r\n1\r\nrs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTDI=\r\n\r\n" V2_LINE,
		"a\a\n1\nrs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTDI=\n\n" V2_LINE,
		"a\x7f\n1\nrs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTDI=\n\n" V2_LINE,
		"a\xff\n1\nrs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTDI=\n\n" V2_LINE,
	};

	for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
		const struct stella_error *err = parse(stella_span_str(notes[i]));

		ck_assert_msg(stella_error_is(err, STELLA_MALFORMED), "note %zu: %s", i, err ? err->message : "accepted");
	}
	assert_ok(parse(stella_span_str("a\n18446744073709551615\n"
		"rs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTDI=\n\n" V2_LINE)));
	assert_ok(parse(stella_span_str("a\n0\nrs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTDI=\n\n" V2_LINE)));
}
END_TEST

START_TEST(a_note_of_100_lines_is_read_and_one_of_101_is_too_long)
{
	struct stella_buf note = { 0 };

	stella_buf_put_str(&note, V2_TEXT "\n");
	for (size_t i = 4; i < STELLA_NOTE_LINES_MAX - 1; i++)
		stella_buf_put_str(&note, WITNESS);
	stella_buf_put_str(&note, V2_LINE);
	assert_ok(verify(stella_buf_span(&note), V2_KEY));
	stella_buf_put_str(&note, WITNESS);
	assert_code(parse(stella_buf_span(&note)), STELLA_LIMIT);
	note.size = 0;
	stella_buf_put_str(&note, V2_TEXT);
	for (size_t i = 0; i < STELLA_NOTE_LINES_MAX; i++)
		stella_buf_put_str(&note, "extension\n");
	assert_code(parse(stella_buf_span(&note)), STELLA_LIMIT);
	for (note.size = 0; note.size <= STELLA_NOTE_MAX;)
		stella_buf_put_str(&note, "a long line that never ends ");
	assert_code(parse(stella_buf_span(&note)), STELLA_LIMIT);
	stella_buf_free(&note);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, a_checkpoint_of_rekor_v1_is_read_and_verifies);
	tcase_add_test(t, a_checkpoint_of_rekor_v2_verifies_with_witnesses_and_in_any_order);
	tcase_add_test(t, without_the_line_of_its_origin_a_checkpoint_does_not_verify);
	tcase_add_test(t, each_byte_of_a_checkpoint_counts);
	tcase_add_test(t, what_is_no_signed_note_is_malformed);
	tcase_add_test(t, a_note_of_100_lines_is_read_and_one_of_101_is_too_long);
}
CHECK_MAIN("note", fill)
