/* SPDX-License-Identifier: Apache-2.0 */
#include "trustroot.h"

#include "check.h"
#include "encode.h"
#include "sigstore_data.h"
#include "text.h"

#define TYPE "\"mediaType\":\"application/vnd.dev.sigstore.trustedroot+json;version=0.1\""
#define P256 "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2G2Y+2tabdTV5BcGiBIx0a9fAFwrkBbmLSGtks4L3qX6yYY0zufBnhC8Ur/" \
	"iy55GhWP/9A/bY2LhC30M9+RYtw=="
#define LOG(key) "{" TYPE ",\"tlogs\":[{\"baseUrl\":\"https://a\",\"publicKey\":{" key "},\"logId\":{\"keyId\":\"AAAA\"}}]}"
#define KEY(details, window) "\"rawBytes\":\"" P256 "\",\"keyDetails\":\"" details "\"" window

static const struct stella_error *parse(struct stella_trustroot **out, const char *text)
{
	const struct stella_error *err = stella_trustroot_parse(out, stella_span_str(text));

	ck_assert(!err == !!*out);
	return err;
}

static const struct stella_error *refuse(const char *text)
{
	struct stella_trustroot *root;
	const struct stella_error *err = parse(&root, text);

	stella_trustroot_free(root);
	return err;
}

static int64_t time_of(const char *text)
{
	int64_t time;

	assert_ok(stella_time_parse(&time, stella_span_str(text)));
	return time;
}

START_TEST(the_root_of_the_public_instance_is_read)
{
	struct stella_trustroot *root = load_root("public-good.root.json");
	struct stella_log *log = &root->tlogs[0];

	ck_assert_uint_eq(root->tlog_count, 2);
	ck_assert_uint_eq(root->ctlog_count, 2);
	ck_assert_uint_eq(root->ca_count, 2);
	ck_assert_uint_eq(root->tsa_count, 1);
	ck_assert_str_eq(log->base_url, "https://rekor.sigstore.dev");
	ck_assert_ptr_nonnull(log->key);
	ck_assert_uint_eq(log->alg, STELLA_SIG_ECDSA_SHA256);
	ck_assert(stella_span_equal(stella_buf_span(&log->id), stella_span(stella_pubkey_id(log->key)->bytes, 32)));
	ck_assert_int_eq(log->window.start, time_of("2021-01-12T11:53:27Z"));
	ck_assert_int_eq(log->window.end, INT64_MAX);
	ck_assert_uint_eq(root->tlogs[1].alg, STELLA_SIG_ED25519);
	ck_assert_str_eq(root->cas[1].uri, "https://fulcio.sigstore.dev");
	ck_assert_str_eq(root->cas[1].organization, "sigstore.dev");
	ck_assert_uint_eq(root->cas[1].cert_count, 2);
	ck_assert_str_eq(stella_cert_subject(root->cas[1].certs[1]), stella_cert_issuer(root->cas[1].certs[0]));
	ck_assert_int_eq(root->cas[0].window.end, time_of("2022-12-31T23:59:59Z"));
	stella_trustroot_free(root);
}
END_TEST

START_TEST(both_ends_of_a_window_belong_to_it)
{
	struct stella_window window = { 10, 20 }, open = { INT64_MIN, INT64_MAX };

	ck_assert(!stella_window_holds(&window, 9));
	ck_assert(stella_window_holds(&window, 10));
	ck_assert(stella_window_holds(&window, 20));
	ck_assert(!stella_window_holds(&window, 21));
	ck_assert(stella_window_holds(&open, INT64_MIN) && stella_window_holds(&open, INT64_MAX));
}
END_TEST

static const struct {
	const char *window;
	const char *start, *end;      /* NULL: open */
	bool good;
} windows[] = {
	{ "", NULL, NULL, true },
	{ ",\"validFor\":{\"start\":\"2020-01-02T03:04:05Z\"}", "2020-01-02T03:04:05Z", NULL, true },
	{ ",\"validFor\":{\"start\":\"2020-01-02T03:04:05Z\",\"end\":null}", "2020-01-02T03:04:05Z", NULL, true },
	{ ",\"validFor\":{\"start\":\"2020-01-02T03:04:05.000Z\",\"end\":\"2020-01-02T03:04:05.999999999Z\"}",
		"2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z", true },
	{ ",\"validFor\":{\"start\":\"2020-01-02T03:04:05.001Z\",\"end\":\"2021-01-01T00:00:00Z\"}",
		"2020-01-02T03:04:06Z", "2021-01-01T00:00:00Z", true },
	{ ",\"validFor\":{}", NULL, NULL, false },
	{ ",\"validFor\":{\"end\":\"2020-01-02T03:04:05Z\"}", NULL, NULL, false },
	{ ",\"validFor\":{\"start\":null}", NULL, NULL, false },
	{ ",\"validFor\":{\"start\":1}", NULL, NULL, false },
	{ ",\"validFor\":[]", NULL, NULL, false },
	{ ",\"validFor\":{\"start\":\"2020-01-02T03:04:05+01:00\"}", NULL, NULL, false },
	{ ",\"validFor\":{\"start\":\"2020-01-02T03:04:05.Z\"}", NULL, NULL, false },
	{ ",\"validFor\":{\"start\":\"2020-01-02T03:04:05.0000000000Z\"}", NULL, NULL, false },
	{ ",\"validFor\":{\"start\":\"2020-01-02T03:04:05.1\"}", NULL, NULL, false },
	{ ",\"validFor\":{\"start\":\"2020-01-02\"}", NULL, NULL, false },
	{ ",\"validFor\":{\"start\":\"2020-01-02T03:04:05Z\",\"end\":\"2020-01-02T03:04:04Z\"}", NULL, NULL, false },
	{ ",\"validFor\":{\"start\":\"2020-01-02T03:04:05Z\",\"end\":\"\"}", NULL, NULL, false },
};

START_TEST(a_window_has_a_start_and_may_be_open_at_its_end)
{
	for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
		struct stella_buf text = { 0 };
		struct stella_trustroot *root;
		const struct stella_error *err;

		stella_buf_printf(&text, LOG(KEY("PKIX_ECDSA_P256_SHA_256", "%s")), windows[i].window);
		err = stella_trustroot_parse(&root, stella_buf_span(&text));
		stella_buf_free(&text);
		ck_assert_msg(!err == windows[i].good, "%s: %s", windows[i].window, err ? err->message : "accepted");
		if (err)
			continue;
		ck_assert_int_eq(root->tlogs[0].window.start, windows[i].start ? time_of(windows[i].start) : INT64_MIN);
		ck_assert_int_eq(root->tlogs[0].window.end, windows[i].end ? time_of(windows[i].end) : INT64_MAX);
		stella_trustroot_free(root);
	}
}
END_TEST

START_TEST(a_key_that_is_not_supported_makes_its_log_unusable_and_nothing_else)
{
	static const char *const texts[] = {
		LOG(KEY("PKIX_LMS_M32", "")), LOG(KEY("PKIX_ED25519", "")), LOG(KEY("PKIX_ECDSA_P384_SHA_384", "")),
		LOG(KEY("PKCS1_RSA_PKCS1V5", "")), LOG(KEY("PUBLIC_KEY_DETAILS_UNSPECIFIED", "")),
		LOG("\"rawBytes\":\"" P256 "\""), LOG("\"rawBytes\":\"AAAA\",\"keyDetails\":\"PKIX_ECDSA_P256_SHA_256\""),
	};
	struct stella_trustroot *root;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_ok(parse(&root, texts[i]));
		ck_assert_uint_eq(root->tlog_count, 1);
		ck_assert_msg(!root->tlogs[0].key, "%s", texts[i]);
		stella_trustroot_free(root);
	}
	assert_ok(parse(&root, LOG(KEY("PKIX_ECDSA_P256_SHA_256", ""))));
	ck_assert_ptr_nonnull(root->tlogs[0].key);
	stella_trustroot_free(root);
}
END_TEST

START_TEST(an_rsa_key_is_read_in_both_of_its_forms)
{
	struct stella_buf pem = read_data("pubkey", "rsa2048.pem"), spki = { 0 }, text = { 0 };
	struct stella_keyform form;
	struct stella_trustroot *root;

	assert_ok(stella_pem_parse(&spki, stella_buf_span(&pem), "PUBLIC KEY"));
	assert_ok(stella_keyform_parse_spki(&form, stella_buf_span(&spki)));
	stella_buf_put_str(&text, "{" TYPE ",\"ctlogs\":[{\"publicKey\":{\"rawBytes\":\"");
	stella_base64_print(&text, stella_buf_span(&spki));
	stella_buf_put_str(&text, "\",\"keyDetails\":\"PKIX_RSA_PKCS1V15_2048_SHA256\"},\"logId\":{\"keyId\":\"AAAA\"}},"
		"{\"publicKey\":{\"rawBytes\":\"");
	stella_base64_print(&text, stella_span(spki.data + 24, spki.size - 24)); /* what the BIT STRING holds */
	stella_buf_put_str(&text, "\",\"keyDetails\":\"PKCS1_RSA_PKCS1V5\"},\"logId\":{\"keyId\":\"AAAA\"}}]}");
	assert_ok(stella_trustroot_parse(&root, stella_buf_span(&text)));
	ck_assert(root->ctlogs[0].key && root->ctlogs[1].key);
	ck_assert(stella_pubkey_equal(root->ctlogs[0].key, root->ctlogs[1].key));
	stella_trustroot_free(root);
	stella_buf_free(&pem);
	stella_buf_free(&spki);
	stella_buf_free(&text);
}
END_TEST

START_TEST(all_media_types_in_use_are_taken_and_no_other)
{
	static const struct {
		const char *type;
		bool good;
	} types[] = {
		{ "application/vnd.dev.sigstore.trustedroot+json;version=0.1", true },
		{ "application/vnd.dev.sigstore.trustedroot.v0.1+json", true },
		{ "application/vnd.dev.sigstore.trustedroot.v0.2+json", true },
		{ "application/vnd.dev.sigstore.trustedroot.v0.3+json", false },
		{ "application/vnd.dev.sigstore.trustedroot+json;version=0.2", false },
		{ "", false },
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct stella_buf text = { 0 };
		const struct stella_error *err;

		stella_buf_printf(&text, "{\"mediaType\":\"%s\"}", types[i].type);
		err = refuse((const char *)text.data);
		ck_assert_msg(types[i].good ? !err : stella_error_is(err, STELLA_POLICY_UNSUPPORTED), "%s", types[i].type);
		stella_buf_free(&text);
	}
	assert_code(refuse("{}"), STELLA_MALFORMED);
	assert_code(refuse("[]"), STELLA_MALFORMED);
	assert_code(refuse(""), STELLA_MALFORMED);
}
END_TEST

static void try_hostile(const struct stella_json *document, const char *what, void *context)
{
	unsigned *refused = context;
	struct stella_trustroot *root;
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	stella_json_print(&text, document, STELLA_JSON_LINE);
	err = stella_trustroot_parse(&root, stella_buf_span(&text));
	ck_assert_msg(!err == !!root, "%s", what);
	ck_assert_msg(!err || err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT ||
		err->code == STELLA_POLICY_UNSUPPORTED, "%s: %s", what, err ? err->message : "");
	*refused += err != NULL;
	stella_trustroot_free(root);
	stella_buf_free(&text);
}

START_TEST(no_value_in_any_field_does_harm)
{
	struct stella_json *document = load_json("public-good.root.json");
	unsigned refused = 0;

	each_hostile(document, document, try_hostile, &refused);
	ck_assert_uint_gt(refused, 400);
	stella_json_free(document);
}
END_TEST

/* A misspelt window must not be an open one. */
static void refuse_unknown(struct stella_json *document, struct stella_json *node)
{
	const struct stella_json *value;
	struct stella_trustroot *root;
	struct stella_buf text = { 0 };
	const char *name;

	for (size_t i = 0; i < stella_json_count(node); i++) {
		if (stella_json_type(node) == STELLA_JSON_OBJECT)
			stella_json_member(node, i, &name, &value);
		else
			value = stella_json_at(node, i);
		refuse_unknown(document, (struct stella_json *)(uintptr_t)value);
	}
	if (stella_json_type(node) != STELLA_JSON_OBJECT)
		return;
	stella_json_set_text(node, "valid_for", "");
	stella_json_print(&text, document, STELLA_JSON_LINE);
	assert_code(stella_trustroot_parse(&root, stella_buf_span(&text)), STELLA_MALFORMED);
	stella_json_unset(node, "valid_for");
	stella_buf_free(&text);
}

START_TEST(a_field_that_is_not_known_refuses_the_root)
{
	struct stella_json *document = load_json("key.root.json");

	refuse_unknown(document, document);
	stella_json_free(document);
}
END_TEST

START_TEST(a_list_that_is_too_long_is_refused)
{
	struct stella_json *document = stella_json_new_object(), *list;
	struct stella_buf text = { 0 };
	struct stella_trustroot *root;

	stella_json_set_text(document, "mediaType", "application/vnd.dev.sigstore.trustedroot.v0.1+json");
	list = stella_json_set(document, "ctlogs", stella_json_new_array());
	for (size_t i = 0; i <= STELLA_TRUSTROOT_ENTRIES_MAX; i++)
		stella_json_add(list, stella_json_new_object());
	stella_json_print(&text, document, STELLA_JSON_LINE);
	assert_code(stella_trustroot_parse(&root, stella_buf_span(&text)), STELLA_LIMIT);
	while (text.size <= STELLA_TRUSTROOT_MAX)
		stella_buf_put_str(&text, "                                                  ");
	assert_code(stella_trustroot_parse(&root, stella_buf_span(&text)), STELLA_LIMIT);
	stella_json_free(document);
	stella_buf_free(&text);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, the_root_of_the_public_instance_is_read);
	tcase_add_test(t, both_ends_of_a_window_belong_to_it);
	tcase_add_test(t, a_window_has_a_start_and_may_be_open_at_its_end);
	tcase_add_test(t, a_key_that_is_not_supported_makes_its_log_unusable_and_nothing_else);
	tcase_add_test(t, an_rsa_key_is_read_in_both_of_its_forms);
	tcase_add_test(t, all_media_types_in_use_are_taken_and_no_other);
	tcase_add_test(t, no_value_in_any_field_does_harm);
	tcase_add_test(t, a_field_that_is_not_known_refuses_the_root);
	tcase_add_test(t, a_list_that_is_too_long_is_refused);
}
CHECK_MAIN("trustroot", fill)
