/* SPDX-License-Identifier: Apache-2.0 */
#include "encode.h"
#include "links.h"
#include "world.h"

#define NONE STELLA_TIME_NONE
#define CAME 4 /* certificates that come with a signature here, at most */

static struct kit_key key, other_key;
static struct kit_cert root, inter, leaf;
static struct stella_signature claim;
static struct stella_signature_report report;
static struct stella_links *links;

static void enter(void)
{
	world_enter();
	key = KIT_P256;
	other_key = KIT_P256;
	root = kit_cert("Root", &key, NULL, NULL, NULL, NOW - 100 * DAY, NOW + 100 * DAY);
	inter = kit_cert("Inter", &key, NULL, &root, &key, NOW - 50 * DAY, NOW + 50 * DAY);
	leaf = kit_cert("Leaf", &key, "email:ci@acme.example", &inter, &key, NOW - DAY, NOW + DAY);
	world_put_anchor("root", &root, false, NONE, NONE);
	claim.certs = stella_alloc_array(CAME, sizeof *claim.certs);
	report = (struct stella_signature_report){ 0 };
}

static void forget(void)
{
	stella_links_free(links);
	links = NULL;
	for (size_t i = 0; i < claim.cert_count; i++)
		stella_buf_free(&claim.certs[i]);
	claim.cert_count = 0;
}

static void leave(void)
{
	forget();
	free(claim.certs);
	kit_cert_free(&root);
	kit_cert_free(&inter);
	kit_cert_free(&leaf);
	kit_key_free(&key);
	kit_key_free(&other_key);
	world_leave();
}

static void came(const struct kit_cert *cert)
{
	struct stella_cert *parsed;

	ck_assert(claim.cert_count < CAME);
	assert_ok(stella_cert_parse_pem(&parsed, stella_span_str(cert->pem)));
	stella_buf_put_span(&claim.certs[claim.cert_count++], stella_cert_der(parsed));
	stella_cert_free(parsed);
}

/* b may be NULL. */
static void find(const struct kit_cert *a, const struct kit_cert *b)
{
	forget();
	came(a);
	if (b)
		came(b);
	assert_ok(stella_links_find(&links, world_shelf(), &claim, &report));
}

static void assert_link(size_t i, const char *subject, const char *record, bool top)
{
	ck_assert_uint_gt(links->count, i);
	ck_assert_str_eq(stella_cert_subject(links->items[i].cert), subject);
	ck_assert_msg(record ? links->items[i].record && !strcmp(links->items[i].record, record) : !links->items[i].record,
		"%zu is of %s", i, links->items[i].record ? links->items[i].record : "no record");
	ck_assert(links->items[i].top == top);
}

START_TEST(the_way_goes_up_to_a_record_in_which_it_may_end)
{
	find(&leaf, &inter);
	ck_assert_uint_eq(links->count, 3);
	assert_link(0, "CN=Leaf", NULL, false);
	assert_link(1, "CN=Inter", NULL, false);
	assert_link(2, "CN=Root", "anchors/root.json", true);
	ck_assert(links->reaches);
}
END_TEST

START_TEST(records_come_before_what_came_along)
{
	world_put_anchor("between", &inter, true, NONE, NONE);
	find(&leaf, NULL);
	ck_assert_uint_eq(links->count, 3);
	assert_link(1, "CN=Inter", "anchors/between.json", false);
	ck_assert(links->reaches);
	find(&leaf, &inter);
	ck_assert_uint_eq(links->count, 3);
	assert_link(1, "CN=Inter", "anchors/between.json", false);
}
END_TEST

START_TEST(a_gap_is_one_that_nobody_knows_or_another_of_its_name)
{
	struct kit_cert twin = kit_cert("Inter", &other_key, NULL, &root, &key, NOW - DAY, NOW + DAY);

	find(&leaf, NULL);
	ck_assert_uint_eq(links->count, 1);
	ck_assert(!links->reaches && !links->other_key);
	find(&leaf, &twin);
	ck_assert_uint_eq(links->count, 1);
	ck_assert(!links->reaches && links->other_key);
	world_put_anchor("twin", &twin, true, NONE, NONE);
	find(&leaf, &inter); /* the right one is found beside it */
	ck_assert_uint_eq(links->count, 3);
	ck_assert(links->reaches);
	kit_cert_free(&twin);
}
END_TEST

START_TEST(what_issued_itself_needs_a_record)
{
	struct kit_cert own = kit_cert("Own", &other_key, "email:ci@acme.example", NULL, NULL, NOW - DAY, NOW + DAY);

	find(&own, NULL);
	ck_assert_uint_eq(links->count, 1);
	ck_assert(!links->reaches && stella_cert_is_self_issued(links->items[0].cert));
	find(&root, NULL);
	assert_link(0, "CN=Root", "anchors/root.json", true);
	ck_assert(links->reaches);
	kit_cert_free(&own);
}
END_TEST

START_TEST(a_way_in_circles_ends)
{
	struct kit_cert a = kit_cert("A", &other_key, NULL, NULL, NULL, NOW - DAY, NOW + DAY);
	struct kit_cert b = kit_cert("B", &other_key, NULL, &a, &other_key, NOW - DAY, NOW + DAY);
	struct kit_cert back = kit_cert("A", &other_key, NULL, &b, &other_key, NOW - DAY, NOW + DAY);
	struct kit_cert end = kit_cert("End", &key, "email:ci@acme.example", &b, &other_key, NOW - DAY, NOW + DAY);

	forget();
	came(&end);
	came(&b);
	came(&back);
	assert_ok(stella_links_find(&links, world_shelf(), &claim, &report));
	ck_assert_uint_eq(links->count, 3);
	assert_link(2, "CN=A", NULL, false);
	ck_assert(!links->reaches);
	kit_cert_free(&a);
	kit_cert_free(&b);
	kit_cert_free(&back);
	kit_cert_free(&end);
}
END_TEST

START_TEST(a_way_is_of_bounded_length)
{
	struct kit_cert chain[STELLA_LINKS_MAX + 2], end;
	size_t count = sizeof chain / sizeof *chain;
	char name[20];

	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof name, "Step %zu", i);
		chain[i] = kit_cert(name, &key, NULL, i ? &chain[i - 1] : &root, &key, NOW - DAY, NOW + DAY);
		snprintf(name, sizeof name, "step-%zu", i);
		world_put_anchor(name, &chain[i], true, NONE, NONE);
	}
	end = kit_cert("End", &key, "email:ci@acme.example", &chain[count - 1], &key, NOW - DAY, NOW + DAY);
	find(&end, NULL);
	ck_assert_uint_eq(links->count, STELLA_LINKS_MAX);
	ck_assert(!links->reaches);
	for (size_t i = 0; i < count; i++)
		kit_cert_free(&chain[i]);
	kit_cert_free(&end);
}
END_TEST

START_TEST(a_verified_chain_is_told_as_it_is)
{
	struct stella_cert *certs[2];

	assert_ok(stella_cert_parse_pem(&certs[0], stella_span_str(inter.pem)));
	assert_ok(stella_cert_parse_pem(&certs[1], stella_span_str(root.pem)));
	world_put_anchor("again", &root, false, NONE, NOW + DAY);
	report.chain = (struct stella_chain){ .certs = { certs[0], certs[1] }, .count = 2 };
	find(&leaf, NULL);
	ck_assert_uint_eq(links->count, 2);
	assert_link(0, "CN=Inter", NULL, false);
	assert_link(1, "CN=Root", "anchors/again.json", true);
	ck_assert(links->reaches);
	stella_report_record(&report, "anchors/root.json"); /* by this one it was verified */
	find(&leaf, NULL);
	assert_link(1, "CN=Root", "anchors/root.json", true);
	stella_report_forget(&report);
	stella_cert_free(certs[0]);
	stella_cert_free(certs[1]);
}
END_TEST

START_TEST(the_first_to_end_is_found_as_records_narrow_it)
{
	find(&leaf, &inter);
	ck_assert_ptr_eq(stella_links_first_end(links), &links->items[0]);
	ck_assert_int_eq(stella_links_first_end(links)->until, NOW + DAY);
	world_put_anchor("root", &root, false, NOW - 2 * DAY, NOW + DAY / 2);
	find(&leaf, &inter);
	ck_assert_ptr_eq(stella_links_first_end(links), &links->items[2]);
	ck_assert_int_eq(stella_links_first_end(links)->until, NOW + DAY / 2);
	ck_assert_int_eq(links->items[2].from, NOW - 2 * DAY);
	world_put_anchor("root", &root, false, NOW - 200 * DAY, NOW + 200 * DAY); /* and never widen */
	find(&leaf, &inter);
	ck_assert_int_eq(links->items[2].from, NOW - 100 * DAY);
	ck_assert_int_eq(links->items[2].until, NOW + 100 * DAY);
}
END_TEST

START_TEST(what_cannot_be_read_is_no_link)
{
	forget();
	stella_buf_put_str(&claim.certs[claim.cert_count++], "no certificate");
	assert_ok(stella_links_find(&links, world_shelf(), &claim, &report));
	ck_assert_uint_eq(links->count, 0);
	ck_assert_ptr_null(stella_links_first_end(links));
	forget();
	came(&leaf);
	stella_buf_put_str(&claim.certs[claim.cert_count++], "nor this");
	came(&inter);
	world_put("anchors/odd.json", stella_strdup("{}"));
	assert_ok(stella_links_find(&links, world_shelf(), &claim, &report));
	ck_assert_uint_eq(links->count, 3);
	ck_assert(links->reaches);
}
END_TEST

static void fill(TCase *t)
{
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, the_way_goes_up_to_a_record_in_which_it_may_end);
	tcase_add_test(t, records_come_before_what_came_along);
	tcase_add_test(t, a_gap_is_one_that_nobody_knows_or_another_of_its_name);
	tcase_add_test(t, what_issued_itself_needs_a_record);
	tcase_add_test(t, a_way_in_circles_ends);
	tcase_add_test(t, a_way_is_of_bounded_length);
	tcase_add_test(t, a_verified_chain_is_told_as_it_is);
	tcase_add_test(t, the_first_to_end_is_found_as_records_narrow_it);
	tcase_add_test(t, what_cannot_be_read_is_no_link);
}

CHECK_MAIN("links", fill)
