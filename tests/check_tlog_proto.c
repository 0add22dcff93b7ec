/* SPDX-License-Identifier: Apache-2.0 */
#include "tlog_proto.h"
#include "check.h"

#include <string.h>

static const struct stella_error *parse(struct stella_json **out, const char *entry, size_t size)
{
	return stella_tlog_proto_parse(out, stella_span(entry, size), stella_span_str("body"));
}

static void assert_gives(const char *entry, size_t size, const char *json)
{
	struct stella_buf text = { 0 };
	struct stella_json *out;

	assert_ok(parse(&out, entry, size));
	stella_json_print(&text, out, STELLA_JSON_LINE);
	ck_assert_str_eq((char *)text.data, json);
	stella_buf_free(&text);
	stella_json_free(out);
}
#define GIVES(entry, json) assert_gives(entry, sizeof(entry) - 1, json)

static void assert_refused(const char *entry, size_t size)
{
	struct stella_json *out;

	assert_code(parse(&out, entry, size), STELLA_MALFORMED);
	ck_assert_ptr_null(out);
}
#define REFUSED(entry) assert_refused(entry, sizeof(entry) - 1)

START_TEST(an_entry_becomes_the_json_of_bundles)
{
	GIVES("\x08\xac\x02\x12\x04\x0a\x02" "id" "\x1a\x08\x0a\x01k\x12\x03" "0.1" "\x20\x07\x2a\x05\x0a\x03set",
		"{\"logIndex\":\"300\",\"logId\":{\"keyId\":\"aWQ=\"},\"kindVersion\":{\"kind\":\"k\",\"version\":\"0.1\"},"
		"\"integratedTime\":\"7\",\"inclusionPromise\":{\"signedEntryTimestamp\":\"c2V0\"},\"canonicalizedBody\":\"Ym9keQ==\"}");
	GIVES("\x32\x0f\x08\x01\x12\x01r\x18\x02\x22\x01h\x2a\x03\x0a\x01n\x3a\x01x",
		"{\"inclusionProof\":{\"logIndex\":\"1\",\"rootHash\":\"cg==\",\"treeSize\":\"2\",\"hashes\":[\"aA==\"],"
		"\"checkpoint\":{\"envelope\":\"n\"}},\"canonicalizedBody\":\"eA==\",\"logIndex\":\"0\",\"integratedTime\":\"0\"}");
}
END_TEST

START_TEST(what_is_not_one_is_refused)
{
	REFUSED("\x08");
	REFUSED("\x08\x80");
	REFUSED("\x08\x80\x00");                 /* not the shortest form */
	REFUSED("\x08\x01\x08\x01");             /* twice */
	REFUSED("\x09\x01");                     /* another wire type */
	REFUSED("\x42\x00");                     /* field 8 */
	REFUSED("\x00\x00");                     /* field 0 */
	REFUSED("\x7a\x00");                     /* field 15 */
	REFUSED("\x12\x05\x0a\x02id");           /* longer than what holds it */
	REFUSED("\x12\x03\x0a\x02i");
	REFUSED("\x1a\x03\x0a\x01\xff");         /* not UTF-8 */
	REFUSED("\x1a\x03\x0a\x01\x00");         /* a NUL in text */
	REFUSED("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f");
}
END_TEST

START_TEST(too_many_hashes_and_bytes_are_refused)
{
	struct stella_buf proof = { 0 }, entry = { 0 };
	struct stella_json *out;

	for (unsigned i = 0; i < 65; i++)
		stella_buf_put(&proof, "\x22\x00", 2);
	stella_buf_put_u8(&entry, 0x32);
	stella_buf_put(&entry, "\x82\x01", 2);
	stella_buf_put_span(&entry, stella_buf_span(&proof));
	assert_code(parse(&out, (char *)entry.data, entry.size), STELLA_LIMIT);
	stella_buf_reserve(&entry, STELLA_TLOG_PROTO_MAX + 1);
	entry.size = STELLA_TLOG_PROTO_MAX + 1;
	assert_code(parse(&out, (char *)entry.data, entry.size), STELLA_LIMIT);
	stella_buf_free(&proof);
	stella_buf_free(&entry);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, an_entry_becomes_the_json_of_bundles);
	tcase_add_test(t, what_is_not_one_is_refused);
	tcase_add_test(t, too_many_hashes_and_bytes_are_refused);
}

CHECK_MAIN("tlog_proto", fill)
