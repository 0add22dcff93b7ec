/* SPDX-License-Identifier: Apache-2.0 */
#include "trust.h"

#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "judge.h"
#include "memory.h"
#include "pin.h"
#include "pool.h"
#include "private.h"
#include "snapshot.h"
#include "suppose.h"
#include "sys.h"

#define KEPT_MAX (64u << 20) /* bytes of records that stay in memory */
#define TIME_STEP 60 /* seconds by which the clock must have gone on for that alone to be remembered */

/* The content of a record, by its SHA-256. */
struct kept {
	struct stella_sha256 sha256;
	struct stella_buf content;
	struct kept *next;
};

struct stella_trust_private {
	bool keeps;
	struct stella_idmap kept;
	struct kept *kept_list;
	size_t kept_size;
	char *state_dir;            /* NULL: without memory */
	char *derived_dir;          /* NULL: nothing is read there */
	struct stella_judge judge;
	struct stella_sha256 *at_least;
	struct stella_memory memory;
	bool remembered;            /* memory holds something */
	struct stella_snapshot *snapshot; /* NULL in a fork */
	struct stella_snapshot *older;
	struct stella_history *history;   /* NULL while warm */
	struct stella_supposed *supposed; /* read instead of the snapshot; then the history is borrowed */
	struct stella_cache *cache;
	struct stella_policy *policy;
};

/* ---------------------------------------------------------------- state */

static char *kept_path(const struct stella_trust *trust, const char *name)
{
	return stella_memory_path(trust->private_->state_dir, &trust->root, name);
}

char *stella_trust_kept(bool *own, const struct stella_trust *trust, const char *name)
{
	const struct stella_trust_private *p = trust->private_;

	*own = trust->remembers && trust->state && !trust->verdict;
	if (*own)
		return kept_path(trust, name);
	return p->derived_dir ? stella_memory_path(p->derived_dir, &trust->root, name) : NULL;
}

static const struct stella_error *fold(struct stella_trust *trust)
{
	struct stella_trust_private *p = trust->private_;
	char *path;

	if (p->state_dir && !p->cache) {
		path = kept_path(trust, "cache");
		p->cache = stella_cache_open(path, &trust->root);
		free(path);
	}
	return stella_history_load(&p->history, trust->repo, &trust->root, &trust->tip, p->cache);
}

static void show_view(struct stella_trust *trust, const struct stella_view *view)
{
	trust->view = *view;
	trust->state = view->head_count == 1 ? view->heads[0] : NULL;
}

/* What the last run kept, if the tip is the same; else the fold. */
static const struct stella_error *find_state(struct stella_trust *trust)
{
	struct stella_trust_private *p = trust->private_;
	const struct stella_error *err;

	if (p->state_dir)
		p->older = stella_snapshot_load(p->state_dir, &trust->root);
	if (p->older && stella_oid_equal(stella_snapshot_tip(p->older), &trust->tip)) {
		p->snapshot = p->older;
		p->older = NULL;
		trust->warm = true;
		show_view(trust, stella_snapshot_view(p->snapshot));
		return NULL;
	}
	err = fold(trust);
	if (err)
		return err;
	show_view(trust, stella_history_view(p->history));
	if (!trust->state)
		return NULL;
	return stella_snapshot_build(&p->snapshot, p->history, &trust->root, &trust->tip, p->older);
}

static const struct stella_error *read_policy(struct stella_trust *trust)
{
	struct stella_trust_private *p = trust->private_;
	struct stella_buf text = { 0 };
	const struct stella_error *err = stella_trust_read(&text, trust, STELLA_POLICY_PATH);
	if (!err)
		err = stella_policy_parse(&p->policy, stella_buf_span(&text));
	if (!err)
		trust->policy = p->policy;
	stella_buf_free(&text);
	return err;
}

static const struct stella_error *find_policy(struct stella_trust *trust)
{
	return trust->private_->snapshot ? read_policy(trust) : NULL;
}

/* ---------------------------------------------------------------- verdict and memory */

static bool contains(const void *trust, const struct stella_sha256 *state)
{
	return stella_trust_on_chain(trust, state);
}

static const struct stella_error *name_way_out(const struct stella_error *err)
{
	if (!stella_error_is(err, STELLA_SYSTEM))
		return err;
	return stella_error_prefix(err, "what was seen cannot be remembered (to verify without memory, say "
		"--no-memory, and --at-least with a state that you know)");
}

static const struct stella_error *remember(struct stella_trust *trust)
{
	struct stella_trust_private *p = trust->private_;
	int64_t time = stella_judge_time(&p->judge);
	struct stella_memory memory = { trust->state->id, trust->state->number, time };
	const struct stella_error *err = NULL;
	char *dir = stella_memory_path(p->state_dir, &trust->root, NULL), *cache = kept_path(trust, "cache");

	if (!trust->warm) {
		err = stella_sys_mkdirs(dir, 0700);
		if (!err && p->cache)
			err = stella_cache_save(cache, p->history);
		if (!err)
			err = stella_snapshot_save(p->snapshot, p->state_dir);
	}
	/* Last: nothing is remembered before everything else has succeeded. */
	if (!err && (!p->remembered || !stella_sha256_equal(&p->memory.state, &memory.state) ||
		     time - p->memory.time >= TIME_STEP))
		err = stella_memory_save(&memory, p->state_dir, &trust->root, contains, trust);
	free(cache);
	free(dir);
	return name_way_out(err);
}

static const struct stella_error *judge(const struct stella_trust *trust)
{
	struct stella_judged judged = { trust->state, trust->policy, contains, trust };

	if (!trust->state)
		return stella_judge_fork(&trust->view);
	return stella_judge_head(&trust->private_->judge, &judged);
}

static const struct stella_error *parse_at_least(struct stella_sha256 **out,
	const struct stella_trust_options *options)
{
	*out = stella_alloc_array(options->at_least_count, sizeof **out);
	for (size_t i = 0; i < options->at_least_count; i++)
		if (!stella_sha256_parse(&(*out)[i], stella_span_str(options->at_least[i])))
			return stella_error(STELLA_USAGE, "--at-least: \"%s\" is not a full state id (64 "
				"lower-case hex digits)", options->at_least[i]);
	return NULL;
}

static const struct stella_error *load_memory(struct stella_trust *trust)
{
	struct stella_trust_private *p = trust->private_;
	const struct stella_error *err;

	err = stella_sys_state_dir(&p->state_dir);
	if (!err)
		err = stella_memory_load(&p->memory, &p->remembered, p->state_dir, &trust->root);
	if (err)
		return name_way_out(err);
	trust->remembers = true;
	if (p->remembered) {
		p->judge.remembered = &p->memory.state;
		p->judge.remembered_time = p->memory.time;
	}
	return NULL;
}

/* What cannot be found is not needed. */
static void find_derived(struct stella_trust *trust)
{
	char *state_dir, *dir;

	if (stella_sys_state_dir(&state_dir))
		return;
	dir = stella_memory_path(state_dir, &trust->root, NULL);
	if (stella_private_check_dir(dir))
		free(state_dir);
	else
		trust->private_->derived_dir = state_dir;
	free(dir);
}

static const struct stella_error *load(struct stella_trust *trust, const struct stella_trust_options *options)
{
	struct stella_trust_private *p = trust->private_;
	const struct stella_error *err;
	bool is_trust_ref;

	p->judge.now = options->now;
	p->judge.remembered_time = INT64_MIN;
	p->judge.at_least_count = options->at_least_count;
	err = parse_at_least(&p->at_least, options);
	if (err)
		return err;
	p->judge.at_least = p->at_least;
	err = stella_pin_find_root(&trust->root, &trust->root_source, trust->repo, options->root);
	if (err)
		return err;
	err = stella_pin_find_tip(&trust->tip, &trust->ref, &is_trust_ref, trust->repo, options->ref);
	if (err)
		return err;
	if (is_trust_ref && !options->no_memory)
		err = load_memory(trust);
	else if (options->derived)
		find_derived(trust);
	if (err)
		return err;
	err = find_state(trust);
	if (err)
		return err;
	return find_policy(trust);
}

/* Only these are verdicts on a state that is known; what else went wrong is no state. */
static bool is_verdict(const struct stella_error *err)
{
	return err->code == STELLA_FORK || err->code == STELLA_ROLLBACK || err->code == STELLA_POLICY_EXPIRED;
}

const struct stella_error *stella_trust_load(struct stella_trust **out, struct stella_repo *repo,
	const struct stella_trust_options *options)
{
	struct stella_trust *trust = stella_alloc(sizeof *trust);
	const struct stella_error *err;

	*out = NULL;
	trust->repo = repo;
	trust->private_ = stella_alloc(sizeof *trust->private_);
	err = load(trust, options);
	if (err)
		goto done;
	err = judge(trust);
	if (!err && trust->remembers)
		err = remember(trust);
	else if (err && options->judge_only && is_verdict(err)) {
		trust->verdict_slot = *err;
		trust->verdict = &trust->verdict_slot;
		err = NULL;
	}
	if (err)
		goto done;
	*out = trust;
	trust = NULL;
done:
	stella_trust_free(trust);
	return err;
}

void stella_trust_free(struct stella_trust *trust)
{
	struct stella_trust_private *p;

	if (!trust)
		return;
	p = trust->private_;
	stella_policy_free(p->policy);
	stella_snapshot_free(p->snapshot);
	stella_snapshot_free(p->older);
	if (!p->supposed)
		stella_history_free(p->history);
	stella_supposed_free(p->supposed);
	stella_cache_free(p->cache);
	while (p->kept_list) {
		struct kept *next = p->kept_list->next;

		stella_buf_free(&p->kept_list->content);
		free(p->kept_list);
		p->kept_list = next;
	}
	stella_idmap_free(&p->kept);
	free(p->at_least);
	free(p->state_dir);
	free(p->derived_dir);
	free(p);
	free(trust->ref);
	free(trust);
}

const struct stella_error *stella_trust_suppose(struct stella_trust **out, struct stella_trust *present,
	const struct stella_oid *tree)
{
	struct stella_history *history;
	struct stella_trust *trust;
	const struct stella_error *err = stella_trust_history(&history, present);

	*out = NULL;
	if (err)
		return err;
	if (!present->state)
		return stella_error(STELLA_FORK, "in a fork nothing follows one state alone");
	trust = stella_alloc(sizeof *trust);
	trust->private_ = stella_alloc(sizeof *trust->private_);
	trust->repo = present->repo;
	trust->root = present->root;
	trust->root_source = present->root_source;
	trust->ref = stella_strdup(present->ref);
	trust->tip = present->tip;
	trust->view = present->view;
	trust->supposed = true;
	err = stella_supposed_load(&trust->private_->supposed, stella_history_trees(history), present->state, tree);
	if (!err) {
		trust->private_->history = history;
		trust->state = &trust->private_->supposed->state;
		err = read_policy(trust);
		if (stella_error_is(err, STELLA_NOT_FOUND))
			err = stella_error(STELLA_MALFORMED, "the tree has no " STELLA_POLICY_PATH);
	}
	if (err) {
		stella_trust_free(trust);
		return err;
	}
	*out = trust;
	return NULL;
}

/* Of one tip there is one state. */
static const struct stella_error *check_kept(const struct stella_trust *trust, const struct stella_view *view)
{
	const struct stella_error *err;
	char *path;

	if (view->head_count == 1 && stella_sha256_equal(&view->heads[0]->id, &trust->state->id))
		return NULL;
	path = kept_path(trust, "snapshot");
	err = stella_error(STELLA_INCOMPLETE, "%s is not what the history says, and can be removed", path);
	free(path);
	return err;
}

const struct stella_error *stella_trust_history(struct stella_history **out, struct stella_trust *trust)
{
	struct stella_trust_private *p = trust->private_;
	const struct stella_error *err;

	*out = NULL;
	if (!p->history) {
		err = fold(trust);
		if (err)
			return err;
		err = check_kept(trust, stella_history_view(p->history));
		if (err) {
			stella_history_free(p->history);
			p->history = NULL;
			return err;
		}
		show_view(trust, stella_history_view(p->history));
		trust->warm = false;
	}
	*out = p->history;
	return NULL;
}

/* ---------------------------------------------------------------- records */

bool stella_trust_on_chain(const struct stella_trust *trust, const struct stella_sha256 *id)
{
	const struct stella_trust_private *p = trust->private_;

	return p->snapshot && stella_snapshot_on_chain(p->snapshot, id);
}

static size_t row_count(const struct stella_trust *trust)
{
	const struct stella_trust_private *p = trust->private_;

	return p->supposed ? p->supposed->count : stella_snapshot_count(p->snapshot);
}

static const struct stella_error *row_at(struct stella_snapshot_row *out, const struct stella_trust *trust, size_t i)
{
	const struct stella_trust_private *p = trust->private_;

	if (!p->supposed)
		return stella_snapshot_row(out, p->snapshot, i);
	*out = (struct stella_snapshot_row){ .path = p->supposed->rows[i].path, .file = p->supposed->rows[i].file };
	return NULL;
}

static const struct stella_error *find_row(struct stella_snapshot_row *out, size_t *i, bool *exact,
	struct stella_trust *trust, const char *path)
{
	const struct stella_snapshot *s = trust->private_->snapshot;
	const struct stella_error *err;

	*exact = false;
	if (trust->private_->supposed) {
		*i = stella_supposed_find(trust->private_->supposed, exact, path);
		return *exact ? row_at(out, trust, *i) : NULL;
	}
	if (!s)
		return stella_error(STELLA_FORK, "in a fork no record is in force");
	err = stella_snapshot_find(i, exact, s, stella_span_str(path));
	if (!err && *exact)
		err = stella_snapshot_row(out, s, *i);
	return err;
}

static const struct stella_error *need_row(struct stella_snapshot_row *out, struct stella_trust *trust,
	const char *path)
{
	const struct stella_error *err;
	bool exact;
	size_t i;

	err = find_row(out, &i, &exact, trust, path);
	if (!err && !exact)
		err = stella_error(STELLA_NOT_FOUND, "%s: not in trust state #%llu", path,
			(unsigned long long)trust->state->number);
	return err;
}

void stella_trust_keep(struct stella_trust *trust)
{
	trust->private_->keeps = true;
	trust->private_->kept.id_size = sizeof(struct stella_sha256);
}

static void keep(struct stella_trust_private *p, const struct stella_file *file, struct stella_span content)
{
	struct kept *kept;

	if (!p->keeps || content.size > KEPT_MAX - p->kept_size)
		return;
	kept = stella_alloc(sizeof *kept);
	kept->sha256 = file->sha256;
	stella_buf_put_span(&kept->content, content);
	kept->next = p->kept_list;
	p->kept_list = kept;
	p->kept_size += content.size;
	stella_idmap_add(&p->kept, kept);
}

static bool find_kept(struct stella_buf *out, const struct stella_trust_private *p, const struct stella_file *file)
{
	const struct kept *kept = p->keeps ? stella_idmap_find(&p->kept, &file->sha256) : NULL;

	if (kept)
		stella_buf_put_span(out, stella_buf_span(&kept->content));
	return kept != NULL;
}

const struct stella_error *stella_trust_read(struct stella_buf *out, struct stella_trust *trust,
	const char *path)
{
	struct stella_snapshot_row row;
	const struct stella_error *err;
	struct stella_sha256 found;

	*out = (struct stella_buf){ 0 };
	err = need_row(&row, trust, path);
	if (err || find_kept(out, trust->private_, &row.file))
		return err;
	err = stella_repo_read(out, trust->repo, &row.file.blob, STELLA_OBJECT_BLOB, STELLA_TREE_FILE_MAX);
	if (err)
		return stella_error_prefix(err, "%s", path);
	found = stella_sha256(stella_buf_span(out));
	if (out->size == row.file.size && stella_sha256_equal(&found, &row.file.sha256)) {
		keep(trust->private_, &row.file, stella_buf_span(out));
		return NULL;
	}
	stella_buf_free(out);
	return stella_error(STELLA_INCOMPLETE, "%s: the bytes found are not those of trust state #%llu%s",
		path, (unsigned long long)trust->state->number,
		trust->warm ? " (what was kept of it can be removed: it is made again)" : "");
}

bool stella_trust_has(struct stella_trust *trust, const char *path)
{
	struct stella_snapshot_row row;
	const struct stella_error *err;
	bool exact;
	size_t i;

	err = find_row(&row, &i, &exact, trust, path);
	/* Of a damaged table nothing may be said to be absent: reading tells. */
	return exact || (err && err->code != STELLA_FORK);
}

const struct stella_error *stella_trust_each(struct stella_trust *trust, const char *prefix,
	bool (*each)(void *context, const char *path), void *context)
{
	struct stella_snapshot_row row;
	const struct stella_error *err;
	bool exact;
	size_t i;

	err = find_row(&row, &i, &exact, trust, prefix);
	for (; !err && i < row_count(trust); i++) {
		err = row_at(&row, trust, i);
		if (err || !stella_span_starts(stella_span_str(row.path), prefix) || !each(context, row.path))
			break;
	}
	return err;
}

const struct stella_error *stella_trust_since(const struct stella_state **out, struct stella_trust *trust,
	const char *path)
{
	struct stella_snapshot_row row;
	const struct stella_error *err;

	*out = NULL;
	if (trust->supposed)
		return stella_error(STELLA_INTERNAL, "%s: what is supposed has no history", path);
	err = need_row(&row, trust, path);
	return err ? err : stella_snapshot_since(out, trust->private_->snapshot, &row);
}
