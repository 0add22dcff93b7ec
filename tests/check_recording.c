/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "recording.h"
#include "testkeys.h"

#define WHO "Ann <ann@example.org> 1700000000 +0000"
#define STATE "c7c5c1d70c5dec4416ab6158afd0b223ef40c29b1dc1f97ed9428b94d4cadb1c"
#define ONE "1111111111111111111111111111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222222222222222222222222222"
#define HEAD "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 0123456789012345678901234567890123456789\n" \
	"author " WHO "\ncommitter " WHO "\n\n"
#define LINES "Stella-Attestation: " ONE "\nStella-Attestation: " TWO "\nStella-Recorded: " STATE " 2026-01-17T12:00:00Z\n"
#define GOOD HEAD "attest record\n\n" LINES

static struct stella_recording parsed;
static char why[STELLA_ERROR_MAX];

static bool parse_raw(struct stella_span raw)
{
	bool is_recording;

	stella_recording_free(&parsed);
	assert_ok(stella_recording_parse(&parsed, &is_recording, why, raw));
	ck_assert(is_recording || (!parsed.ids && !parsed.key));
	return is_recording;
}

/* Signed by a1. */
static bool parse(const char *payload)
{
	struct stella_buf raw = { 0 };
	bool is_recording;

	testkey_sign_commit(&raw, testkey_find("a1"), stella_span_str(payload));
	is_recording = parse_raw(stella_buf_span(&raw));
	stella_buf_free(&raw);
	return is_recording;
}

static void leave(void)
{
	stella_recording_free(&parsed);
}

START_TEST(what_it_says_is_read)
{
	struct stella_buf key = { 0 };

	ck_assert_msg(parse(GOOD), "%s", why);
	ck_assert_uint_eq(parsed.id_count, 2);
	ck_assert_int_eq(parsed.ids[0].bytes[0], 0x11);
	ck_assert_int_eq(parsed.ids[1].bytes[31], 0x22);
	ck_assert_int_eq(parsed.state.bytes[0], 0xc7);
	ck_assert_int_eq(parsed.time, 1768651200);
	stella_pubkey_print_ssh(&key, parsed.key);
	ck_assert_str_eq((char *)key.data, testkey_line(testkey_find("a1")));
	stella_buf_free(&key);
	ck_assert_msg(parse(HEAD "a time alone\n\nStella-Recorded: " STATE " 2026-01-17T12:00:00Z\n"), "%s", why);
	ck_assert_uint_eq(parsed.id_count, 0);
}
END_TEST

START_TEST(what_is_printed_is_what_is_read)
{
	struct stella_buf text = { 0 };

	ck_assert(parse(GOOD));
	stella_recording_print(&text, &parsed);
	assert_span_is(stella_buf_span(&text), LINES);
	stella_buf_free(&text);
}
END_TEST

START_TEST(there_is_one_way_to_say_it)
{
	static const char *const others[] = {
		HEAD LINES,                                  /* in the first paragraph */
		HEAD "attest record\n" LINES,
		HEAD "attest record\n\n" LINES "\n",
		HEAD "attest record\n\n" LINES "Signed-off-by: x\n",
		HEAD "attest record\n\n" LINES "\nmore\n",
		HEAD "attest record\n\nSigned-off-by: x\n" LINES,
		HEAD "attest record \n\n" LINES,             /* white space at an end */
		HEAD "attest record\n\n\n" LINES,
		HEAD "\nattest record\n\n" LINES,
		HEAD "attest record\n\n" LINES LINES,
		HEAD "attest record\n\nStella-Attestation: " TWO "\nStella-Attestation: " ONE "\nStella-Recorded: " STATE
			" 2026-01-17T12:00:00Z\n",
		HEAD "attest record\n\nStella-Attestation: " ONE "\nStella-Attestation: " ONE "\nStella-Recorded: " STATE
			" 2026-01-17T12:00:00Z\n",
		HEAD "attest record\n\nStella-Attestation: " ONE "0\nStella-Recorded: " STATE " 2026-01-17T12:00:00Z\n",
		HEAD "attest record\n\nStella-Attestation: " ONE "\n",
		HEAD "attest record\n\nStella-Recorded: " STATE " 2026-01-17\n",
		HEAD "attest record\n\nStella-Recorded: " STATE " 2026-01-17T12:00:00Z",
		HEAD "attest record\n\nStella-Recorded: " STATE "\n",
		HEAD "attest record\n\nStella-Recorded:  " STATE " 2026-01-17T12:00:00Z\n",
		HEAD "attest record\n\n Stella-Recorded: " STATE " 2026-01-17T12:00:00Z\n",
		HEAD "attest record\n\nStella-Recorded: " ONE " 2026-02-30T12:00:00Z\n",
		HEAD "attest record\n\nStella-Recorded: " STATE " 2026-01-17T12:00:00Z\r\n",
		HEAD "attest record\n\nstella-recorded: " STATE " 2026-01-17T12:00:00Z\n",
		"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor " WHO "\ncommitter Bob <b@example.org> 1700000000 +0000\n\n"
			"attest record\n\n" LINES,
		"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor " WHO "\ncommitter " WHO "\nencoding x\n\n"
			"attest record\n\n" LINES,
		"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor " WHO "\ncommitter " WHO "\n\n"
			"Stella-Approve: " STATE "\n\n" LINES,
		"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nattest record\n\n" LINES, /* by nobody */
		"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ncommitter " WHO "\n\nattest record\n\n" LINES,
		"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor \ncommitter \n\nattest record\n\n" LINES,
	};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		ck_assert_msg(!parse(others[i]), "%zu: %s", i, others[i]);
	ck_assert(parse(GOOD));
}
END_TEST

START_TEST(an_ordinary_commit_is_none_and_needs_no_reason)
{
	ck_assert(!parse(HEAD "attest create 0123\n"));
	ck_assert_str_eq(why, "");
	ck_assert(!parse_raw(stella_span("", 0)));
	ck_assert_str_eq(why, "");
}
END_TEST

START_TEST(it_is_signed_and_by_nobody_else)
{
	struct stella_buf raw = { 0 };

	ck_assert(!parse_raw(stella_span_str(GOOD)));
	ck_assert_str_eq(why, "it is not signed");
	testkey_sign_commit(&raw, testkey_find("a1"), stella_span_str(GOOD));
	ck_assert(parse_raw(stella_buf_span(&raw)));
	for (size_t i = 0; i < raw.size; i++) { /* every byte that is signed, and every one of the signature */
		raw.data[i] ^= 1;
		ck_assert_msg(!parse_raw(stella_buf_span(&raw)), "byte %zu", i);
		raw.data[i] ^= 1;
	}
	stella_buf_free(&raw);
}
END_TEST

START_TEST(there_is_a_limit)
{
	struct stella_buf text = { 0 };

	stella_buf_put_str(&text, HEAD "attest record\n\n");
	for (unsigned i = 0; i <= STELLA_RECORDING_MAX; i++)
		stella_buf_printf(&text, "Stella-Attestation: %064x\n", i);
	stella_buf_put_str(&text, "Stella-Recorded: " STATE " 2026-01-17T12:00:00Z\n");
	ck_assert(!parse((char *)text.data));
	ck_assert_str_eq(why, "it records too many attestations");
	stella_buf_free(&text);
}
END_TEST

static void fill(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, leave);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, what_it_says_is_read);
	tcase_add_test(tc, what_is_printed_is_what_is_read);
	tcase_add_test(tc, there_is_one_way_to_say_it);
	tcase_add_test(tc, an_ordinary_commit_is_none_and_needs_no_reason);
	tcase_add_test(tc, it_is_signed_and_by_nobody_else);
	tcase_add_test(tc, there_is_a_limit);
}

CHECK_MAIN("recording", fill)
