/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay-histories [--warm] < FILE: folds histories of the trust model, each as a real repository,
 * and compares every verdict with the model's: classes, reasons, chains by state id, pending approvals,
 * and the checks with memory and time.  --warm folds each again with a cache that has seen earlier tips.
 * --print-keys prints the keys for the model's --keys.  Ends with "N passed, N failed".
 */
#include "replay.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "judge.h"
#include "repo.h"

#define SHARED_BY 200 /* histories in one repository */

static struct {
	char *dir, *cache_path;
	bool warm;
	unsigned long passed, failed, verdicts, warm_loads;
	uint64_t random;
} run;

/* One history that is being replayed. */
struct replay {
	struct replay_history *history;
	struct stella_repo *repo;
	bool failed;
};

static unsigned pick(unsigned below)
{
	run.random = run.random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(run.random >> 33) % below;
}

static void __attribute__((format(printf, 3, 4))) differ(struct replay *replay, const char *symbol, const char *format, ...)
{
	va_list args;

	replay->failed = true;
	printf("%s: %s: ", replay->history->name, symbol);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

/* ---------------------------------------------------------------- verdicts as text */

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts the lines and appends them, each behind a word. */
static void put_sorted(struct stella_buf *out, const char *word, char **lines, size_t count)
{
	if (count)
		qsort(lines, count, sizeof *lines, compare_lines);
	for (size_t i = 0; i < count; i++) {
		stella_buf_printf(out, "%s %s\n", word, lines[i]);
		free(lines[i]);
	}
	free(lines);
}

static char *line_of(const char *first, const char *second)
{
	struct stella_buf line = { 0 };

	stella_buf_printf(&line, "%s %s", first, second);
	return stella_buf_take_str(&line);
}

/* "head", then its chain by number and id; then what is pending, by state and fingerprint. */
static void put_view(struct stella_buf *out, const struct stella_view *view)
{
	char hex[STELLA_SHA256_HEX], **lines = stella_alloc_array(view->pending_count, sizeof *lines);

	stella_buf_printf(out, "%s\n", view->head_count > 1 ? "fork" : "ok");
	for (size_t i = 0; i < view->head_count; i++) {
		size_t count;
		const struct stella_state **chain = stella_history_chain(&count, view->heads[i]);

		stella_buf_put_str(out, "head\n");
		for (size_t k = 0; k < count; k++) {
			stella_sha256_hex(hex, &chain[k]->id);
			stella_buf_printf(out, "state %06llu %s\n", (unsigned long long)chain[k]->number, hex);
		}
		free(chain);
	}
	for (size_t i = 0; i < view->pending_count; i++) {
		stella_sha256_hex(hex, &view->pending[i]->target);
		lines[i] = line_of(hex, view->pending[i]->fingerprint);
	}
	put_sorted(out, "pending", lines, view->pending_count);
}

static const char *reason_of(const struct stella_error *err)
{
	switch (err->code) {
	case STELLA_NO_ROOT: return "no-root";
	case STELLA_BAD_ROOT: return "bad-root";
	case STELLA_INCOMPLETE: return "incomplete";
	case STELLA_POLICY_UNSUPPORTED: return "unsupported";
	default: return err->message;
	}
}

static char *put_verdict(const struct stella_error *err, const struct stella_view *view)
{
	struct stella_buf out = { 0 };

	if (err)
		stella_buf_printf(&out, "error %s\n", reason_of(err));
	else
		put_view(&out, view);
	return stella_buf_take_str(&out);
}

static char *fingerprint_of(const char *line)
{
	struct stella_buf out = { 0 };
	struct stella_pubkey *key;
	const struct stella_error *err = stella_pubkey_parse_ssh_line(&key, stella_span_str(line));

	if (err) {
		fprintf(stderr, "%s: %s\n", line, err->message);
		exit(99);
	}
	stella_pubkey_print_fingerprint(&out, key);
	stella_pubkey_free(key);
	return stella_buf_take_str(&out);
}

static void put_expected_chain(struct stella_buf *out, const struct replay_history *history, const struct stella_json *chain)
{
	const struct stella_json *states = stella_json_find(history->doc, "states");
	size_t count = stella_json_count(chain);
	char **lines = stella_alloc_array(count, sizeof *lines), number[24];

	for (size_t i = 0; i < count; i++) {
		const struct stella_json *state = stella_json_find(states, stella_json_text(stella_json_at(chain, i)));
		int64_t n = 0;

		stella_json_is_int(stella_json_find(state, "number"), &n);
		snprintf(number, sizeof number, "%06lld", (long long)n);
		lines[i] = line_of(number, stella_json_text(stella_json_find(state, "id")));
	}
	stella_buf_put_str(out, "head\n");
	put_sorted(out, "state", lines, count);
}

static void put_expected_pending(struct stella_buf *out, const struct replay_history *history,
	const struct stella_json *pending)
{
	char **lines = NULL;
	size_t count = 0, cap = 0;

	for (size_t i = 0; i < stella_json_count(pending); i++) {
		const struct stella_json *keys;
		const char *symbol;

		stella_json_member(pending, i, &symbol, &keys);
		for (size_t k = 0; k < stella_json_count(keys); k++) {
			char *fingerprint = fingerprint_of(stella_json_text(stella_json_at(keys, k)));

			STELLA_GROW(lines, count, cap);
			lines[count++] = line_of(replay_state_id(history, symbol), fingerprint);
			free(fingerprint);
		}
	}
	put_sorted(out, "pending", lines, count);
}

static char *put_expected(const struct replay_history *history, const struct stella_json *expected)
{
	struct stella_buf out = { 0 };
	const struct stella_json *heads = stella_json_find(expected, "heads");

	if (!heads) {
		stella_buf_printf(&out, "error %s\n", stella_json_text(stella_json_find(expected, "reason")));
		return stella_buf_take_str(&out);
	}
	stella_buf_printf(&out, "%s\n", stella_json_text(stella_json_find(expected, "class")));
	for (size_t i = 0; i < stella_json_count(heads); i++)
		put_expected_chain(&out, history, stella_json_at(heads, i));
	put_expected_pending(&out, history, stella_json_find(expected, "pending"));
	return stella_buf_take_str(&out);
}

/* ---------------------------------------------------------------- comparing */

static void compare(struct replay *replay, const struct replay_commit *commit, const struct stella_error *err,
	const struct stella_view *view, const char *how)
{
	const struct stella_json *all = stella_json_find(replay->history->doc, "expected");
	const struct stella_json *expected = stella_json_find(all, commit->symbol);
	char *found = put_verdict(err, view), *wanted;

	run.verdicts++;
	if (!expected) {
		differ(replay, commit->symbol, "the model expects nothing");
		free(found);
		return;
	}
	wanted = put_expected(replay->history, expected);
	if (strcmp(found, wanted) != 0)
		differ(replay, commit->symbol, "%s: found\n%s%s%sexpected\n%s", how, found,
			err ? err->message : "", err ? "\n" : "", wanted);
	free(found);
	free(wanted);
}

static const struct stella_error *load(struct stella_history **out, struct replay *replay,
	const struct replay_commit *tip, struct stella_cache *cache)
{
	return stella_history_load(out, replay->repo, &replay->history->commits[0].id, &tip->id, cache);
}

/* A tip, and with its history all that it descends from. */
static void replay_tip(struct replay *replay, const struct replay_commit *tip, bool *seen)
{
	struct stella_history *history;
	const struct stella_error *err = load(&history, replay, tip, NULL);

	compare(replay, tip, err, err ? NULL : stella_history_view(history), "load");
	for (size_t i = 0; !err && i < replay->history->count; i++) {
		const struct replay_commit *commit = &replay->history->commits[i];
		const struct stella_view *view;
		const struct stella_error *at;

		if (seen[i] || commit->absent)
			continue;
		at = stella_history_view_at(&view, history, &commit->id);
		if (stella_error_is(at, STELLA_NOT_FOUND))
			continue;
		seen[i] = true;
		compare(replay, commit, at, view, "view at");
	}
	stella_history_free(history);
}

static void replay_cold(struct replay *replay)
{
	bool *seen = stella_alloc_array(replay->history->count, sizeof *seen);

	for (size_t i = replay->history->count; i-- > 0;) {
		const struct replay_commit *commit = &replay->history->commits[i];

		if (commit->absent)
			continue;
		if (!commit->has_children || !seen[i] || pick(8) == 0)
			replay_tip(replay, commit, seen);
	}
	free(seen);
}

/* ---------------------------------------------------------------- with a cache */

/* All that a view says, to the byte. */
static void dump_approval(struct stella_buf *out, const char *word, const struct stella_approval *approval)
{
	char hex[STELLA_SHA256_HEX];

	stella_sha256_hex(hex, &approval->target);
	stella_buf_printf(out, "%s %s by %s %s at ", word, hex, approval->member, approval->fingerprint);
	stella_oid_hex(hex, &approval->commit);
	stella_buf_printf(out, "%s\n", hex);
}

static void dump_state(struct stella_buf *out, const struct stella_state *state)
{
	stella_buf_printf(out, "state %llu policy %d before", (unsigned long long)state->number, state->changes_policy);
	stella_hex_print(out, stella_span(state->id.bytes, sizeof state->id.bytes));
	for (size_t i = 0; i < state->before_count; i++) {
		stella_buf_put_str(out, " ");
		stella_hex_print(out, stella_span(stella_state_before(state, i)->id.bytes, STELLA_SHA256_SIZE));
	}
	stella_buf_put_str(out, " at ");
	stella_hex_print(out, stella_span(state->commit.bytes, sizeof state->commit.bytes));
	stella_hex_print(out, stella_span(state->tree.bytes, sizeof state->tree.bytes));
	stella_hex_print(out, stella_span(state->manifest.bytes, sizeof state->manifest.bytes));
	stella_hex_print(out, stella_span(state->policy.sha256.bytes, sizeof state->policy.sha256.bytes));
	stella_hex_print(out, stella_span(state->policy.blob.bytes, sizeof state->policy.blob.bytes));
	stella_buf_put_str(out, "\n");
	for (size_t i = 0; i < state->approval_count; i++)
		dump_approval(out, "approved", state->approvals[i]);
}

static char *dump(const struct stella_error *err, const struct stella_view *view)
{
	struct stella_buf out = { 0 };

	if (err)
		stella_buf_printf(&out, "%d %s\n", err->code, err->message);
	for (size_t i = 0; !err && i < view->head_count; i++) {
		size_t count;
		const struct stella_state **chain = stella_history_chain(&count, view->heads[i]);

		stella_buf_put_str(&out, "head\n");
		for (size_t k = 0; k < count; k++)
			dump_state(&out, chain[k]);
		free(chain);
	}
	for (size_t i = 0; !err && i < view->pending_count; i++)
		dump_approval(&out, "pending", view->pending[i]);
	return stella_buf_take_str(&out);
}

/* Folds a tip with what the cache knows, compares with the cold answer, and lets the cache grow. */
static void replay_cached(struct replay *replay, const struct replay_commit *tip, bool again)
{
	struct stella_cache *cache = stella_cache_open(run.cache_path, &replay->history->commits[0].id);
	struct stella_history *cold, *warm = NULL;
	const struct stella_error *err = load(&cold, replay, tip, NULL);
	char *wanted = dump(err, err ? NULL : stella_history_view(cold)), *found;

	err = load(&warm, replay, tip, cache);
	found = dump(err, err ? NULL : stella_history_view(warm));
	if (strcmp(found, wanted) != 0)
		differ(replay, tip->symbol, "warm: found\n%scold\n%s", found, wanted);
	if (again && !err && stella_history_commits_read(warm) != 0)
		differ(replay, tip->symbol, "%zu commits were read again", stella_history_commits_read(warm));
	run.warm_loads++;
	if (!err) {
		err = stella_cache_save(run.cache_path, warm);
		if (err)
			differ(replay, tip->symbol, "%s", err->message);
	}
	stella_history_free(warm);
	stella_history_free(cold);
	stella_cache_free(cache);
	free(wanted);
	free(found);
}

/* Tips in the order of the history with gaps, then any: earlier ones, other branches, the same again. */
static void replay_warm(struct replay *replay)
{
	const struct replay_history *history = replay->history;
	const struct replay_commit *tip;

	unlink(run.cache_path);
	for (size_t i = pick(4); i < history->count; i += 1 + pick(6)) {
		if (!history->commits[i].absent)
			replay_cached(replay, &history->commits[i], false);
	}
	for (unsigned i = 0; i < 3; i++) {
		tip = &history->commits[pick((unsigned)history->count)];
		if (tip->absent)
			continue;
		replay_cached(replay, tip, false);
		replay_cached(replay, tip, true);
	}
}

/* ---------------------------------------------------------------- memory and time */

static int64_t time_of(const struct stella_json *asked, const char *name)
{
	const struct stella_json *text = stella_json_find(asked, name);
	int64_t time = INT64_MIN;

	if (text && *stella_json_text(text) && stella_time_parse(&time, stella_span_str(stella_json_text(text))))
		exit(99);
	return time;
}

static struct stella_sha256 state_id_of(struct replay *replay, const struct stella_json *symbol)
{
	struct stella_sha256 id = { { 0 } };

	if (!stella_sha256_parse(&id, stella_span_str(replay_state_id(replay->history, stella_json_text(symbol)))))
		exit(99);
	return id;
}

static const char *class_of(const struct stella_error *err)
{
	if (!err)
		return "ok";
	if (err->code == STELLA_FORK)
		return "fork";
	if (err->code == STELLA_ROLLBACK)
		return "rollback";
	return err->code == STELLA_POLICY_EXPIRED ? "stale" : "error";
}

static void replay_check(struct replay *replay, const struct stella_json *asked)
{
	const struct stella_json *at_least = stella_json_find(asked, "at_least"), *tip = stella_json_find(asked, "tip");
	const char *wanted = stella_json_text(stella_json_find(asked, "class")), *found;
	struct stella_judge judge = { .now = time_of(asked, "now"), .remembered_time = time_of(asked, "remembered_time") };
	struct stella_sha256 remembered, demanded[16] = { { { 0 } } };
	struct stella_history *history = NULL;
	const struct stella_error *err;

	if (stella_json_find(asked, "remembered")) {
		remembered = state_id_of(replay, stella_json_find(asked, "remembered"));
		judge.remembered = &remembered;
	}
	judge.at_least = demanded;
	for (; at_least && judge.at_least_count < stella_json_count(at_least); judge.at_least_count++)
		demanded[judge.at_least_count] = state_id_of(replay, stella_json_at(at_least, judge.at_least_count));
	err = load(&history, replay, replay_find(replay->history, stella_json_text(tip)), NULL);
	if (!err)
		err = stella_judge_verify(&judge, history);
	found = class_of(err);
	if (strcmp(found, wanted) != 0)
		differ(replay, stella_json_text(tip), "check: %s (%s), not %s", found, err ? err->message : "", wanted);
	stella_history_free(history);
}

static void replay_checks(struct replay *replay)
{
	const struct stella_json *checks = stella_json_find(replay->history->doc, "checks");

	for (size_t i = 0; checks && i < stella_json_count(checks); i++)
		replay_check(replay, stella_json_at(checks, i));
}

/* ---------------------------------------------------------------- main */

static void replay_one(const struct stella_json *doc, struct replay_repo *shared)
{
	struct replay_history history;
	struct replay_repo own = { 0 }, *place = shared;
	struct replay replay = { .history = &history };
	const struct stella_error *err;

	if (replay_needs_own_repo(doc)) {
		replay_repo_make(&own, run.dir);
		place = &own;
	}
	replay_build(&history, place, doc);
	err = stella_repo_open(&replay.repo, place->path);
	if (err) {
		differ(&replay, "repository", "%s", err->message);
	} else {
		replay_cold(&replay);
		replay_checks(&replay);
		if (run.warm)
			replay_warm(&replay);
		stella_repo_free(replay.repo);
	}
	if (replay.failed)
		run.failed++;
	else
		run.passed++;
	replay_free(&history);
	if (own.path)
		replay_repo_remove(&own);
}

static void replay_all(FILE *in)
{
	struct replay_repo shared = { 0 };
	char *line = NULL;
	size_t cap = 0, done = 0;
	ssize_t size;

	while ((size = getline(&line, &cap, in)) > 0) {
		const struct stella_error *err;
		struct stella_json *doc;

		err = stella_json_parse(&doc, stella_span(line, (size_t)size));
		if (err) {
			printf("line %zu: %s\n", done + 1, err->message);
			run.failed++;
			continue;
		}
		if (done++ % SHARED_BY == 0) {
			if (shared.path)
				replay_repo_remove(&shared);
			replay_repo_make(&shared, run.dir);
		}
		replay_one(doc, &shared);
		stella_json_free(doc);
	}
	if (shared.path)
		replay_repo_remove(&shared);
	free(line);
}

static int print_keys(void)
{
	for (size_t i = 0; i < TEST_KEY_COUNT; i++)
		printf("%s\"%s\": \"%s\"%s\n", i ? " " : "{", testkey_name(i), testkey_line(i),
			i + 1 < TEST_KEY_COUNT ? "," : "}");
	return 0;
}

int main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR");
	char dir[256], cache[300];

	if (argc > 1 && strcmp(argv[1], "--print-keys") == 0)
		return print_keys();
	run.warm = argc > 1 && strcmp(argv[1], "--warm") == 0;
	if (!tmp)
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(dir, sizeof dir, "%s/stella-replay-XXXXXX", tmp);
	if (!mkdtemp(dir)) {
		perror(dir);
		return 99;
	}
	run.dir = dir;
	snprintf(cache, sizeof cache, "%s/fold.cache", dir);
	run.cache_path = cache;
	git_libgit2_init();
	replay_all(stdin);
	unlink(cache);
	rmdir(dir);
	printf("%lu verdicts, %lu times with a cache\n%lu passed, %lu failed\n", run.verdicts, run.warm_loads, run.passed, run.failed);
	return run.failed ? 1 : 0;
}
