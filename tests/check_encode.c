/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "encode.h"

/* ---------------------------------------------------------------- hex */

START_TEST(hex_reads_back_as_written)
{
	struct stella_buf text = { 0 }, back = { 0 };
	uint8_t bytes[256], fixed[256];

	for (int i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	for (size_t size = 0; size <= sizeof bytes; size++) {
		text.size = back.size = 0;
		stella_hex_print(&text, stella_span(bytes, size));
		assert_ok(stella_hex_parse(&back, stella_buf_span(&text)));
		ck_assert(stella_span_equal(stella_buf_span(&back), stella_span(bytes, size)));
		ck_assert(stella_hex_fixed(fixed, size, stella_buf_span(&text)));
		ck_assert(stella_span_equal(stella_span(fixed, size), stella_span(bytes, size)));
	}
	ck_assert(stella_span_starts(stella_buf_span(&text), "000102030405060708090a0b"));
	stella_buf_free(&text);
	stella_buf_free(&back);
}
END_TEST

START_TEST(hex_is_lower_case_digits_in_pairs)
{
	static const char *const bad[] = {
		"0", "abc", "AB", "aB", "0g", "0x", " 00", "00 ", "0 0", "00\n", "/0", ":0", "`0"};
	struct stella_buf out = { 0 };
	uint8_t byte[2];

	stella_buf_put_str(&out, "kept");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_code(stella_hex_parse(&out, stella_span_str(bad[i])), STELLA_MALFORMED);
		ck_assert(!stella_hex_fixed(byte, 1, stella_span_str(bad[i])));
	}
	assert_span_is(stella_buf_span(&out), "kept");
	ck_assert_str_eq((char *)out.data, "kept");
	ck_assert(!stella_hex_fixed(byte, 1, stella_span_str("")));
	ck_assert(!stella_hex_fixed(byte, 1, stella_span_str("000")));
	ck_assert(!stella_hex_fixed(byte, 2, stella_span_str("00000")));
	ck_assert(!stella_hex_fixed(byte, 2, stella_span_str("00")));
	stella_buf_free(&out);
}
END_TEST

/* ---------------------------------------------------------------- base64 */

START_TEST(base64_has_the_vectors_of_rfc_4648)
{
	static const struct {
		const char *plain, *text;
	} cases[] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xfb\xff\xbe", "+/++" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stella_buf out = { 0 };

		stella_base64_print(&out, stella_span_str(cases[i].plain));
		assert_span_is(stella_buf_span(&out), cases[i].text);
		stella_buf_free(&out);
		assert_ok(stella_base64_parse(&out, stella_span_str(cases[i].text), STELLA_BASE64_STRICT));
		assert_span_is(stella_buf_span(&out), cases[i].plain);
		stella_buf_free(&out);
	}
}
END_TEST

START_TEST(base64_any_takes_both_alphabets_and_no_padding)
{
	static const struct {
		const char *text, *plain;
	} cases[] = {
		{"Zg", "f"},
		{"Zm8", "fo"},
		{"Zm9v", "foo"},
		{"Zg==", "f"},
		{"-_--", "\xfb\xff\xbe"},
		{"+/++", "\xfb\xff\xbe"},
		{"-_8", "\xfb\xff"},
		{"-_8=", "\xfb\xff"},
		{"+/8", "\xfb\xff"},
		{"", ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stella_buf out = { 0 };

		assert_ok(stella_base64_parse(&out, stella_span_str(cases[i].text), STELLA_BASE64_ANY));
		assert_span_is(stella_buf_span(&out), cases[i].plain);
		stella_buf_free(&out);
	}
}
END_TEST

START_TEST(base64_in_neither_form_takes_anything_else)
{
	static const char *const bad[] = {
		"=",
		"==",
		"A",
		"A=",
		"A==",
		"A===",
		"AA=",
		"AAA==",
		"AAAA=",
		"AAAA====",
		"AA==AA==",
		"AA==A",
		"A=A=",
		"AAAAA",
		"Zh==",
		"Zm9=",
		"Zh",
		"Zm9",
		"Zm9v\n",
		" Zm9v",
		"Zm 9v",
		"Zm9v ",
		"Zm\r\n9v",
		"Zg==\n",
		"Zg= =",
		"Zm9v.",
		"Zm9v\x80",
		"+_AA",
		"-AA/",
		"Zm9v!",
		"Zg\t==",
		"AAAA=AAA",
		"*AAA",
		"AA,A",
	};
	struct stella_buf out = { 0 };

	stella_buf_put_str(&out, "kept");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_code(stella_base64_parse(&out, stella_span_str(bad[i]), STELLA_BASE64_STRICT),
			STELLA_MALFORMED);
		assert_code(stella_base64_parse(&out, stella_span_str(bad[i]), STELLA_BASE64_ANY),
			STELLA_MALFORMED);
	}
	assert_code(stella_base64_parse(&out, stella_span("AAA\0", 4), STELLA_BASE64_ANY), STELLA_MALFORMED);
	assert_code(stella_base64_parse(&out, stella_span("AA\0=", 4), STELLA_BASE64_ANY), STELLA_MALFORMED);
	assert_span_is(stella_buf_span(&out), "kept");
	ck_assert_str_eq((char *)out.data, "kept");
	stella_buf_free(&out);
}
END_TEST

START_TEST(base64_strict_takes_neither_url_alphabet_nor_missing_padding)
{
	static const char *const bad[] = { "-_--", "Zg", "Zm8", "-_8=" };
	struct stella_buf out = { 0 };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_code(stella_base64_parse(&out, stella_span_str(bad[i]), STELLA_BASE64_STRICT),
			STELLA_MALFORMED);
	stella_buf_free(&out);
}
END_TEST

START_TEST(no_two_texts_of_strict_base64_give_the_same_bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
	struct stella_buf out = { 0 }, again = { 0 };
	char text[5] = "";

	for (int a = 0; a < 65; a += 3) {
		for (int b = 0; b < 65; b++) {
			for (int c = 0; c < 65; c++) {
				for (int d = 0; d < 65; d += d < 60 ? 7 : 1) {
					const struct stella_error *err;

					text[0] = digits[a], text[1] = digits[b], text[2] = digits[c],
					text[3] = digits[d];
					out.size = again.size = 0;
					err = stella_base64_parse(
						&out, stella_span_str(text), STELLA_BASE64_STRICT);
					if (err)
						continue;
					stella_base64_print(&again, stella_buf_span(&out));
					assert_span_is(stella_buf_span(&again), text);
				}
			}
		}
	}
	stella_buf_free(&out);
	stella_buf_free(&again);
}
END_TEST

/* ---------------------------------------------------------------- PEM */

static char *pem(const char *label, size_t size, size_t width, const char *eol)
{
	struct stella_buf der = { 0 }, body = { 0 }, out = { 0 };

	for (size_t i = 0; i < size; i++)
		stella_buf_put_u8(&der, (uint8_t)(i * 7));
	stella_base64_print(&body, stella_buf_span(&der));
	stella_buf_printf(&out, "-----BEGIN %s-----%s", label, eol);
	for (size_t at = 0; at < body.size; at += width)
		stella_buf_printf(&out, "%.*s%s", (int)(body.size - at < width ? body.size - at : width),
			(char *)body.data + at, eol);
	stella_buf_printf(&out, "-----END %s-----%s", label, eol);
	stella_buf_free(&der);
	stella_buf_free(&body);
	return stella_buf_take_str(&out);
}

static void check_pem(char *text, const char *label, size_t size)
{
	struct stella_buf out = { 0 };

	assert_ok(stella_pem_parse(&out, stella_span_str(text), label));
	ck_assert_uint_eq(out.size, size);
	for (size_t i = 0; i < size; i++)
		ck_assert_uint_eq(out.data[i], (uint8_t)(i * 7));
	stella_buf_free(&out);
	free(text);
}

START_TEST(pem_reads_back_as_written)
{
	for (size_t size = 1; size < 300; size++) {
		struct stella_buf text = { 0 };
		char *made = pem("PUBLIC KEY", size, 64, "\n");
		struct stella_buf der = { 0 };

		assert_ok(stella_pem_parse(&der, stella_span_str(made), "PUBLIC KEY"));
		stella_pem_print(&text, "PUBLIC KEY", stella_buf_span(&der));
		assert_span_is(stella_buf_span(&text), made);
		stella_buf_free(&text);
		stella_buf_free(&der);
		check_pem(made, "PUBLIC KEY", size);
		check_pem(pem("CERTIFICATE", size, 64, "\r\n"), "CERTIFICATE", size);
		check_pem(pem("SSH SIGNATURE", size, 64, "\n"), "SSH SIGNATURE", size);
		check_pem(pem("SSH SIGNATURE", size, 70, "\n"), "SSH SIGNATURE", size);
		check_pem(pem("SSH SIGNATURE", size, 76, "\r\n"), "SSH SIGNATURE", size);
	}
}
END_TEST

START_TEST(the_last_newline_may_be_missing)
{
	char *text = pem("SSH SIGNATURE", 100, 70, "\n");

	text[strlen(text) - 1] = 0;
	check_pem(text, "SSH SIGNATURE", 100);
}
END_TEST

START_TEST(pem_is_refused_where_it_is_not_exact)
{
	static const struct {
		const char *text, *message;
	} bad[] = {
		{"", "PEM line 1: not \"-----BEGIN X-----\""},
		{"\n-----BEGIN X-----\nAAAA\n-----END X-----\n", "PEM line 1: "},
		{" -----BEGIN X-----\nAAAA\n-----END X-----\n", "PEM line 1: "},
		{"junk\n-----BEGIN X-----\nAAAA\n-----END X-----\n", "PEM line 1: "},
		{"-----BEGIN X----- \nAAAA\n-----END X-----\n", "PEM line 1: "},
		{"-----BEGIN X----\nAAAA\n-----END X-----\n", "PEM line 1: "},
		{"----BEGIN X-----\nAAAA\n-----END X-----\n", "PEM line 1: "},
		{"+----BEGIN X-----\nAAAA\n-----END X-----\n", "PEM line 1: "},
		{"-----begin X-----\nAAAA\n-----END X-----\n", "PEM line 1: "},
		{"-----BEGIN X----+\nAAAA\n-----END X-----\n", "PEM line 1: "},
		{"-----BEGIN X-----\nAAAA\n-----END X----+\n", "PEM line 3: not the END line"},
		{"-----BEGIN X-----\nAAAA\n-----FIN X-----\n", "PEM line 3: not the END line"},
		{"-----BEGIN  X-----\nAAAA\n-----END  X-----\n", "PEM line 1: "},
		{"-----BEGIN Y-----\nAAAA\n-----END Y-----\n", "PEM line 1: "},
		{"-----BEGIN x-----\nAAAA\n-----END x-----\n", "PEM line 1: "},
		{"-----BEGIN X-----\nAAAA\n-----END Y-----\n", "PEM line 3: not the END line"},
		{"-----BEGIN X-----\nAAAA\n-----END X----\n", "PEM line 3: not the END line"},
		{"-----BEGIN X-----\nAAAA\n-----BEGIN X-----\n", "PEM line 3: not the END line"},
		{"-----BEGIN X-----\nAAAA\n-----END X-----\n\n", "PEM line 4: text after"},
		{"-----BEGIN X-----\nAAAA\n-----END X-----\njunk", "PEM line 4: text after"},
		{"-----BEGIN X-----\nAAAA\n-----END X-----junk\n", "PEM line 3: not the END line"},
		{"-----BEGIN X-----\nAAAA-----END X-----\n", "PEM line 2: the text ends"},
		{"-----BEGIN X-----\nAAAA\n", "PEM line 2: the text ends"},
		{"-----BEGIN X-----\nAAAA", "PEM line 2: the text ends"},
		{"-----BEGIN X-----\n", "PEM line 1: the text ends"},
		{"-----BEGIN X-----", "PEM line 1: the text ends"},
		{"-----BEGIN X-----\n-----END X-----\n", "PEM line 2: the block is empty"},
		{"-----BEGIN X-----\n\nAAAA\n-----END X-----\n", "PEM line 2: not of the width"},
		{"-----BEGIN X-----\nAAAA\n\n-----END X-----\n", "PEM line 3: not of the width"},
		{"-----BEGIN X-----\nAAAA\nAAAA\n-----END X-----\n", "PEM line 3: not of the width"},
		{"-----BEGIN X-----\nAA==\n-----END X-----\r\n", "PEM line 3: LF and CRLF"},
		{"-----BEGIN X-----\r\nAA==\n-----END X-----\r\n", "PEM line 2: LF and CRLF"},
		{"-----BEGIN X-----\nAAA\n-----END X-----\n",
			"PEM block that ends in line 3: base64: wrong padding"},
		{"-----BEGIN X-----\nAB==\n-----END X-----\n",
			"PEM block that ends in line 3: base64: the bits"},
		{"-----BEGIN X-----\nAA A\n-----END X-----\n",
			"PEM block that ends in line 3: base64: byte 2"},
		{"-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n-----END X-----\n", "PEM block"},
	};
	struct stella_buf out = { 0 };

	stella_buf_put_str(&out, "kept");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const struct stella_error *err = stella_pem_parse(&out, stella_span_str(bad[i].text), "X");

		ck_assert_msg(stella_error_is(err, STELLA_MALFORMED), "%s", bad[i].text);
		ck_assert_msg(stella_span_starts(stella_span_str(err->message), bad[i].message), "%s: %s",
			bad[i].text, err->message);
	}
	assert_span_is(stella_buf_span(&out), "kept");
	stella_buf_free(&out);
}
END_TEST

START_TEST(pem_lines_have_the_width_of_their_label)
{
	static const struct {
		const char *label;
		size_t width;
	} bad[] = {
		{"CERTIFICATE", 60},
		{"CERTIFICATE", 70},
		{"CERTIFICATE", 76},
		{"CERTIFICATE", 4},
		{"SSH SIGNATURE", 68},
		{"SSH SIGNATURE", 72},
		{"SSH SIGNATURE", 80},
		{"CERTIFICATE", 1000},
		{"SSH SIGNATURE", 1000},
	};
	struct stella_buf out = { 0 };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char *text = pem(bad[i].label, 200, bad[i].width, "\n");

		assert_code(stella_pem_parse(&out, stella_span_str(text), bad[i].label), STELLA_MALFORMED);
		free(text);
	}
	stella_buf_free(&out);
}
END_TEST

/* Is a block of this label read, and under this label? */
static bool labelled(const char *label)
{
	struct stella_buf text = { 0 }, out = { 0 };
	struct stella_cursor c;
	char *found;
	bool good;

	stella_pem_print(&text, label, stella_span_str("bytes"));
	c = stella_cursor(stella_buf_span(&text));
	good = !stella_pem_next(&out, &found, &c);
	ck_assert(!good || strcmp(found, label) == 0);
	free(found);
	stella_buf_free(&text);
	stella_buf_free(&out);
	return good;
}

START_TEST(a_label_is_printable_and_short)
{
	char label[66] = "";

	memset(label, 'L', 64);
	ck_assert(labelled(label));
	label[64] = 'L';
	ck_assert(!labelled(label));
	ck_assert(labelled("~ !"));
	ck_assert(labelled("X"));
	ck_assert(!labelled(""));
	ck_assert(!labelled(" "));
	ck_assert(!labelled(" X"));
	ck_assert(!labelled("X "));
	ck_assert(!labelled("X-Y"));
	ck_assert(!labelled("X\x7fY"));
	ck_assert(!labelled("X\x1fY"));
	ck_assert(!labelled("\xc3\xa9"));
}
END_TEST

START_TEST(what_is_parsed_is_followed_by_a_nul)
{
	struct stella_buf out = { 0 };
	size_t size;

	stella_buf_put_str(&out, "xxxxxxxxxxxxxxxx");
	out.size = 0;
	assert_ok(stella_hex_parse(&out, stella_span_str("6162")));
	ck_assert_str_eq((char *)out.data, "ab");
	assert_ok(stella_base64_parse(&out, stella_span_str("YWI="), STELLA_BASE64_STRICT));
	ck_assert_str_eq((char *)out.data, "abab");
	stella_base64_print(&out, stella_span_str("ab"));
	ck_assert_str_eq((char *)out.data, "ababYWI=");
	stella_hex_print(&out, stella_span_str("ab"));
	ck_assert_str_eq((char *)out.data, "ababYWI=6162");
	size = out.size;
	assert_code(
		stella_pem_parse(&out, stella_span_str("-----BEGIN X-----\nYWJj\n-----END X-----\nz"), "X"),
		STELLA_MALFORMED);
	ck_assert_uint_eq(out.size, size);
	ck_assert_str_eq((char *)out.data, "ababYWI=6162");
	stella_buf_free(&out);
}
END_TEST

START_TEST(blocks_of_a_file_come_one_by_one)
{
	static const char file[] =
		"subject=CN = one\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n\n"
		"text\r\n-----BEGIN PRIVATE KEY-----\r\nAQ==\r\n-----END PRIVATE KEY-----\r\nmore text";
	struct stella_cursor c = stella_cursor(stella_span_str(file));
	struct stella_buf out = { 0 };
	char *label;

	assert_ok(stella_pem_next(&out, &label, &c));
	ck_assert_str_eq(label, "CERTIFICATE");
	ck_assert_uint_eq(out.size, 3);
	free(label);
	assert_ok(stella_pem_next(&out, &label, &c));
	ck_assert_str_eq(label, "PRIVATE KEY");
	ck_assert_uint_eq(out.size, 4);
	ck_assert_uint_eq(out.data[3], 1);
	free(label);
	assert_code(stella_pem_next(&out, &label, &c), STELLA_NOT_FOUND);
	ck_assert_ptr_null(label);
	stella_buf_free(&out);
}
END_TEST

START_TEST(a_broken_block_is_not_passed_over)
{
	static const char *const bad[] = {
		" -----BEGIN X-----\nAAAA\n-----END X-----\n",
		"\xef\xbb\xbf-----BEGIN X-----\nAAAA\n-----END X-----\n",
		"-----BEGIN X----\nAAAA\n-----END X-----\n",
		"-----BEGIN -----\nAAAA\n-----END -----\n",
		"-----BEGIN X-Y-----\nAAAA\n-----END X-Y-----\n",
		"-----END X-----\n",
		"-\n",
		"-----BEGIN \x1b-----\nAAAA\n-----END \x1b-----\n",
		"-----BEGIN X-----\nAAAA\n",
		"-----BEGIN PGP SIGNATURE-----\n\nAAAA\n=AAAA\n-----END PGP SIGNATURE-----\n",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct stella_cursor c = stella_cursor(stella_span_str(bad[i]));
		struct stella_buf out = { 0 };
		char *label;

		assert_code(stella_pem_next(&out, &label, &c), STELLA_MALFORMED);
		ck_assert_ptr_null(label);
		ck_assert_uint_eq(c.left, strlen(bad[i]));
		stella_buf_free(&out);
	}
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, hex_reads_back_as_written);
	tcase_add_test(t, hex_is_lower_case_digits_in_pairs);
	tcase_add_test(t, base64_has_the_vectors_of_rfc_4648);
	tcase_add_test(t, base64_any_takes_both_alphabets_and_no_padding);
	tcase_add_test(t, base64_in_neither_form_takes_anything_else);
	tcase_add_test(t, base64_strict_takes_neither_url_alphabet_nor_missing_padding);
	tcase_add_test(t, no_two_texts_of_strict_base64_give_the_same_bytes);
	tcase_add_test(t, pem_reads_back_as_written);
	tcase_add_test(t, the_last_newline_may_be_missing);
	tcase_add_test(t, pem_is_refused_where_it_is_not_exact);
	tcase_add_test(t, pem_lines_have_the_width_of_their_label);
	tcase_add_test(t, a_label_is_printable_and_short);
	tcase_add_test(t, what_is_parsed_is_followed_by_a_nul);
	tcase_add_test(t, blocks_of_a_file_come_one_by_one);
	tcase_add_test(t, a_broken_block_is_not_passed_over);
}

CHECK_MAIN("encode", fill)
