/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "encode.h"
#include "keyform.h"

/* Points are not looked at here; see check_rawkey.c. */
static uint8_t point[133], modulus[256];

static struct stella_keyform make_form(enum stella_keytype type)
{
	static const size_t sizes[] = { 32, 65, 97, 133, 0, 32, 65 };
	struct stella_keyform form = { .type = type };

	memset(point, 4, sizeof point);
	memset(modulus, 0xc1, sizeof modulus);
	if (type == STELLA_KEY_RSA) {
		form.modulus = stella_span(modulus, sizeof modulus);
		form.exponent = stella_span("\1\0\1", 3);
	} else {
		form.point = stella_span(point, sizes[type]);
	}
	if (stella_keytype_is_fido(type))
		form.application = stella_span_str("ssh:");
	return form;
}

static struct stella_buf hex(const char *text)
{
	struct stella_buf out = { 0 };

	assert_ok(stella_hex_parse(&out, stella_span_str(text)));
	return out;
}

static void assert_same(const struct stella_keyform *a, const struct stella_keyform *b)
{
	ck_assert_int_eq(a->type, b->type);
	if (a->type != STELLA_KEY_RSA)
		ck_assert(stella_span_equal(a->point, b->point));
	ck_assert(stella_span_equal(a->modulus, b->modulus));
	ck_assert(stella_span_equal(a->exponent, b->exponent));
	ck_assert(stella_span_equal(a->application, b->application));
}

START_TEST(every_type_comes_back_from_its_wire_form)
{
	for (unsigned type = STELLA_KEY_ED25519; type <= STELLA_KEY_SK_P256; type++) {
		struct stella_keyform form = make_form((enum stella_keytype)type), again;
		struct stella_buf blob = { 0 };

		stella_keyform_print_ssh(&blob, &form);
		assert_ok(stella_keyform_parse_ssh(&again, stella_buf_span(&blob)));
		if (type == STELLA_KEY_RSA) /* with the zero byte of its sign */
			again.modulus = stella_span(again.modulus.data + 1, again.modulus.size - 1);
		assert_same(&form, &again);
		stella_buf_free(&blob);
	}
}
END_TEST

START_TEST(every_type_but_fido_comes_back_from_spki)
{
	for (unsigned type = STELLA_KEY_ED25519; type <= STELLA_KEY_RSA; type++) {
		struct stella_keyform form = make_form((enum stella_keytype)type), again;
		struct stella_buf der = { 0 };

		stella_keyform_print_spki(&der, &form);
		assert_ok(stella_keyform_parse_spki(&again, stella_buf_span(&der)));
		assert_same(&form, &again);
		stella_buf_free(&der);
	}
}
END_TEST

/* Whatever is changed: refused, or another key that has exactly this form. */
static void assert_one_form(const struct stella_error *(*parse)(struct stella_keyform *, struct stella_span),
	void (*print)(struct stella_buf *, const struct stella_keyform *), struct stella_buf *bytes)
{
	struct stella_span whole = stella_buf_span(bytes);
	struct stella_keyform form;

	for (size_t size = 0; size < whole.size; size++)
		ck_assert_msg(parse(&form, stella_span(whole.data, size)) != NULL, "cut to %zu bytes", size);
	for (size_t bit = 0; bit < 8 * whole.size; bit++) {
		struct stella_buf again = { 0 };

		bytes->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (!parse(&form, whole)) {
			print(&again, &form);
			ck_assert_msg(stella_span_equal(stella_buf_span(&again), whole), "bit %zu", bit);
		}
		stella_buf_free(&again);
		bytes->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_ok(parse(&form, whole));
	stella_buf_put_u8(bytes, 0);
	ck_assert_ptr_nonnull(parse(&form, stella_buf_span(bytes)));
}

START_TEST(no_form_has_a_second_text_for_a_key)
{
	for (unsigned type = STELLA_KEY_ED25519; type <= STELLA_KEY_SK_P256; type++) {
		struct stella_keyform form = make_form((enum stella_keytype)type);
		struct stella_buf bytes = { 0 };

		stella_keyform_print_ssh(&bytes, &form);
		assert_one_form(stella_keyform_parse_ssh, stella_keyform_print_ssh, &bytes);
		stella_buf_free(&bytes);
		if (stella_keytype_is_fido(form.type))
			continue;
		stella_keyform_print_spki(&bytes, &form);
		assert_one_form(stella_keyform_parse_spki, stella_keyform_print_spki, &bytes);
		stella_buf_free(&bytes);
	}
}
END_TEST

START_TEST(parameters_of_the_algorithm_are_exact)
{
	static const struct {
		const char *what, *der;
		enum stella_code code;
	} cases[] = {
		{ "Ed25519 with NULL", "302c300706032b65700500032100"
			"0404040404040404040404040404040404040404040404040404040404040404", STELLA_MALFORMED },
		{ "Ed25519 with indefinite length", "3080300506032b6570032100"
			"04040404040404040404040404040404040404040404040404040404040404040000", STELLA_MALFORMED },
		{ "Ed25519 with a length in two bytes", "30812a300506032b6570032100"
			"0404040404040404040404040404040404040404040404040404040404040404", STELLA_MALFORMED },
		{ "Ed25519 with an unused bit", "302a300506032b6570032101"
			"0404040404040404040404040404040404040404040404040404040404040404", STELLA_MALFORMED },
		{ "Ed25519 with a third member", "302c300506032b6570032100"
			"04040404040404040404040404040404040404040404040404040404040404040500", STELLA_MALFORMED },
		{ "RSA without NULL", "3018300b06092a864886f70d01010103090030060201030201"
			"03", STELLA_MALFORMED },
		{ "RSA with a third number", "301d300d06092a864886f70d010101050003"
			"0c003009020103020103020103", STELLA_MALFORMED },
		{ "RSA with a negative modulus", "301a300d06092a864886f70d0101010500030900300602018302"
			"0103", STELLA_MALFORMED },
		{ "RSA with a modulus of too many zeros", "301b300d06092a864886f70d0101010500030a0030070202"
			"0003020103", STELLA_MALFORMED },
		{ "RSA with bytes after the key", "301c300d06092a864886f70d0101010500030b00300602010302"
			"01030500", STELLA_MALFORMED },
		{ "EC without a curve", "3010300906072a8648ce3d020103030004ff", STELLA_MALFORMED },
		{ "EC with NULL", "3012300b06072a8648ce3d0201050003030004ff", STELLA_MALFORMED },
		{ "EC on an unknown curve", "3017301006072a8648ce3d020106052b8104000a03030004ff",
			STELLA_ALGORITHM_UNSUPPORTED },
		{ "an unknown algorithm", "300c300506032b657103030004ff", STELLA_ALGORITHM_UNSUPPORTED },
		{ "nothing", "", STELLA_MALFORMED },
		{ "an empty sequence", "3000", STELLA_MALFORMED },
		{ "no bit string", "3007300506032b6570", STELLA_MALFORMED },
		{ "an empty bit string", "300a300506032b6570030100", STELLA_MALFORMED },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stella_buf der = hex(cases[i].der);
		struct stella_keyform form;
		const struct stella_error *err = stella_keyform_parse_spki(&form, stella_buf_span(&der));

		ck_assert_msg(err && err->code == cases[i].code, "%s: %s", cases[i].what, err ? err->message : "accepted");
		stella_buf_free(&der);
	}
}
END_TEST

static struct stella_buf wire(const char *type, const char *curve)
{
	struct stella_buf blob = { 0 };

	stella_buf_put_string(&blob, stella_span_str(type));
	if (curve)
		stella_buf_put_string(&blob, stella_span_str(curve));
	stella_buf_put_string(&blob, stella_span("\4\4\4", 3));
	return blob;
}

START_TEST(ssh_types_off_the_list_are_named)
{
	static const char *const types[] = {
		"ssh-dss", "ssh-ed448", "rsa-sha2-256", "ssh-ed25519-cert-v01@openssh.com", "ecdsa-sha2-nistp224",
		"webauthn-sk-ecdsa-sha2-nistp256@openssh.com", "Ssh-ed25519", "ssh-ed25519 ", "",
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct stella_buf blob = wire(types[i], NULL);
		struct stella_keyform form;
		const struct stella_error *err = stella_keyform_parse_ssh(&form, stella_buf_span(&blob));

		ck_assert_msg(stella_error_is(err, STELLA_ALGORITHM_UNSUPPORTED), "%s", types[i]);
		ck_assert(strstr(err->message, types[i]) && strstr(err->message, "algorithm not supported: ") == err->message);
		stella_buf_free(&blob);
	}
}
END_TEST

START_TEST(an_ssh_curve_is_that_of_its_type)
{
	struct stella_buf blob = wire("ecdsa-sha2-nistp256", "nistp384");
	struct stella_keyform form;

	assert_code(stella_keyform_parse_ssh(&form, stella_buf_span(&blob)), STELLA_MALFORMED);
	stella_buf_free(&blob);
	blob = wire("ecdsa-sha2-nistp256", "nistp256");
	assert_ok(stella_keyform_parse_ssh(&form, stella_buf_span(&blob)));
	stella_buf_free(&blob);
}
END_TEST

START_TEST(an_ssh_number_has_one_text)
{
	static const struct {
		const char *what, *exponent;
		bool good;
	} cases[] = {
		{ "three bytes", "00000003010001", true },
		{ "a zero too many", "0000000400010001", false },
		{ "the sign of a high bit", "000000020080", true },
		{ "negative", "0000000180", false },
		{ "zero as a byte", "0000000100", false },
		{ "zero", "00000000", true }, /* as a text; no RSA key has it */
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct stella_buf blob = { 0 }, exponent = hex(cases[i].exponent);
		struct stella_keyform form;

		stella_buf_put_string(&blob, stella_span_str("ssh-rsa"));
		stella_buf_put_span(&blob, stella_buf_span(&exponent));
		stella_buf_put_string(&blob, stella_span("\5", 1));
		ck_assert_msg(!stella_keyform_parse_ssh(&form, stella_buf_span(&blob)) == cases[i].good,
			"%s", cases[i].what);
		stella_buf_free(&blob);
		stella_buf_free(&exponent);
	}
}
END_TEST

START_TEST(lengths_beyond_the_end_are_refused)
{
	struct stella_keyform form;
	struct stella_buf blob = hex("ffffffff7373682d65643235353139");

	assert_code(stella_keyform_parse_ssh(&form, stella_buf_span(&blob)), STELLA_MALFORMED);
	stella_buf_free(&blob);
	blob = hex("0000000b7373682d65643235353139ffffffff04");
	assert_code(stella_keyform_parse_ssh(&form, stella_buf_span(&blob)), STELLA_MALFORMED);
	stella_buf_free(&blob);
	assert_code(stella_keyform_parse_ssh(&form, stella_span(NULL, 0)), STELLA_MALFORMED);
	assert_code(stella_keyform_parse_spki(&form, stella_span(NULL, 0)), STELLA_MALFORMED);
}
END_TEST

START_TEST(an_application_has_no_nul)
{
	struct stella_keyform form = make_form(STELLA_KEY_SK_ED25519), again;
	struct stella_buf blob = { 0 };

	form.application = stella_span("ssh:\0x", 6);
	stella_keyform_print_ssh(&blob, &form);
	assert_code(stella_keyform_parse_ssh(&again, stella_buf_span(&blob)), STELLA_MALFORMED);
	stella_buf_free(&blob);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, every_type_comes_back_from_its_wire_form);
	tcase_add_test(t, every_type_but_fido_comes_back_from_spki);
	tcase_add_test(t, no_form_has_a_second_text_for_a_key);
	tcase_add_test(t, parameters_of_the_algorithm_are_exact);
	tcase_add_test(t, ssh_types_off_the_list_are_named);
	tcase_add_test(t, an_ssh_curve_is_that_of_its_type);
	tcase_add_test(t, an_ssh_number_has_one_text);
	tcase_add_test(t, lengths_beyond_the_end_are_refused);
	tcase_add_test(t, an_application_has_no_nul);
}

CHECK_MAIN("keyform", fill)
