/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "check.h"
#include "encode.h"
#include "jwk.h"

/* RFC 7517 A.1 */
#define EC_X "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"
#define EC_Y "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"
#define RSA_N "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs" \
	"tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpb" \
	"ISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
#define EC "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"use\":\"enc\",\"kid\":\"1\"}"
#define EC_SIG "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"kid\":\"1\"}"
#define RSA "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}"
/* RFC 8037 A.2 */
#define OKP "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"
#define SET(keys) "{\"keys\":[" keys "]}"

static const struct stella_error *parse(struct stella_jwks *out, const char *text)
{
	return stella_jwks_parse(out, stella_span_str(text));
}

static void refuses(const char *text, enum stella_code code, const char *why)
{
	struct stella_jwks jwks;
	const struct stella_error *err = parse(&jwks, text);

	ck_assert_msg(err != NULL, "%s: taken", text);
	ck_assert_msg(err->code == code, "%s: %s", text, err->message);
	ck_assert_msg(strstr(err->message, why) != NULL, "%s: %s", text, err->message);
	ck_assert(!jwks.items && !jwks.count);
}

START_TEST(the_examples_of_the_rfcs_are_taken)
{
	struct stella_jwks jwks;

	assert_ok(parse(&jwks, SET(EC "," RSA)));
	ck_assert_uint_eq(jwks.count, 1); /* the first is for encryption */
	ck_assert_uint_eq(jwks.encryption_count, 1);
	ck_assert_str_eq(jwks.items[0].kid, "2011-04-29");
	ck_assert_int_eq(jwks.items[0].alg, STELLA_SIG_RSA_SHA256);
	ck_assert_str_eq(stella_pubkey_type_name(jwks.items[0].key), "RSA 2048");
	stella_jwks_free(&jwks);
	assert_ok(parse(&jwks, SET(EC_SIG "," OKP)));
	ck_assert_uint_eq(jwks.count, 2);
	ck_assert_str_eq(stella_pubkey_type_name(jwks.items[0].key), "ECDSA P-256");
	ck_assert_int_eq(jwks.items[0].alg, STELLA_SIG_ECDSA_SHA256);
	ck_assert_str_eq(stella_pubkey_type_name(jwks.items[1].key), "Ed25519");
	ck_assert_ptr_null(jwks.items[1].kid);
	stella_jwks_free(&jwks);
}
END_TEST

/* RFC 8037 A.4: the signature of the JWS by that key. */
START_TEST(a_key_verifies_what_its_private_half_signed)
{
	struct stella_jwks jwks;
	struct stella_buf sig = { 0 };
	struct stella_span message = stella_span_str("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");

	assert_ok(stella_base64_parse(&sig, stella_span_str("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"),
		STELLA_BASE64_ANY));
	assert_ok(parse(&jwks, SET(OKP)));
	assert_ok(stella_pubkey_verify(jwks.items[0].key, jwks.items[0].alg, message, stella_buf_span(&sig)));
	sig.data[0] ^= 1;
	assert_code(stella_pubkey_verify(jwks.items[0].key, jwks.items[0].alg, message, stella_buf_span(&sig)),
		STELLA_SIGNATURE_MISMATCH);
	stella_jwks_free(&jwks);
	stella_buf_free(&sig);
}
END_TEST

START_TEST(an_empty_set_is_a_set)
{
	struct stella_jwks jwks;

	assert_ok(parse(&jwks, SET("")));
	ck_assert_uint_eq(jwks.count, 0);
	stella_jwks_free(&jwks);
	assert_ok(parse(&jwks, "{\"keys\":[],\"other\":1}")); /* RFC 7517 5: additional members are ignored */
	stella_jwks_free(&jwks);
}
END_TEST

START_TEST(what_is_no_set_is_refused)
{
	refuses("", STELLA_MALFORMED, "JWK set");
	refuses("[]", STELLA_MALFORMED, "JWK set");
	refuses("{}", STELLA_MALFORMED, "\"keys\": missing");
	refuses("{\"keys\":{}}", STELLA_MALFORMED, "\"keys\"");
	refuses("{\"keys\":[],\"keys\":[]}", STELLA_MALFORMED, "JWK set");
	refuses(SET("1"), STELLA_MALFORMED, "key 0: not an object");
	refuses(SET(OKP) "x", STELLA_MALFORMED, "JWK set");
	refuses(OKP, STELLA_MALFORMED, "\"keys\": missing");
}
END_TEST

START_TEST(a_secret_in_it_is_refused_whole)
{
	refuses(SET(OKP ",{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"d\":\"x\"}"), STELLA_MALFORMED,
		"key 1: a PRIVATE key is published here (\"d\")");
	refuses(SET("{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAB\",\"p\":\"x\"}"), STELLA_MALFORMED, "PRIVATE");
	refuses(SET("{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAB\",\"oth\":[]}"), STELLA_MALFORMED, "PRIVATE");
	refuses(SET("{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T\"}"), STELLA_MALFORMED, "PRIVATE");
	refuses(SET("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"use\":\"enc\",\"d\":null}"), STELLA_MALFORMED, "PRIVATE");
}
END_TEST

START_TEST(numbers_have_one_text)
{
	char longer[sizeof RSA_N + 100];

	refuses(SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "=\",\"y\":\"" EC_Y "\"}"), STELLA_MALFORMED, "\"x\": not base64url");
	refuses(SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyN\"}"),
		STELLA_MALFORMED, "\"y\""); /* pad bits that are not zero */
	refuses(SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D\",\"y\":\"" EC_Y "\"}"),
		STELLA_MALFORMED, "\"x\"");
	refuses(SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA" EC_X "\",\"y\":\"" EC_Y "\"}"), STELLA_MALFORMED, "\"x\"");
	refuses(SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"\",\"y\":\"" EC_Y "\"}"), STELLA_MALFORMED, "\"x\"");
	refuses(SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X " \",\"y\":\"" EC_Y "\"}"), STELLA_MALFORMED, "\"x\"");
	refuses(SET("{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AAEAAQ\"}"), STELLA_MALFORMED, "zeros in front");
	snprintf(longer, sizeof longer, SET("{\"kty\":\"RSA\",\"n\":\"AAAA%s\",\"e\":\"AQAB\"}"), RSA_N);
	refuses(longer, STELLA_MALFORMED, "zeros in front");
	refuses(SET("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR\"}"), STELLA_MALFORMED, "\"x\"");
	refuses(SET("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"), STELLA_MALFORMED, "base64url");
}
END_TEST

START_TEST(kinds_and_strengths_that_are_not_on_the_list_are_refused)
{
	refuses(SET("{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"" EC_X "\"}"), STELLA_ALGORITHM_UNSUPPORTED, "\"crv\": \"Ed448\"");
	refuses(SET("{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" EC_X "\"}"), STELLA_ALGORITHM_UNSUPPORTED, "X25519");
	refuses(SET("{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}"), STELLA_ALGORITHM_UNSUPPORTED, "secp256k1");
	refuses(SET("{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}"), STELLA_MALFORMED, "32 bytes, expected 48");
	refuses(SET("{\"kty\":\"AKP\",\"pub\":\"x\"}"), STELLA_ALGORITHM_UNSUPPORTED, "\"kty\": \"AKP\"");
	refuses(SET("{\"kty\":\"ec\"}"), STELLA_ALGORITHM_UNSUPPORTED, "\"kty\"");
	refuses(SET("{\"crv\":\"P-256\"}"), STELLA_MALFORMED, "\"kty\": missing");
	refuses(SET("{\"kty\":\"RSA\",\"n\":\"" EC_X "\",\"e\":\"AQAB\"}"), STELLA_ALGORITHM_UNSUPPORTED, "RSA key of");
	refuses(SET("{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQ\"}"), STELLA_MALFORMED, "exponent");
	/* x and y exchanged: no point of the curve; the point of order 1 of Ed25519 */
	refuses(SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_Y "\",\"y\":\"" EC_X "\"}"), STELLA_MALFORMED, "key 0");
	refuses(SET("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"), STELLA_MALFORMED, "key 0");
}
END_TEST

START_TEST(what_a_key_is_for_must_fit_it)
{
	struct stella_jwks jwks;

	assert_ok(parse(&jwks, SET("{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAB\",\"alg\":\"PS384\",\"use\":\"sig\",\"key_ops\":[\"verify\"]}")));
	ck_assert_int_eq(jwks.items[0].alg, STELLA_SIG_PSS_SHA384);
	stella_jwks_free(&jwks);
	assert_ok(parse(&jwks, SET("{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAB\",\"key_ops\":[\"encrypt\"]}")));
	ck_assert_uint_eq(jwks.count, 0);
	ck_assert_uint_eq(jwks.encryption_count, 1);
	stella_jwks_free(&jwks);
	refuses(SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"alg\":\"ES384\"}"), STELLA_MALFORMED, "ES384");
	refuses(SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"alg\":\"RS256\"}"), STELLA_MALFORMED, "RS256");
	refuses(SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"alg\":\"none\"}"), STELLA_ALGORITHM_UNSUPPORTED, "none");
	refuses(SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"use\":\"other\"}"), STELLA_MALFORMED, "\"use\"");
	refuses(SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"key_ops\":[1]}"), STELLA_MALFORMED, "\"key_ops\"");
	refuses(SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"kid\":1}"), STELLA_MALFORMED, "\"kid\"");
	refuses(SET(OKP "," EC_SIG "," OKP), STELLA_MALFORMED, "keys 0 and 2 are the same key");
}
END_TEST

START_TEST(there_is_an_end_to_their_number)
{
	struct stella_buf text = { 0 };

	stella_buf_put_str(&text, "{\"keys\":[");
	for (unsigned i = 0; i <= STELLA_JWKS_MAX; i++)
		stella_buf_printf(&text, "%s{}", i ? "," : "");
	stella_buf_put_str(&text, "]}");
	refuses((const char *)text.data, STELLA_LIMIT, "1001 keys, at most 1000");
	stella_buf_free(&text);
}
END_TEST

static void fill(TCase *tcase)
{
	tcase_add_test(tcase, the_examples_of_the_rfcs_are_taken);
	tcase_add_test(tcase, a_key_verifies_what_its_private_half_signed);
	tcase_add_test(tcase, an_empty_set_is_a_set);
	tcase_add_test(tcase, what_is_no_set_is_refused);
	tcase_add_test(tcase, a_secret_in_it_is_refused_whole);
	tcase_add_test(tcase, numbers_have_one_text);
	tcase_add_test(tcase, kinds_and_strengths_that_are_not_on_the_list_are_refused);
	tcase_add_test(tcase, what_a_key_is_for_must_fit_it);
	tcase_add_test(tcase, there_is_an_end_to_their_number);
}

CHECK_MAIN("jwk", fill)
