/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest_internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLICY_PATH "policy.json"
#define PATH_SHOWN 2048 /* bytes, of one that is not valid */
#define ENTRY_BYTES (6 + 4 + 8 + STELLA_SHA256_SIZE) /* of an entry in a manifest, beside its name */
#define TREE_ENTRY_MAX (6 + 1 + 255 + 1 + STELLA_OID_SIZE)

/* ---------------------------------------------------------------- the walk */

static bool is_dir(const struct stella_tree_entry *entry)
{
	return entry->mode == STELLA_MODE_DIR;
}

/* A directory that is open: being judged, from its first entry to its last. */
struct frame {
	struct stella_oid id;
	struct stella_buf raw;
	struct stella_tree_entry *read; /* its entries as they stand there */
	size_t prefix;               /* bytes of the path of what stands in it */
	struct stella_entry *entries; /* and what they are, as far as that is known */
	size_t entry_count, read_cap, done;
	size_t names_size, size;     /* of the names; of the block of entries and names */
	char *names;                 /* where the next one goes */
	struct stella_tree_totals totals;
	const struct stella_file *policy;
};

struct walk {
	struct stella_trees *trees;
	struct frame *frames;
	size_t count, cap;
	uint64_t files, bytes, open; /* in all frames; open: entries */
	bool needed;                 /* the entries of the top are wanted */
	enum stella_code code;       /* how the tree is not valid, once condemned */
	bool condemned;
	bool anywhere;               /* and the directory at fault is so wherever it stands */
	struct stella_buf path;      /* where, below the innermost frame */
	char why[200];
};

static struct frame *innermost(struct walk *walk)
{
	return &walk->frames[walk->count - 1];
}

static void put_before(struct stella_buf *path, struct stella_span name)
{
	struct stella_buf whole = { 0 };

	stella_buf_put_span(&whole, name);
	if (path->size)
		stella_buf_put_str(&whole, "/");
	stella_buf_put(&whole, path->data, path->size < PATH_SHOWN ? path->size : PATH_SHOWN);
	stella_buf_free(path);
	*path = whole;
}

static void condemn(struct walk *walk, enum stella_code code, struct stella_span name, const char *why)
{
	walk->condemned = walk->anywhere = true;
	walk->code = code;
	stella_buf_put(&walk->path, name.data, name.size < PATH_SHOWN ? name.size : PATH_SHOWN);
	snprintf(walk->why, sizeof walk->why, "%s", why);
}

/* Without a place: which one it is depends on what was known already. */
static void over_limit(struct walk *walk, const char *what, uint64_t limit)
{
	char why[100];

	snprintf(why, sizeof why, "more than %llu %s", (unsigned long long)limit, what);
	condemn(walk, STELLA_LIMIT, stella_span_str(""), why);
	walk->anywhere = false;
}

/* The entry that is being looked at. */
static const struct stella_tree_entry *current(const struct frame *frame)
{
	return &frame->read[frame->done];
}

/* Does what lies at name, with these totals, fit where the innermost frame stands? */
static void check_limits(struct walk *walk, struct stella_span name, const struct stella_tree_totals *add, bool file)
{
	const struct stella_tree_limits *limits = &walk->trees->limits;
	size_t path = innermost(walk)->prefix + name.size + (file ? 0 : 1 + add->path);

	walk->files += add->files;
	walk->bytes += add->bytes;
	if (walk->files > limits->files || walk->open + add->open > limits->files + limits->depth)
		over_limit(walk, "files", limits->files);
	else if (walk->bytes > limits->bytes)
		over_limit(walk, "bytes in all files", limits->bytes);
	else if (walk->count + add->depth > limits->depth)
		over_limit(walk, "levels of directories", limits->depth);
	else if (path > limits->path)
		over_limit(walk, "bytes in a path", limits->path);
}

static void sum_up(struct frame *frame, size_t name_size, const struct stella_tree_totals *add, bool file)
{
	struct stella_tree_totals *sum = &frame->totals;
	unsigned path = (unsigned)name_size + (file ? 0 : 1 + add->path);
	unsigned open = (unsigned)frame->entry_count + add->open;

	sum->files += add->files;
	sum->bytes += add->bytes;
	sum->depth = add->depth + 1 > sum->depth ? add->depth + 1 : sum->depth;
	sum->path = path > sum->path ? path : sum->path;
	sum->open = open > sum->open ? open : sum->open;
}

/* What is wrong with one entry beside the one before it. */
static bool judge_entry(struct walk *walk, const struct stella_tree_entry *entry)
{
	const struct frame *frame = innermost(walk);
	const char *why = stella_entry_problem(entry);

	if (why)
		condemn(walk, STELLA_MALFORMED, entry->name, why);
	else if (entry->name.size > walk->trees->limits.component)
		condemn(walk, STELLA_LIMIT, entry->name, "a name is too long");
	else if (frame->entry_count && stella_tree_compare(&frame->read[frame->entry_count - 1], entry) >= 0)
		condemn(walk, STELLA_MALFORMED, entry->name, "not in git's order, or twice");
	return !walk->condemned;
}

/* The entries of the innermost frame by themselves: names, modes, order. */
static void judge_entries(struct walk *walk)
{
	struct frame *frame = innermost(walk);
	struct stella_cursor c = stella_cursor(stella_buf_span(&frame->raw));
	struct stella_span none = stella_span_str("");
	struct stella_tree_entry entry;
	bool bad = false, upper = false, dirs = false;

	while (stella_tree_next(&entry, &c, &bad)) {
		if (!judge_entry(walk, &entry))
			return;
		for (size_t i = 0; i < entry.name.size; i++)
			upper |= entry.name.data[i] >= 'A' && entry.name.data[i] <= 'Z';
		dirs |= is_dir(&entry);
		frame->names_size += entry.name.size + 1;
		STELLA_GROW(frame->read, frame->entry_count, frame->read_cap);
		frame->read[frame->entry_count++] = entry;
	}
	if (bad)
		condemn(walk, STELLA_MALFORMED, none, "not the bytes of a tree");
	else if (!frame->entry_count)
		condemn(walk, STELLA_MALFORMED, none, "an empty directory");
	else if ((upper || dirs) && !stella_entries_unique(frame->read, frame->entry_count, frame->names_size))
		condemn(walk, STELLA_MALFORMED, none, "two names are the same but for case");
}

static const struct stella_error *open_frame(struct walk *walk, const struct stella_oid *id)
{
	const struct stella_tree_limits *limits = &walk->trees->limits;
	size_t prefix = walk->count ? innermost(walk)->prefix + current(innermost(walk))->name.size + 1 : 0;
	const struct stella_error *err;
	struct frame *frame;

	STELLA_GROW(walk->frames, walk->count, walk->cap);
	frame = &walk->frames[walk->count++];
	*frame = (struct frame){ .id = *id, .prefix = prefix, .totals.depth = 1 };
	err = stella_repo_read(&frame->raw, walk->trees->repo, id, STELLA_OBJECT_TREE, limits->files * TREE_ENTRY_MAX);
	if (err)
		return err;
	judge_entries(walk);
	if (walk->condemned)
		return NULL;
	frame->totals.open = (unsigned)frame->entry_count;
	walk->open += frame->entry_count;
	if (walk->open > limits->files + limits->depth) {
		over_limit(walk, "files", limits->files);
		return NULL;
	}
	frame->size = frame->entry_count * sizeof *frame->entries + frame->names_size;
	frame->entries = stella_alloc(frame->size);
	frame->names = (char *)(frame->entries + frame->entry_count);
	return NULL;
}

static void close_frame(struct walk *walk)
{
	struct frame *frame = innermost(walk);

	walk->open -= frame->totals.open ? frame->entry_count : 0;
	stella_buf_free(&frame->raw);
	free(frame->read);
	free(frame->entries);
	walk->count--;
}

/* The current entry is this directory or file. */
static void fill_entry(struct frame *frame, const struct stella_dir *dir, const struct stella_file *file)
{
	struct stella_span name = current(frame)->name;

	frame->entries[frame->done++] = (struct stella_entry){ .name = frame->names, .dir = dir, .file = file };
	memcpy(frame->names, name.data, name.size);
	frame->names += name.size + 1;
}

static const struct stella_error *read_file(const struct stella_file **out, struct stella_trees *trees,
	const struct stella_oid *id)
{
	const struct stella_error *err;
	struct stella_buf content = { 0 };
	struct stella_file file = { .blob = *id };

	*out = NULL;
	err = stella_repo_read(&content, trees->repo, id, STELLA_OBJECT_BLOB, trees->limits.file);
	if (err)
		return err;
	file.size = content.size;
	file.sha256 = stella_sha256(stella_buf_span(&content));
	stella_buf_free(&content);
	*out = stella_trees_add_blob(trees, &file);
	return NULL;
}

/* An object that is not what the entry says is no fault of this repository: the tree is not valid. */
static const struct stella_error *another_type(struct walk *walk, struct stella_span name,
	const struct stella_error *err)
{
	if (!stella_error_is(err, STELLA_MALFORMED))
		return err;
	condemn(walk, STELLA_MALFORMED, name, "its object is of another type");
	return NULL;
}

static void add_file(struct walk *walk, const struct stella_file *file)
{
	struct stella_tree_totals add = { .files = 1, .bytes = file->size };
	struct frame *frame = innermost(walk);
	struct stella_span name = current(frame)->name;

	check_limits(walk, name, &add, true);
	sum_up(frame, name.size, &add, true);
	if (name.size == strlen(POLICY_PATH) && memcmp(name.data, POLICY_PATH, name.size) == 0)
		frame->policy = file;
	fill_entry(frame, NULL, file);
}

static void add_dir(struct walk *walk, const struct stella_dir *dir)
{
	struct frame *frame = innermost(walk);
	struct stella_span name = current(frame)->name;

	check_limits(walk, name, &dir->totals, false);
	sum_up(frame, name.size, &dir->totals, false);
	if (walk->condemned)
		return;
	if (dir->good) {
		fill_entry(frame, dir, NULL);
		return;
	}
	condemn(walk, dir->code, stella_span_str(dir->path), dir->why);
	walk->anywhere = dir->anywhere;
	if (dir->anywhere)
		put_before(&walk->path, name);
}

/* The next entries of the innermost frame, as far as they are known; false at the first that is not. */
static bool add_known(struct walk *walk)
{
	struct stella_trees *trees = walk->trees;
	struct frame *frame = innermost(walk);
	bool known = true;

	pthread_mutex_lock(&trees->lock);
	while (known && !walk->condemned && frame->done < frame->entry_count) {
		const struct stella_oid *id = &current(frame)->id;
		const struct stella_file *file = NULL;
		const struct stella_dir *dir = NULL;

		if (is_dir(current(frame)))
			dir = stella_trees_known_dir(trees, id);
		else
			file = stella_trees_known_file(trees, id);
		known = dir || file;
		if (dir)
			add_dir(walk, dir);
		else if (file)
			add_file(walk, file);
	}
	pthread_mutex_unlock(&trees->lock);
	return known;
}

static const struct stella_error *add_unknown(struct walk *walk)
{
	static const struct stella_tree_totals level = { .depth = 1 };
	struct stella_tree_entry entry = *current(innermost(walk));
	const struct stella_file *file;
	const struct stella_error *err;

	if (!is_dir(&entry)) {
		err = read_file(&file, walk->trees, &entry.id);
		if (err)
			return another_type(walk, entry.name, err);
		add_file(walk, file);
		return NULL;
	}
	check_limits(walk, entry.name, &level, false);
	if (walk->condemned)
		return NULL;
	err = open_frame(walk, &entry.id);
	if (!stella_error_is(err, STELLA_MALFORMED))
		return err;
	close_frame(walk);
	return another_type(walk, entry.name, err);
}

/* All entries of the innermost frame are filled in: it is a valid directory. */
static struct stella_dir *close_good(struct walk *walk)
{
	struct frame *frame = innermost(walk);
	struct stella_dir dir = { .id = frame->id, .good = true, .totals = frame->totals,
		.policy = frame->policy, .entries = frame->entries, .entry_count = frame->entry_count,
		.entries_size = frame->size }, *kept;
	struct stella_buf text = { 0 };

	stella_buf_reserve(&text, sizeof "stella-tree-v1" + frame->entry_count * ENTRY_BYTES + frame->names_size);
	stella_buf_put(&text, "stella-tree-v1", sizeof "stella-tree-v1");
	for (size_t i = 0; i < frame->entry_count; i++) {
		const struct stella_entry *entry = &frame->entries[i];

		if (entry->dir)
			stella_buf_put(&text, "40000", 5);
		else
			stella_buf_put(&text, "100644", 6);
		stella_buf_put_string(&text, frame->read[i].name);
		if (entry->file)
			stella_buf_put_u64(&text, entry->file->size);
		stella_buf_put(&text, entry->dir ? entry->dir->manifest.bytes : entry->file->sha256.bytes,
			STELLA_SHA256_SIZE);
	}
	dir.manifest = stella_sha256(stella_buf_span(&text));
	stella_buf_free(&text);
	kept = stella_trees_add_dir(walk->trees, &dir, walk->needed && walk->count == 1);
	frame->entries = NULL;
	close_frame(walk);
	if (walk->count) {
		frame = innermost(walk);
		sum_up(frame, current(frame)->name.size, &dir.totals, false);
		fill_entry(frame, kept, NULL);
	}
	return stella_sha256_equal(&kept->manifest, &dir.manifest) ? kept : NULL;
}

/* Remembers what is not valid: the tree, and each open directory that is so wherever it stands. */
static struct stella_dir *close_condemned(struct walk *walk)
{
	struct stella_dir *kept = NULL;

	while (walk->count) {
		struct frame *frame = innermost(walk);
		struct stella_dir dir = { .id = frame->id, .totals = frame->totals, .code = walk->code,
			.anywhere = walk->anywhere };

		if (walk->anywhere || walk->count == 1) {
			dir.path = stella_trees_text(walk->trees, (const char *)walk->path.data);
			dir.why = stella_trees_text(walk->trees, walk->why);
			kept = stella_trees_add_dir(walk->trees, &dir, false);
		}
		close_frame(walk);
		if (!walk->count)
			break;
		frame = innermost(walk);
		sum_up(frame, current(frame)->name.size, &dir.totals, false);
		if (walk->anywhere)
			put_before(&walk->path, current(frame)->name);
	}
	return kept;
}

static const struct stella_error *prefix_path(const struct stella_error *err, const struct walk *walk)
{
	struct stella_buf path = { 0 };

	for (size_t i = 0; i < walk->count; i++) {
		if (walk->frames[i].done < walk->frames[i].entry_count) {
			stella_buf_put_str(&path, path.size ? "/" : "");
			stella_buf_put_span(&path, current(&walk->frames[i])->name);
		}
	}
	if (path.size)
		err = stella_error_prefix(err, "%s", (char *)path.data);
	stella_buf_free(&path);
	return err;
}

/* Judges the tree of this id, whether it is known or not; *out may be one that is not valid. */
static const struct stella_error *walk_tree(struct stella_dir **out, struct stella_trees *trees,
	const struct stella_oid *id, bool needed)
{
	struct walk walk = { .trees = trees, .needed = needed };
	const struct stella_error *err;

	*out = NULL;
	err = open_frame(&walk, id);
	while (!err && !walk.condemned && walk.count) {
		if (!add_known(&walk)) {
			err = add_unknown(&walk);
		} else if (!walk.condemned) {
			*out = close_good(&walk);
			if (!*out)
				err = stella_error(STELLA_INCOMPLETE, "a directory changed while it was read");
		}
	}
	if (err)
		err = prefix_path(err, &walk);
	else if (walk.condemned)
		*out = close_condemned(&walk);
	while (walk.count)
		close_frame(&walk);
	stella_buf_free(&walk.path);
	free(walk.frames);
	return err;
}

const struct stella_error *stella_trees_judge(const struct stella_dir **out, struct stella_trees *trees,
	const struct stella_oid *tree)
{
	struct stella_dir *dir = stella_trees_dir(trees, tree);
	const struct stella_error *err;

	*out = NULL;
	if (!dir) {
		err = walk_tree(&dir, trees, tree, false);
		if (err)
			return err;
	}
	if (!dir->good)
		return stella_error(dir->code, "%s%s%s", dir->path, *dir->path ? ": " : "", dir->why);
	*out = dir;
	return NULL;
}

const struct stella_error *stella_dir_load(struct stella_trees *trees, const struct stella_dir *dir)
{
	const struct stella_error *err;
	struct stella_dir *again;

	assert(dir->good);
	if (dir->entries)
		return NULL;
	err = walk_tree(&again, trees, &dir->id, true);
	if (!err && !dir->entries)
		err = stella_error(STELLA_INCOMPLETE, "a directory is not what it was any more");
	return err;
}
