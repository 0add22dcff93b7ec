/* SPDX-License-Identifier: Apache-2.0 */
/* Real log entries of every kind, and each of their parts changed, left out, or of another log. */
#include "tlog.h"

#include "check.h"
#include "tlogkit.h"

static const struct stella_error *verify(const struct tlogkit *kit)
{
	struct stella_tlog_result result;
	const struct stella_error *err = stella_tlog_verify(&result, kit->entry, kit->root, &kit->expected);

	ck_assert(!err == !!result.log);
	return err;
}

START_TEST(an_entry_of_every_kind_verifies)
{
	for (size_t i = 0; i < TLOGROWS; i++) {
		struct tlogkit *kit = tlogkit_open(&tlogrows[i]);
		struct stella_tlog_result result;

		ck_assert_str_eq(kit->entry->kind, tlogrows[i].kind);
		ck_assert_str_eq(kit->entry->version, tlogrows[i].version);
		assert_ok(stella_tlog_verify(&result, kit->entry, kit->root, &kit->expected));
		ck_assert(result.proven);
		ck_assert_msg(result.has_time == (kit->entry->set.size > 0), "%s", tlogrows[i].name);
		ck_assert(!result.has_time || result.time == kit->entry->integrated_time);
		tlogkit_close(kit);
	}
}
END_TEST

START_TEST(a_signed_entry_timestamp_covers_body_time_index_and_log)
{
	for (size_t i = 0; i < TLOGROWS; i++) {
		struct tlogkit *kit = tlogkit_open(&tlogrows[i]);
		struct stella_tlog_entry *e = kit->entry;

		if (e->set.size > 0) {
			e->integrated_time++;
			assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
			e->integrated_time--;
			e->log_index++;
			assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
			e->log_index--;
			for (size_t k = 0; k < e->set.size; k++) {
				e->set.data[k] ^= 1;
				assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
				e->set.data[k] ^= 1;
			}
			e->integrated_time = 0;
			assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
		}
		tlogkit_close(kit);
	}
}
END_TEST

START_TEST(an_integrated_time_without_a_signed_entry_timestamp_is_no_time)
{
	struct tlogkit *kit = tlogkit_open(&tlogrows[1]);
	struct stella_tlog_result result;

	kit->entry->set.size = 0;
	assert_ok(stella_tlog_verify(&result, kit->entry, kit->root, &kit->expected));
	ck_assert(result.proven && !result.has_time);
	kit->expected.minor = 1;
	assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
	tlogkit_close(kit);
}
END_TEST

START_TEST(every_part_of_a_proof_counts)
{
	for (size_t i = 0; i < TLOGROWS; i++) {
		struct tlogkit *kit = tlogkit_open(&tlogrows[i]);
		struct stella_tlog_entry *e = kit->entry;
		int64_t index = e->proof_index, size = e->proof_size;

		for (size_t k = 0; k < e->proof_count; k++) {
			e->proof_hashes[k].bytes[k % 32] ^= 1;
			assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
			e->proof_hashes[k].bytes[k % 32] ^= 1;
		}
		e->proof_root.bytes[31] ^= 1;
		assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
		e->proof_root.bytes[31] ^= 1;
		for (e->proof_size = size - 1; e->proof_size <= size + 1; e->proof_size += 2)
			ck_assert_ptr_nonnull(verify(kit));
		e->proof_size = 0;
		assert_code(verify(kit), STELLA_MALFORMED);
		e->proof_size = size;
		e->proof_index = index ^ 1;
		ck_assert_ptr_nonnull(verify(kit));
		e->proof_index = size;
		assert_code(verify(kit), STELLA_MALFORMED);
		e->proof_index = index;
		if (e->proof_count > 0) {
			e->proof_count--;
			assert_code(verify(kit), STELLA_MALFORMED);
			e->proof_count++;
		}
		e->body.data[0] ^= 1;
		ck_assert_ptr_nonnull(verify(kit));
		e->body.data[0] ^= 1;
		assert_ok(verify(kit));
		tlogkit_close(kit);
	}
}
END_TEST

START_TEST(every_byte_of_a_checkpoint_counts_but_those_of_witnesses)
{
	for (size_t i = 0; i < TLOGROWS; i++) {
		struct tlogkit *kit = tlogkit_open(&tlogrows[i]);
		struct stella_buf *note = &kit->entry->checkpoint;
		struct stella_checkpoint *checkpoint;
		bool witnessed;
		size_t accepted = 0;

		assert_ok(stella_checkpoint_parse(&checkpoint, stella_buf_span(note)));
		witnessed = checkpoint->line_count > 1;
		stella_checkpoint_free(checkpoint);
		for (size_t k = 0; k < note->size; k += 3) {
			note->data[k] ^= 1;
			accepted += !verify(kit);
			note->data[k] ^= 1;
		}
		ck_assert_msg(!accepted == !witnessed, "%s: %zu", tlogrows[i].name, accepted);
		tlogkit_close(kit);
	}
}
END_TEST

START_TEST(what_a_bundle_of_its_version_must_have_is_asked_for)
{
	struct tlogkit *kit = tlogkit_open(&tlogrows[0]);

	assert_ok(verify(kit));
	kit->entry->has_proof = false;
	assert_ok(verify(kit)); /* 0.1: the promise is enough */
	kit->expected.minor = 2;
	assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
	kit->entry->has_proof = true;
	assert_ok(verify(kit));
	kit->entry->checkpoint.size = 0;
	assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
	kit->expected.minor = 1;
	assert_code(verify(kit), STELLA_LOG_ENTRY_MISMATCH);
	tlogkit_close(kit);
}
END_TEST

static const struct stella_error *verify_with(struct tlogkit *kit, struct stella_log log)
{
	struct stella_trustroot root = { .tlogs = &log, .tlog_count = 1 };
	struct stella_tlog_result result;

	return stella_tlog_verify(&result, kit->entry, &root, &kit->expected);
}

START_TEST(the_log_must_be_known_by_id_have_this_key_and_be_valid_then)
{
	struct tlogkit *kit = tlogkit_open(&tlogrows[0]);
	struct stella_log log = kit->root->tlogs[0], other = log;
	int64_t at = kit->entry->integrated_time;

	assert_ok(verify_with(kit, log));
	assert_code(verify_with(kit, kit->root->tlogs[1]), STELLA_LOG_ENTRY_MISMATCH);
	other.key = NULL;
	assert_code(verify_with(kit, other), STELLA_LOG_ENTRY_MISMATCH);
	other = kit->root->tlogs[1];
	other.id = log.id;
	assert_code(verify_with(kit, other), STELLA_LOG_ENTRY_MISMATCH);
	other = kit->root->ctlogs[0];
	other.id = log.id;
	assert_code(verify_with(kit, other), STELLA_LOG_ENTRY_MISMATCH);
	other = log;
	other.window = (struct stella_window){ at, at };
	assert_ok(verify_with(kit, other));
	other.window = (struct stella_window){ INT64_MIN, at - 1 };
	assert_code(verify_with(kit, other), STELLA_LOG_ENTRY_MISMATCH);
	other.window = (struct stella_window){ at + 1, INT64_MAX };
	assert_code(verify_with(kit, other), STELLA_LOG_ENTRY_MISMATCH);
	tlogkit_close(kit);
}
END_TEST

static void try_hostile(const struct stella_json *json, const char *what, void *context)
{
	const struct tlogkit *kit = context;
	struct stella_tlog_entry *entry;
	struct stella_tlog_result result;
	const struct stella_error *err = stella_tlog_parse(&entry, json);

	ck_assert_msg(!err == !!entry, "%s", what);
	if (!err)
		err = stella_tlog_verify(&result, entry, kit->root, &kit->expected);
	ck_assert_msg(!err || err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT ||
		err->code == STELLA_LOG_ENTRY_MISMATCH, "%s: %s", what, err ? err->message : "");
	if (!err && !entry->proof_count && strncmp(what, "\"hashes\"", 8) == 0)
		goto done; /* a tree of one leaf */
	/* Without its promise an entry has no time, where there is a proof; in 0.1 it may have no proof. */
	if (!err && (!entry->set.size || !entry->proof_index) && strncmp(what, "\"logIndex\"", 10) == 0)
		goto done; /* without a promise the index beside the proof is nobody's; absent is 0 */
	ck_assert_msg(err || (kit->expected.minor > 1 ? !result.has_time : !result.proven), "%s: accepted", what);
done:
	stella_tlog_free(entry);
}

START_TEST(no_value_in_any_field_does_harm)
{
	for (size_t i = 0; i < TLOGROWS; i++) {
		struct tlogkit *kit = tlogkit_open(&tlogrows[i]);
		struct stella_json *json = stella_json_copy(tlogkit_entry(kit->bundle));

		each_hostile(json, json, try_hostile, kit);
		stella_json_free(json);
		tlogkit_close(kit);
	}
}
END_TEST

static const struct stella_error *parse_with(const char *name, struct stella_json *value)
{
	struct tlogkit *kit = tlogkit_open(&tlogrows[0]);
	struct stella_json *json = stella_json_copy(tlogkit_entry(kit->bundle));
	struct stella_tlog_entry *entry;
	const struct stella_error *err;

	stella_json_set(strcmp(name, "logIndex") ? stella_json_edit(json, "inclusionProof") : json, name, value);
	err = stella_tlog_parse(&entry, json);
	stella_tlog_free(entry);
	stella_json_free(json);
	tlogkit_close(kit);
	return err;
}

START_TEST(numbers_are_plain_and_not_negative)
{
	static const char *const bad[] = { "-1", "", "01", "1.0", "1e3", " 1", "+1", "9223372036854775808", "0x1" };
	struct stella_json *hashes = stella_json_new_array();

	assert_ok(parse_with("logIndex", stella_json_new_text("9223372036854775807")));
	assert_ok(parse_with("logIndex", stella_json_new_text("0")));
	assert_ok(parse_with("logIndex", stella_json_new_int(7)));
	assert_code(parse_with("logIndex", stella_json_new_int(-1)), STELLA_MALFORMED);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_code(parse_with("logIndex", stella_json_new_text(bad[i])), STELLA_MALFORMED);
		assert_code(parse_with("treeSize", stella_json_new_text(bad[i])), STELLA_MALFORMED);
	}
	assert_code(parse_with("rootHash", stella_json_new_text("AAAA")), STELLA_MALFORMED);
	for (size_t i = 0; i < STELLA_PROOF_MAX; i++)
		stella_json_add(hashes, stella_json_new_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
	assert_ok(parse_with("hashes", stella_json_copy(hashes)));
	stella_json_add(hashes, stella_json_new_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
	assert_code(parse_with("hashes", hashes), STELLA_LIMIT);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, an_entry_of_every_kind_verifies);
	tcase_add_test(t, a_signed_entry_timestamp_covers_body_time_index_and_log);
	tcase_add_test(t, an_integrated_time_without_a_signed_entry_timestamp_is_no_time);
	tcase_add_test(t, every_part_of_a_proof_counts);
	tcase_add_test(t, every_byte_of_a_checkpoint_counts_but_those_of_witnesses);
	tcase_add_test(t, what_a_bundle_of_its_version_must_have_is_asked_for);
	tcase_add_test(t, the_log_must_be_known_by_id_have_this_key_and_be_valid_then);
	tcase_add_test(t, no_value_in_any_field_does_harm);
	tcase_add_test(t, numbers_are_plain_and_not_negative);
}
CHECK_MAIN("tlog", fill)
