/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens.h"
#include "tsp.h"

#define STAMPED 1735732800 /* 2025-01-01T12:00:00Z */

static const struct stella_error *verify(struct stella_span der, const struct stella_cert *root,
	const struct stella_cert *const *known, size_t known_count, struct stella_span message, int64_t *time)
{
	const struct stella_error *err;
	struct stella_tsp *token;

	*time = 0;
	err = stella_tsp_parse(&token, der);
	ck_assert(!err == (token != NULL));
	if (!err)
		err = stella_tsp_verify(token, message, &root, root != NULL, known, known_count, time);
	ck_assert(!err == (*time != 0));
	stella_tsp_free(token);
	return err;
}

static const struct stella_error *verify_by_kit(const struct token_kit *kit, struct stella_span der, bool with_tsa)
{
	const struct stella_cert *known[] = { kit->inter, kit->other_root, kit->tsa };
	int64_t time;

	return verify(der, kit->root, known, with_tsa ? 3 : 2, TOKEN_MESSAGE, &time);
}

START_TEST(each_token_gets_its_verdict)
{
	struct stella_buf file = read_data("tsp", "tokens.tsv");
	struct token_kit kit = load_token_kit();
	char *lines = (char *)file.data;
	struct token_row row;
	unsigned good = 0, count = 0;

	while (next_token(&lines, &row)) {
		const struct stella_error *err = verify_by_kit(&kit, stella_buf_span(&row.der),
			strncmp(row.name, "no-certs", 8) == 0);

		ck_assert_msg(strcmp(err ? stella_code_word(err->code) : "ok", row.word) == 0, "%s: %s, not %s", row.name,
			err ? err->message : "accepted", row.word);
		ck_assert_msg(!err || strstr(err->message, row.text), "%s: \"%s\", not \"%s\"", row.name,
			err ? err->message : "", row.text);
		good += !err;
		count++;
		stella_buf_free(&row.der);
	}
	ck_assert_uint_gt(good, 20);
	ck_assert_uint_gt(count, 100);
	free_token_kit(&kit);
	stella_buf_free(&file);
}
END_TEST

START_TEST(time_is_what_the_token_says)
{
	struct stella_buf der = find_token("fraction");
	struct token_kit kit = load_token_kit();
	const struct stella_cert *known = kit.inter;
	struct stella_tsp *token;
	int64_t time;

	assert_ok(stella_tsp_parse(&token, stella_buf_span(&der)));
	ck_assert_int_eq(stella_tsp_claimed_time(token), STAMPED);
	stella_tsp_free(token);
	assert_ok(verify(stella_buf_span(&der), kit.root, &known, 1, TOKEN_MESSAGE, &time));
	ck_assert_int_eq(time, STAMPED);
	stella_buf_free(&der);
	free_token_kit(&kit);
}
END_TEST

START_TEST(only_the_roots_given_are_trusted)
{
	struct stella_buf der = find_token("plain");
	struct token_kit kit = load_token_kit();
	const struct stella_cert *known[] = { kit.inter, kit.root };
	struct stella_span span = stella_buf_span(&der);
	int64_t time;

	assert_ok(verify(span, kit.root, known, 1, TOKEN_MESSAGE, &time));
	assert_ok(verify(span, kit.inter, NULL, 0, TOKEN_MESSAGE, &time));
	assert_code(verify(span, kit.root, NULL, 0, TOKEN_MESSAGE, &time), STELLA_TIMESTAMP_INVALID);
	assert_code(verify(span, kit.other_root, known, 2, TOKEN_MESSAGE, &time), STELLA_TIMESTAMP_INVALID);
	assert_code(verify(span, NULL, known, 2, TOKEN_MESSAGE, &time), STELLA_TIMESTAMP_INVALID);
	stella_buf_free(&der);
	free_token_kit(&kit);
}
END_TEST

START_TEST(every_other_message_is_refused)
{
	static const char *const others[] = { "", "what was stampe", "what was stamped\n", "What was stamped" };
	struct stella_buf der = find_token("plain");
	struct token_kit kit = load_token_kit();
	const struct stella_cert *known = kit.inter;
	int64_t time;

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_code(verify(stella_buf_span(&der), kit.root, &known, 1, stella_span_str(others[i]), &time),
			STELLA_TIMESTAMP_INVALID);
	stella_buf_free(&der);
	free_token_kit(&kit);
}
END_TEST

/* Signed are the attributes, and by them content and certificate; not the frame around, nor what says how to read it. */
START_TEST(a_flipped_bit_changes_neither_time_nor_message)
{
	static const char *const names[] = { "no-certs", "plain", "rsa-sha256", "ed25519" };
	struct token_kit kit = load_token_kit();
	const struct stella_cert *known[] = { kit.inter, kit.tsa };

	for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
		struct stella_buf der = find_token(names[k]);
		unsigned accepted = 0;

		for (size_t i = 0; i < der.size * 8; i += k ? 3 : 1) {
			int64_t time;

			der.data[i / 8] ^= (uint8_t)(1 << i % 8);
			if (!verify(stella_buf_span(&der), kit.root, known, 2, TOKEN_MESSAGE, &time)) {
				ck_assert_int_eq(time, STAMPED);
				accepted++;
			}
			der.data[i / 8] ^= (uint8_t)(1 << i % 8);
		}
		/* the digest algorithms beside the signer's own, status 0 and 1, an embedded certificate that is known too */
		ck_assert_msg(accepted < (k == 1 ? der.size * 8 / 3 : 200), "%s: %u flips accepted", names[k], accepted);
		stella_buf_free(&der);
	}
	free_token_kit(&kit);
}
END_TEST

START_TEST(a_prefix_is_never_accepted)
{
	struct stella_buf der = find_token("plain");
	struct stella_tsp *token;

	for (size_t i = 0; i < der.size; i++) {
		assert_code(stella_tsp_parse(&token, stella_span(der.data, i)), STELLA_MALFORMED);
		ck_assert_ptr_null(token);
	}
	stella_buf_free(&der);
}
END_TEST

START_TEST(a_token_has_a_limit)
{
	struct stella_buf der = { 0 };
	struct stella_tsp *token;

	for (size_t i = 0; i <= STELLA_TSP_MAX; i++)
		stella_buf_put_u8(&der, 0x30);
	assert_code(stella_tsp_parse(&token, stella_buf_span(&der)), STELLA_LIMIT);
	der.size--;
	assert_code(stella_tsp_parse(&token, stella_buf_span(&der)), STELLA_MALFORMED);
	stella_tsp_free(NULL);
	stella_buf_free(&der);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, each_token_gets_its_verdict);
	tcase_add_test(t, time_is_what_the_token_says);
	tcase_add_test(t, only_the_roots_given_are_trusted);
	tcase_add_test(t, every_other_message_is_refused);
	tcase_add_test(t, a_flipped_bit_changes_neither_time_nor_message);
	tcase_add_test(t, a_prefix_is_never_accepted);
	tcase_add_test(t, a_token_has_a_limit);
}

CHECK_MAIN("tsp", fill)
