/* SPDX-License-Identifier: Apache-2.0 */
#include "certs.h"
#include "der.h"

#define SPAN(text) stella_span((text), sizeof(text) - 1)

/* ---------------------------------------------------------------- what a good one says */

START_TEST(a_certificate_says_who_when_and_what_for)
{
	struct stella_cert *leaf = load_cert("leaf"), *inter = load_cert("inter"), *root = load_cert("root");
	struct stella_span extension;
	enum stella_san type;
	const char *value;

	ck_assert_str_eq(stella_cert_subject(leaf), "CN=Test Signer");
	ck_assert_str_eq(stella_cert_issuer(leaf), "CN=Test Intermediate");
	ck_assert(stella_cert_not_before(leaf) == time_of("2020-01-01T00:00:00Z"));
	ck_assert(stella_cert_not_after(leaf) == time_of("2049-12-31T00:00:00Z"));
	ck_assert(!stella_cert_is_ca(leaf) && !stella_cert_is_self_issued(leaf));
	ck_assert(stella_cert_is_ca(inter) && !stella_cert_is_self_issued(inter));
	ck_assert(stella_cert_is_ca(root) && stella_cert_is_self_issued(root));
	ck_assert_int_eq(stella_pubkey_type(stella_cert_key(leaf)), STELLA_KEY_P256);
	ck_assert_int_eq(stella_pubkey_type(stella_cert_key(root)), STELLA_KEY_P384);
	ck_assert(stella_cert_san(leaf, 0, &type, &value) && type == STELLA_SAN_EMAIL);
	ck_assert_str_eq(value, "builder@example.org");
	ck_assert(stella_cert_san(leaf, 1, &type, &value) && type == STELLA_SAN_URI);
	ck_assert_str_eq(value, "https://ci.example.org/build@refs/heads/main");
	ck_assert(stella_cert_san(leaf, 2, &type, &value) && type == STELLA_SAN_DNS);
	ck_assert_str_eq(value, "ci.example.org");
	ck_assert(!stella_cert_san(leaf, 3, &type, &value));
	ck_assert_uint_eq(stella_cert_san_count(leaf), 3);
	ck_assert_uint_eq(stella_cert_san_count(root), 0);
	ck_assert(stella_cert_tbs(leaf).size > 0 && stella_cert_tbs(leaf).size < stella_cert_der(leaf).size);
	ck_assert(stella_cert_extension(leaf, stella_span("\x55\x1d\x13", 3), &extension) ||
		stella_cert_extension(leaf, stella_span("\x55\x1d\x25", 3), &extension));
	ck_assert(extension.size > 0 && extension.data[0] == STELLA_DER_SEQUENCE);
	ck_assert(!stella_cert_extension(leaf, stella_span("\x55\x1d\x7f", 3), &extension));
	ck_assert(!stella_cert_san(root, 0, &type, &value));
	stella_cert_free(leaf);
	stella_cert_free(inter);
	stella_cert_free(root);
}
END_TEST

START_TEST(of_other_names_fulcios_alone_is_listed)
{
	struct stella_cert *leaf = load_cert("leaf-othername");
	enum stella_san type;
	const char *value;

	ck_assert(stella_cert_san(leaf, 0, &type, &value) && type == STELLA_SAN_OTHERNAME);
	ck_assert_str_eq(value, "jane!example.org"); /* not what is an IA5String or of another type */
	ck_assert(!stella_cert_san(leaf, 1, &type, &value));
	ck_assert_uint_eq(stella_cert_san_count(leaf), 3); /* but counted, as any name is */
	ck_assert(stella_san_find(&type, "othername") && type == STELLA_SAN_OTHERNAME);
	ck_assert_str_eq(stella_san_name(type), "othername");
	stella_cert_free(leaf);
}
END_TEST

START_TEST(the_fingerprint_is_of_the_bytes)
{
	struct stella_cert *leaf = load_cert("leaf");
	struct stella_sha256 digest = stella_sha256(stella_cert_der(leaf));

	ck_assert(stella_sha256_equal(stella_cert_fingerprint(leaf), &digest));
	stella_cert_free(leaf);
}
END_TEST

START_TEST(names_of_kinds_are_found_by_name)
{
	enum stella_san type;

	ck_assert(stella_san_find(&type, "uri") && type == STELLA_SAN_URI);
	ck_assert(stella_san_find(&type, "email") && type == STELLA_SAN_EMAIL);
	ck_assert(stella_san_find(&type, "dns") && type == STELLA_SAN_DNS);
	ck_assert(!stella_san_find(&type, "URI") && !stella_san_find(&type, ""));
	ck_assert_str_eq(stella_san_name(STELLA_SAN_DNS), "dns");
}
END_TEST

START_TEST(a_keyless_certificate_has_no_subject)
{
	struct stella_cert *cert = load_cert("leaf-keyless");

	ck_assert_str_eq(stella_cert_subject(cert), "");
	stella_cert_free(cert);
}
END_TEST

START_TEST(a_time_beyond_2049_is_read)
{
	struct stella_cert *cert = load_cert("leaf-2074");

	ck_assert(stella_cert_not_after(cert) == time_of("2074-10-04T00:00:00Z"));
	stella_cert_free(cert);
}
END_TEST

START_TEST(a_key_that_is_not_supported_is_no_key)
{
	struct stella_cert *cert = load_cert("leaf-rsa1024");

	ck_assert_ptr_null(stella_cert_key(cert));
	stella_cert_free(cert);
}
END_TEST

/* ---------------------------------------------------------------- what is refused */

enum { VERSION, SERIAL, ALGORITHM, ISSUER, VALIDITY, SUBJECT, KEY, EXTENSIONS, FIELDS };

/* A certificate with one field of its signed part in other bytes (the signature is not looked at). */
static const struct stella_error *parse_with_of(const char *name, unsigned field, struct stella_span bytes)
{
	struct stella_cert *leaf = load_cert(name), *cert = NULL;
	struct stella_cursor all = stella_cursor(stella_cert_der(leaf)), in, tbs;
	struct stella_buf fields = { 0 }, body = { 0 }, der = { 0 };
	const struct stella_error *err;
	struct stella_span content;
	uint8_t tag;

	ck_assert(stella_der_enter(&all, STELLA_DER_SEQUENCE, &in));
	ck_assert(stella_der_enter(&in, STELLA_DER_SEQUENCE, &tbs));
	for (unsigned i = 0; i < FIELDS; i++) {
		const uint8_t *start = tbs.at;

		ck_assert(stella_der_next(&tbs, &tag, &content));
		if (i == field)
			stella_buf_put_span(&fields, bytes);
		else
			stella_buf_put(&fields, start, (size_t)(tbs.at - start));
	}
	stella_der_put(&body, STELLA_DER_SEQUENCE, stella_buf_span(&fields));
	stella_buf_put(&body, in.at, in.left);
	stella_der_put(&der, STELLA_DER_SEQUENCE, stella_buf_span(&body));
	err = stella_cert_parse(&cert, stella_buf_span(&der));
	ck_assert(!err == (cert != NULL));
	stella_cert_free(cert);
	stella_cert_free(leaf);
	stella_buf_free(&fields);
	stella_buf_free(&body);
	stella_buf_free(&der);
	return err;
}

static const struct stella_error *parse_with(unsigned field, struct stella_span bytes)
{
	return parse_with_of("leaf", field, bytes);
}

static void assert_refused(const struct stella_error *err, enum stella_code code, const char *what,
	const char *why)
{
	ck_assert_msg(err != NULL, "%s: accepted", what);
	ck_assert_msg(err->code == code, "%s: %s (%s)", what, stella_code_word(err->code), err->message);
	ck_assert_msg(strstr(err->message, why), "%s: \"%s\" does not say \"%s\"", what, err->message, why);
}

START_TEST(a_field_that_is_not_what_it_should_be_is_refused)
{
	static const struct { unsigned field; const char *what, *why, *der; size_t size; } cases[] = {
#define CASE(field, what, why, der) { field, what, why, der, sizeof(der) - 1 }
		CASE(VERSION, "version 1 written out", "version", "\xa0\x03\x02\x01\x00"),
		CASE(VERSION, "version 4", "version", "\xa0\x03\x02\x01\x03"),
		CASE(VERSION, "two versions", "version", "\xa0\x06\x02\x01\x02\x02\x01\x02"),
		CASE(VERSION, "version 2 with extensions", "extensions before version 3",
			"\xa0\x03\x02\x01\x01"),
		CASE(VERSION, "version 1 with extensions", "extensions before version 3", ""),
		CASE(SERIAL, "no serial", "serial", ""),
		CASE(SERIAL, "serial 0 of a certificate that is no root", "serial number is zero",
			"\x02\x01\x00"),
		CASE(SERIAL, "serial -1", "serial", "\x02\x01\xff"),
		CASE(SERIAL, "serial of 21 bytes", "serial",
			"\x02\x15\x01" "aaaaaaaaaaaaaaaaaaaa"),
		CASE(SERIAL, "serial of 20 bytes and a zero before", "serial",
			"\x02\x15\x00\x80" "aaaaaaaaaaaaaaaaaaa"),
		CASE(SERIAL, "serial that is not minimal", "integer is not minimal", "\x02\x02\x00\x01"),
		CASE(SERIAL, "serial that is text", "serial", "\x0c\x01\x31"),
		CASE(ALGORITHM, "another algorithm inside", "not the one outside",
			"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"),
		CASE(ALGORITHM, "no algorithm inside", "not the one outside", "\x30\x00"),
		CASE(ISSUER, "no issuer", "no issuer name", "\x30\x00"),
		CASE(ISSUER, "issuer that is no sequence", "no issuer name", "\x31\x00"),
		CASE(ISSUER, "issuer that is no name", "distinguished name", "\x30\x02\x05\x00"),
		CASE(SUBJECT, "no subject and no critical names", "no critical alternative name", "\x30\x00"),
		CASE(VALIDITY, "validity of one time", "validity", "\x30\x0f\x17\x0d" "200101000000Z"),
		CASE(VALIDITY, "validity of three times", "before it begins",
			"\x30\x2d\x17\x0d" "200101000000Z" "\x17\x0d" "300101000000Z" "\x17\x0d" "300101000000Z"),
		CASE(VALIDITY, "end before begin", "before it begins",
			"\x30\x1e\x17\x0d" "200101000001Z" "\x17\x0d" "200101000000Z"),
		CASE(VALIDITY, "no seconds", "validity",
			"\x30\x1c\x17\x0b" "2001010000Z" "\x17\x0d" "300101000000Z"),
		CASE(VALIDITY, "an offset", "validity",
			"\x30\x1e\x17\x0d" "200101000000Z" "\x17\x0d" "3001010000+01"),
		CASE(VALIDITY, "a fraction", "validity",
			"\x30\x22\x17\x0d" "200101000000Z" "\x18\x11" "20600101000000.1Z"),
		CASE(VALIDITY, "no Z", "validity",
			"\x30\x1f\x17\x0d" "200101000000Z" "\x18\x0e" "20600101000000"),
		CASE(VALIDITY, "a 30th of February", "validity",
			"\x30\x1e\x17\x0d" "200230000000Z" "\x17\x0d" "300101000000Z"),
		CASE(VALIDITY, "a month 13", "validity",
			"\x30\x1e\x17\x0d" "201301000000Z" "\x17\x0d" "300101000000Z"),
		CASE(VALIDITY, "an hour 24", "validity",
			"\x30\x1e\x17\x0d" "200101240000Z" "\x17\x0d" "300101000000Z"),
		CASE(VALIDITY, "a NUL in a time", "validity",
			"\x30\x1e\x17\x0d" "2001010000\0" "0Z" "\x17\x0d" "300101000000Z"),
		CASE(VALIDITY, "the year 0", "validity",
			"\x30\x20\x18\x0f" "00000101000000Z" "\x17\x0d" "300101000000Z"),
		CASE(KEY, "no key", "public key", "\x30\x00"),
		CASE(KEY, "key that is no sequence", "public key", "\x05\x00"),
		CASE(EXTENSIONS, "unique identifier", "unique identifiers", "\x81\x02\x00\x01"),
		CASE(EXTENSIONS, "empty extensions", "extensions are not", "\xa3\x02\x30\x00"),
		CASE(EXTENSIONS, "two lists of extensions", "extensions are not",
			"\xa3\x0d\x30\x09\x30\x07\x06\x03\x2a\x03\x04\x04\x00\x30\x00"),
		CASE(EXTENSIONS, "no list of extensions", "extensions are not", "\xa3\x02\x31\x00"),
		CASE(EXTENSIONS, "extension without a value", "an extension is not",
			"\xa3\x09\x30\x07\x30\x05\x06\x03\x55\x1d\x25"),
		CASE(EXTENSIONS, "critical FALSE written out", "an extension is not",
			"\xa3\x0e\x30\x0c\x30\x0a\x06\x03\x55\x1d\x25\x01\x01\x00\x04\x00"),
		CASE(EXTENSIONS, "bytes after a value", "an extension is not",
			"\xa3\x0d\x30\x0b\x30\x09\x06\x03\x2a\x03\x04\x04\x00\x05\x00"),
	};

	assert_ok(parse_with(SERIAL, SPAN("\x02\x14\x01" "aaaaaaaaaaaaaaaaaaa")));
	assert_ok(parse_with(SERIAL, SPAN("\x02\x14\x00\x80" "aaaaaaaaaaaaaaaaaa")));
	assert_ok(parse_with(SERIAL, SPAN("\x02\x01\x01")));
	assert_ok(parse_with_of("root", SERIAL, SPAN("\x02\x01\x00"))); /* well-known roots have it */
	assert_ok(parse_with(VALIDITY, SPAN("\x30\x20\x17\x0d" "500101000000Z" "\x18\x0f" "99991231235959Z")));
	assert_ok(parse_with(ISSUER, SPAN("\x30\x0b\x31\x09\x30\x07\x06\x03\x55\x04\x0a\x13\x00"))); /* O="" */
	assert_ok(parse_with(VALIDITY, SPAN("\x30\x1e\x17\x0d" "200101000000Z" "\x17\x0d" "200101000000Z")));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_refused(parse_with(cases[i].field, stella_span(cases[i].der, cases[i].size)),
			STELLA_MALFORMED, cases[i].what, cases[i].why);
}
END_TEST

START_TEST(two_digit_years_are_of_1950_to_2049)
{
	assert_ok(parse_with(VALIDITY, SPAN("\x30\x20\x17\x0d" "500101000000Z" "\x18\x0f" "19600101000000Z")));
	assert_refused(parse_with(VALIDITY,
		SPAN("\x30\x20\x17\x0d" "490101000000Z" "\x18\x0f" "19600101000000Z")), STELLA_MALFORMED, "2049", "before it begins");
}
END_TEST

/* leaf.pem with these extensions alone */
static void put_extension(struct stella_buf *out, struct stella_span oid, struct stella_span value)
{
	struct stella_buf one = { 0 };

	stella_der_put(&one, STELLA_DER_OID, oid);
	stella_der_put(&one, STELLA_DER_OCTET_STRING, value);
	stella_der_put(out, STELLA_DER_SEQUENCE, stella_buf_span(&one));
	stella_buf_free(&one);
}

static const struct stella_error *parse_with_list(struct stella_span list)
{
	struct stella_buf sequence = { 0 }, field = { 0 };
	const struct stella_error *err;

	stella_der_put(&sequence, STELLA_DER_SEQUENCE, list);
	stella_der_put(&field, STELLA_DER_CONSTRUCTED | 3, stella_buf_span(&sequence));
	err = parse_with(EXTENSIONS, stella_buf_span(&field));
	stella_buf_free(&sequence);
	stella_buf_free(&field);
	return err;
}

static const struct stella_error *parse_with_extension(struct stella_span oid, struct stella_span value)
{
	struct stella_buf list = { 0 };
	const struct stella_error *err;

	put_extension(&list, oid, value);
	err = parse_with_list(stella_buf_span(&list));
	stella_buf_free(&list);
	return err;
}

#define BASIC "\x55\x1d\x13"
#define USAGE "\x55\x1d\x0f"
#define EKU "\x55\x1d\x25"
#define SAN "\x55\x1d\x11"
#define NC "\x55\x1d\x1e"

START_TEST(an_extension_that_is_not_what_it_should_be_is_refused)
{
	static const struct { const char *oid, *what, *why, *der; size_t size; } cases[] = {
		CASE(BASIC, "basic constraints: no sequence", "basic constraints", "\x05\x00"),
		CASE(BASIC, "basic constraints: nothing", "cut off", ""),
		CASE(BASIC, "basic constraints: CA FALSE written out", "basic constraints",
			"\x30\x03\x01\x01\x00"),
		CASE(BASIC, "basic constraints: CA 1", "boolean", "\x30\x03\x01\x01\x01"),
		CASE(BASIC, "basic constraints: path length -1", "basic constraints",
			"\x30\x06\x01\x01\xff\x02\x01\xff"),
		CASE(BASIC, "basic constraints: path length of no CA", "without being a CA",
			"\x30\x03\x02\x01\x00"),
		CASE(BASIC, "basic constraints: bytes after", "bytes after its end", "\x30\x00\x00"),
		CASE(BASIC, "basic constraints: more inside", "basic constraints",
			"\x30\x05\x01\x01\xff\x05\x00"),
		CASE(USAGE, "key usage: no bit", "key usage", "\x03\x01\x00"),
		CASE(USAGE, "key usage: all zero", "key usage", "\x03\x02\x00\x00"),
		CASE(USAGE, "key usage: trailing zero bits", "key usage", "\x03\x02\x00\x80"),
		CASE(USAGE, "key usage: unused bits set", "unused bits", "\x03\x02\x07\xff"),
		CASE(USAGE, "key usage: too many bits", "key usage", "\x03\x04\x00\x80\x80\x01"),
		CASE(USAGE, "key usage: a number", "key usage", "\x02\x01\x01"),
		CASE(EKU, "extended key usage: empty", "extended key usage", "\x30\x00"),
		CASE(EKU, "extended key usage: a number", "extended key usage", "\x30\x03\x02\x01\x01"),
		CASE(EKU, "extended key usage: arc too long", "arc above",
			"\x30\x08\x06\x06\x2a\x90\x80\x80\x80\x00"),
		CASE(SAN, "names: empty", "names are empty", "\x30\x00"),
		CASE(SAN, "names: a NUL", "printable ASCII", "\x30\x05\x81\x03" "a\0b"),
		CASE(SAN, "names: a newline", "printable ASCII", "\x30\x05\x86\x03" "a\nb"),
		CASE(SAN, "names: DEL", "printable ASCII", "\x30\x05\x86\x03" "a\x7f" "b"),
		CASE(SAN, "names: not ASCII", "printable ASCII", "\x30\x05\x82\x03" "a\xc3\xa9"),
		CASE(SAN, "names: an empty one", "is empty", "\x30\x02\x81\x00"),
		CASE(SAN, "names: text that is constructed", "no known kind", "\x30\x04\xa1\x02\x05\x00"),
		CASE(SAN, "names: kind 9", "no known kind", "\x30\x03\x89\x01" "a"),
		CASE(SAN, "names: plain text", "no known kind", "\x30\x03\x16\x01" "a"),
		CASE(SAN, "names: otherName that is primitive", "no known kind", "\x30\x03\x80\x01" "a"),
		CASE(SAN, "names: otherName of an OID alone", "no known kind", "\x30\x06\xa0\x04\x06\x02\x2a\x03"),
		CASE(SAN, "names: otherName with more", "no known kind",
			"\x30\x0c\xa0\x0a\x06\x02\x2a\x03\xa0\x02\x05\x00\x05\x00"),
		CASE(SAN, "names: otherName of two values", "no known kind",
			"\x30\x0c\xa0\x0a\x06\x02\x2a\x03\xa0\x04\x05\x00\x05\x00"),
		CASE(SAN, "names: otherName of no value", "no known kind",
			"\x30\x08\xa0\x06\x06\x02\x2a\x03\xa0\x00"),
		CASE(SAN, "names: otherName without an OID", "no known kind", "\x30\x06\xa0\x04\xa0\x02\x05\x00"),
		CASE(SAN, "names: directory name that is none", "no known kind", "\x30\x04\xa4\x02\x05\x00"),
		CASE(SAN, "names: empty address", "no known kind", "\x30\x02\x87\x00"),
		CASE(SAN, "names: directory name of two", "no known kind", "\x30\x06\xa4\x04\x30\x00\x30\x00"),
		CASE(SAN, "names: x400Address", "no known kind", "\x30\x04\xa3\x02\x05\x00"),
		CASE(SAN, "names: of a private class", "no known kind", "\x30\x03\xc1\x01" "a"),
		CASE(SAN, "names: bad OID in otherName", "object identifier",
			"\x30\x08\xa0\x06\x06\x02\x2a\x86\xa0\x00"),
		CASE(NC, "name constraints: empty", "are empty", "\x30\x00"),
		CASE(NC, "name constraints: both lists empty", "are empty", "\x30\x04\xa0\x00\xa1\x00"),
		CASE(NC, "name constraints: in the wrong order", "too many",
			"\x30\x0e\xa1\x05\x30\x03\x82\x01" "a" "\xa0\x05\x30\x03\x82\x01" "a"),
		CASE(NC, "name constraints: a minimum", "minimum",
			"\x30\x0a\xa0\x08\x30\x06\x82\x01" "a" "\x80\x01\x01"),
		CASE(NC, "name constraints: a maximum", "minimum",
			"\x30\x0a\xa0\x08\x30\x06\x82\x01" "a" "\x81\x01\x01"),
		CASE(NC, "name constraints: no sequence", "no sequence", "\x05\x00"),
		CASE(NC, "name constraints: one that is no sequence", "is no sequence", "\x30\x04\xa0\x02\x05\x00"),
		CASE(NC, "name constraints: more than two lists", "too many",
			"\x30\x0b\xa0\x05\x30\x03\x82\x01" "a" "\xa2\x02\x05\x00"),
		CASE(NC, "name constraints: no base", "no known kind", "\x30\x04\xa0\x02\x30\x00"),
		CASE(NC, "name constraints: not ASCII", "printable ASCII",
			"\x30\x07\xa0\x05\x30\x03\x82\x01\xe9"),
	};

	assert_ok(parse_with_extension(SPAN(BASIC), SPAN("\x30\x00")));
	assert_ok(parse_with_extension(SPAN(BASIC), SPAN("\x30\x06\x01\x01\xff\x02\x01\x05")));
	assert_ok(parse_with_extension(SPAN(BASIC), SPAN("\x30\x07\x01\x01\xff\x02\x02\x00\x80")));
	assert_ok(parse_with_extension(SPAN(USAGE), SPAN("\x03\x02\x07\x80")));
	assert_ok(parse_with_extension(SPAN(USAGE), SPAN("\x03\x03\x07\x80\x80")));
	assert_ok(parse_with_extension(SPAN(SAN), SPAN("\x30\x05\x86\x03" " ~ ")));
	assert_ok(parse_with_extension(SPAN(SAN), SPAN("\x30\x06\x87\x04\x7f\x00\x00\x01")));
	assert_ok(parse_with_extension(SPAN(SAN), SPAN("\x30\x0a\xa0\x08\x06\x02\x2a\x03\xa0\x02\x05\x00")));
	assert_ok(parse_with_extension(SPAN(NC), SPAN("\x30\x07\xa1\x05\x30\x03\x82\x01" "a")));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_refused(parse_with_extension(stella_span_str(cases[i].oid),
			stella_span(cases[i].der, cases[i].size)), STELLA_MALFORMED, cases[i].what, cases[i].why);
}
END_TEST

START_TEST(an_extension_stands_there_once)
{
	struct stella_buf list = { 0 };

	put_extension(&list, SPAN("\x2a\x03\x04"), SPAN("\x05\x00"));
	assert_ok(parse_with_list(stella_buf_span(&list)));
	put_extension(&list, SPAN("\x2a\x03\x04"), SPAN("\x05\x00"));
	assert_refused(parse_with_list(stella_buf_span(&list)), STELLA_MALFORMED, "twice", "twice");
	stella_buf_free(&list);
}
END_TEST

START_TEST(numbers_have_limits)
{
	struct stella_buf list = { 0 }, names = { 0 }, subtrees = { 0 }, value = { 0 };
	struct stella_cert *cert;

	for (unsigned i = 0; i < 2000; i++) {
		uint8_t oid[] = { 0x2a, 0x03, (uint8_t)(0x81 + (i >> 7)), i & 0x7f };

		put_extension(&list, stella_span(oid, sizeof oid), SPAN(""));
		stella_der_put(&names, 0x82, SPAN("a"));
		stella_der_put(&subtrees, STELLA_DER_SEQUENCE, SPAN("\x82\x01" "a"));
		if (i == 127)
			assert_ok(parse_with_list(stella_buf_span(&list)));
		if (i == 128)
			assert_code(parse_with_list(stella_buf_span(&list)), STELLA_LIMIT);
	}
	assert_code(parse_with_list(stella_buf_span(&list)), STELLA_LIMIT);
	stella_der_put(&value, STELLA_DER_SEQUENCE, stella_buf_span(&names));
	assert_code(parse_with_extension(SPAN(SAN), stella_buf_span(&value)), STELLA_LIMIT);
	stella_buf_free(&names);
	stella_buf_free(&value);
	stella_der_put(&names, STELLA_DER_CONSTRUCTED, stella_buf_span(&subtrees));
	stella_der_put(&value, STELLA_DER_SEQUENCE, stella_buf_span(&names));
	assert_code(parse_with_extension(SPAN(NC), stella_buf_span(&value)), STELLA_LIMIT);
	stella_buf_reserve(&list, 1 << 20);
	assert_code(stella_cert_parse(&cert, stella_span(list.data, (64 << 10) + 1)), STELLA_LIMIT);
	assert_code(stella_cert_parse_pem(&cert, stella_span(list.data, 1 << 18)), STELLA_LIMIT);
	stella_buf_free(&list);
	stella_buf_free(&names);
	stella_buf_free(&subtrees);
	stella_buf_free(&value);
}
END_TEST

START_TEST(names_without_a_subject_must_be_critical)
{
	static const char *const names[] = { "leaf-noncritical-san", "leaf-no-name" };

	for (size_t i = 0; i < 2; i++) {
		struct stella_buf pem = read_cert(names[i]);
		struct stella_cert *cert;

		assert_refused(stella_cert_parse_pem(&cert, stella_buf_span(&pem)), STELLA_MALFORMED, names[i],
			"no subject");
		stella_buf_free(&pem);
	}
}
END_TEST

START_TEST(every_cut_and_every_byte_after_is_refused)
{
	struct stella_cert *leaf = load_cert("leaf"), *cert;
	struct stella_buf longer = { 0 };
	struct stella_span der = stella_cert_der(leaf);

	for (size_t size = 0; size < der.size; size++)
		assert_code(stella_cert_parse(&cert, stella_span(der.data, size)), STELLA_MALFORMED);
	stella_buf_put_span(&longer, der);
	stella_buf_put_u8(&longer, 0);
	assert_code(stella_cert_parse(&cert, stella_buf_span(&longer)), STELLA_MALFORMED);
	ck_assert_ptr_null(cert);
	stella_buf_free(&longer);
	stella_cert_free(leaf);
}
END_TEST

/* What is around the signed part: leaf.pem less its signature, and this instead. */
static const struct stella_error *parse_with_tail(struct stella_span tail)
{
	struct stella_cert *leaf = load_cert("leaf"), *cert;
	struct stella_cursor all = stella_cursor(stella_cert_der(leaf)), in;
	struct stella_buf body = { 0 }, der = { 0 };
	const struct stella_error *err;
	struct stella_span whole;

	ck_assert(stella_der_enter(&all, STELLA_DER_SEQUENCE, &in));
	for (int i = 0; i < 2; i++) {
		ck_assert(stella_der_take_whole(&in, STELLA_DER_SEQUENCE, &whole));
		stella_buf_put_span(&body, whole);
	}
	stella_buf_put_span(&body, tail);
	stella_der_put(&der, STELLA_DER_SEQUENCE, stella_buf_span(&body));
	err = stella_cert_parse(&cert, stella_buf_span(&der));
	stella_cert_free(cert);
	stella_cert_free(leaf);
	stella_buf_free(&body);
	stella_buf_free(&der);
	return err;
}

START_TEST(there_is_one_signature_of_whole_bytes_and_nothing_after)
{
	static const char why[] = "to-be-signed part, algorithm and signature";

	assert_ok(parse_with_tail(SPAN("\x03\x02\x00\x01")));
	assert_refused(parse_with_tail(SPAN("")), STELLA_MALFORMED, "none", why);
	assert_refused(parse_with_tail(SPAN("\x04\x02\x00\x01")), STELLA_MALFORMED, "other type", why);
	assert_refused(parse_with_tail(SPAN("\x03\x02\x01\x02")), STELLA_MALFORMED, "seven bits", why);
	assert_refused(parse_with_tail(SPAN("\x03\x02\x00\x01\x05\x00")), STELLA_MALFORMED, "more", why);
}
END_TEST

START_TEST(pem_is_one_certificate_and_nothing_else)
{
	struct stella_buf pem = read_cert("leaf"), other = { 0 };
	struct stella_cert *cert;

	stella_buf_put_span(&other, stella_buf_span(&pem));
	stella_buf_put_span(&other, stella_buf_span(&pem));
	assert_code(stella_cert_parse_pem(&cert, stella_buf_span(&other)), STELLA_MALFORMED);
	other.size = 0;
	stella_buf_put_str(&other, "text before\n");
	stella_buf_put_span(&other, stella_buf_span(&pem));
	assert_code(stella_cert_parse_pem(&cert, stella_buf_span(&other)), STELLA_MALFORMED);
	other.size = 0;
	stella_pem_print(&other, "PUBLIC KEY", SPAN("\x30\x00"));
	assert_code(stella_cert_parse_pem(&cert, stella_buf_span(&other)), STELLA_MALFORMED);
	stella_buf_free(&pem);
	stella_buf_free(&other);
}
END_TEST

/* Whatever one flipped bit does, it crashes nothing and hides nothing: the bytes are what they are. */
START_TEST(a_flipped_bit_is_refused_or_seen)
{
	struct stella_cert *leaf = load_cert("leaf"), *cert;
	struct stella_buf der = { 0 };

	stella_buf_put_span(&der, stella_cert_der(leaf));
	for (size_t i = 0; i < der.size * 8; i++) {
		der.data[i / 8] ^= (uint8_t)(1 << i % 8);
		if (!stella_cert_parse(&cert, stella_buf_span(&der)))
			ck_assert(memcmp(stella_cert_fingerprint(cert), stella_cert_fingerprint(leaf), 32) != 0);
		stella_cert_free(cert);
		der.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	stella_buf_free(&der);
	stella_cert_free(leaf);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, a_certificate_says_who_when_and_what_for);
	tcase_add_test(t, of_other_names_fulcios_alone_is_listed);
	tcase_add_test(t, the_fingerprint_is_of_the_bytes);
	tcase_add_test(t, names_of_kinds_are_found_by_name);
	tcase_add_test(t, a_keyless_certificate_has_no_subject);
	tcase_add_test(t, a_time_beyond_2049_is_read);
	tcase_add_test(t, a_key_that_is_not_supported_is_no_key);
	tcase_add_test(t, a_field_that_is_not_what_it_should_be_is_refused);
	tcase_add_test(t, two_digit_years_are_of_1950_to_2049);
	tcase_add_test(t, an_extension_that_is_not_what_it_should_be_is_refused);
	tcase_add_test(t, an_extension_stands_there_once);
	tcase_add_test(t, numbers_have_limits);
	tcase_add_test(t, names_without_a_subject_must_be_critical);
	tcase_add_test(t, every_cut_and_every_byte_after_is_refused);
	tcase_add_test(t, there_is_one_signature_of_whole_bytes_and_nothing_after);
	tcase_add_test(t, pem_is_one_certificate_and_nothing_else);
	tcase_add_test(t, a_flipped_bit_is_refused_or_seen);
}

CHECK_MAIN("x509", fill)
