/* SPDX-License-Identifier: Apache-2.0 */
#include "replay.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define must(call) \
	do { \
		if (!(call)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #call); \
			exit(99); \
		} \
	} while (0)

static const char *text_of(const struct stella_json *v, const char *name)
{
	const struct stella_json *found = stella_json_find(v, name);

	return found ? stella_json_text(found) : NULL;
}

static bool flag_of(const struct stella_json *v, const char *name)
{
	const struct stella_json *found = stella_json_find(v, name);

	return !found || stella_json_bool(found);
}

static size_t count_of(const struct stella_json *v)
{
	return v ? stella_json_count(v) : 0;
}

/* ---------------------------------------------------------------- repository */

static void __attribute__((format(printf, 2, 3))) write_file(const struct replay_repo *repo, const char *format, ...)
{
	char name[512], path[1024], *slash;
	va_list args;
	FILE *file;

	va_start(args, format);
	vsnprintf(name, sizeof name, format, args);
	va_end(args);
	slash = strchr(name, '\t'); /* "path\tcontent" */
	*slash = 0;
	snprintf(path, sizeof path, "%s/%s", repo->path, name);
	file = fopen(path, "a");
	must(file);
	fprintf(file, "%s\n", slash + 1);
	fclose(file);
}

static void make_dir(const struct replay_repo *repo, const char *name)
{
	char path[1024];

	snprintf(path, sizeof path, "%s/%s", repo->path, name);
	mkdir(path, 0755);
}

void replay_repo_make(struct replay_repo *repo, const char *parent)
{
	char path[1024];
	git_repository *git;

	snprintf(path, sizeof path, "%s/repo-XXXXXX", parent);
	must(mkdtemp(path));
	repo->path = stella_strdup(path);
	must(git_repository_init(&git, path, 1) == 0);
	must(git_repository_odb(&repo->odb, git) == 0);
	git_repository_free(git);
}

void replay_repo_remove(struct replay_repo *repo)
{
	char command[1100];

	git_odb_free(repo->odb);
	snprintf(command, sizeof command, "rm -rf '%s'", repo->path);
	must(system(command) == 0);
	free(repo->path);
	*repo = (struct replay_repo){ 0 };
}

static struct stella_oid write_object(const struct replay_repo *repo, git_object_t type, const void *data, size_t size)
{
	struct stella_oid id;
	git_oid oid;

	must(git_odb_write(&oid, repo->odb, data, size, type) == 0);
	memcpy(id.bytes, oid.id, sizeof id.bytes);
	return id;
}

static void delete_object(const struct replay_repo *repo, const struct stella_oid *id)
{
	char hex[STELLA_OID_HEX], path[1024];

	stella_oid_hex(hex, id);
	snprintf(path, sizeof path, "%s/objects/%.2s/%s", repo->path, hex, hex + 2);
	must(unlink(path) == 0 || access(path, F_OK) != 0);
}

/* ---------------------------------------------------------------- trees */

struct leaf {
	const char *mode, *path, *content;
	size_t order;
};

struct entry {
	const char *mode;
	char *name, *key;
	size_t order;
	struct stella_oid id;
};

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static struct stella_oid write_leaf(const struct replay_repo *repo, const struct leaf *leaf)
{
	struct stella_oid any;

	memset(any.bytes, 0x5b, sizeof any.bytes);
	if (strcmp(leaf->mode, "160000") == 0)
		return any;
	if (strcmp(leaf->mode, "40000") == 0)
		return write_object(repo, GIT_OBJECT_TREE, "", 0);
	return write_object(repo, GIT_OBJECT_BLOB, leaf->content, strlen(leaf->content));
}

/* Names that no tree should hold are written as they stand. */
static struct stella_oid write_tree(const struct replay_repo *repo, const struct leaf *leaves, size_t count)
{
	struct entry *entries = stella_alloc_array(count, sizeof *entries);
	struct leaf *below = stella_alloc_array(count, sizeof *below);
	struct stella_buf raw = { 0 };
	size_t entry_count = 0;
	struct stella_oid id;

	for (size_t i = 0; i < count; i++) {
		const char *slash = strchr(leaves[i].path, '/');
		size_t size = slash ? (size_t)(slash - leaves[i].path) : strlen(leaves[i].path);
		bool dir = slash || strcmp(leaves[i].mode, "40000") == 0;
		struct stella_buf key = { 0 };
		size_t k = 0, below_count = 0;

		stella_buf_put(&key, leaves[i].path, size);
		if (dir)
			stella_buf_put_str(&key, "/");
		while (slash && k < entry_count && strcmp(entries[k].key, (char *)key.data) != 0)
			k++;
		if (slash && k < entry_count) {
			stella_buf_free(&key);
			continue;
		}
		for (size_t n = i; slash && n < count; n++) {
			if (strncmp(leaves[n].path, (char *)key.data, size + 1) == 0) {
				below[below_count] = leaves[n];
				below[below_count++].path += size + 1;
			}
		}
		entries[entry_count++] = (struct entry){ slash ? "40000" : leaves[i].mode,
			stella_span_strdup(stella_span(leaves[i].path, size)), stella_buf_take_str(&key), i,
			slash ? write_tree(repo, below, below_count) : write_leaf(repo, &leaves[i]) };
	}
	qsort(entries, entry_count, sizeof *entries, compare_entries);
	for (size_t i = 0; i < entry_count; i++) {
		stella_buf_printf(&raw, "%s %s", entries[i].mode, entries[i].name);
		stella_buf_put_u8(&raw, 0);
		stella_buf_put(&raw, entries[i].id.bytes, sizeof entries[i].id.bytes);
		free(entries[i].name);
		free(entries[i].key);
	}
	id = write_object(repo, GIT_OBJECT_TREE, raw.size ? (char *)raw.data : "", raw.size);
	stella_buf_free(&raw);
	free(entries);
	free(below);
	return id;
}

static size_t find_file(const struct replay_commit *commit, const char *path)
{
	size_t i = 0;

	while (i < commit->file_count && strcmp(commit->files[i].path, path) != 0)
		i++;
	return i;
}

/* The files of the first parent, with the changes. */
static void set_files(struct replay_history *history, struct replay_commit *commit)
{
	const struct stella_json *changes = stella_json_find(commit->doc, "files");
	const struct replay_commit *base = commit->parent_count ? &history->commits[commit->parents[0]] : NULL;

	commit->files = stella_alloc_array((base ? base->file_count : 0) + count_of(changes), sizeof *commit->files);
	for (size_t i = 0; base && i < base->file_count; i++) {
		commit->files[i] = base->files[i];
		commit->files[i].path = stella_strdup(base->files[i].path);
		commit->file_count++;
	}
	for (size_t i = 0; i < count_of(changes); i++) {
		const struct stella_json *content;
		const char *path;
		size_t at;

		stella_json_member(changes, i, &path, &content);
		at = find_file(commit, path);
		if (stella_json_type(content) == STELLA_JSON_NULL) {
			must(at < commit->file_count);
			free(commit->files[at].path);
			commit->files[at] = commit->files[--commit->file_count];
			continue;
		}
		if (at == commit->file_count)
			commit->files[commit->file_count++].path = stella_strdup(path);
		commit->files[at].content = stella_json_text(content);
	}
}

static void set_tree(const struct replay_repo *repo, struct replay_commit *commit)
{
	const struct stella_json *odd = stella_json_find(commit->doc, "odd");
	size_t count = commit->file_count;
	struct leaf *leaves = stella_alloc_array(count + count_of(odd), sizeof *leaves);

	for (size_t i = 0; i < count; i++)
		leaves[i] = (struct leaf){ "100644", commit->files[i].path, commit->files[i].content, i };
	for (size_t i = 0; i < count_of(odd); i++) {
		const struct stella_json *entry = stella_json_at(odd, i);

		leaves[count] = (struct leaf){ stella_json_text(stella_json_at(entry, 0)),
			stella_json_text(stella_json_at(entry, 1)), stella_json_text(stella_json_at(entry, 2)), count };
		count++;
	}
	commit->tree = write_tree(repo, leaves, count);
	free(leaves);
}

/* ---------------------------------------------------------------- commits */

static void put_message(struct stella_buf *out, const struct replay_history *history, const struct replay_commit *commit)
{
	const char *approves = text_of(commit->doc, "approves"), *form = text_of(commit->doc, "message");
	struct stella_buf line = { 0 };

	if (approves)
		stella_buf_printf(&line, "Stella-Approve: %s\n", replay_state_id(history, approves));
	if (form && strcmp(form, "subject") == 0 && approves) {
		stella_buf_put_span(out, stella_buf_span(&line));
		stella_buf_printf(out, "\n%s of %s\n", commit->symbol, history->name);
		goto done;
	}
	stella_buf_printf(out, "%s of %s\n\nA reason.\n", commit->symbol, history->name);
	if (!approves)
		goto done;
	stella_buf_put_str(out, "\n");
	stella_buf_put_span(out, stella_buf_span(&line));
	if (form && strcmp(form, "twice") == 0)
		stella_buf_put_span(out, stella_buf_span(&line));
	else if (form && strcmp(form, "quoted") == 0)
		stella_buf_put_str(out, "\nMore text.\n");
done:
	stella_buf_free(&line);
}

static void put_headers(struct stella_buf *out, const struct replay_history *history, const struct replay_commit *commit,
	unsigned odd)
{
	const struct stella_json *date = stella_json_find(commit->doc, "date");
	int64_t time = 1735689600 + (commit - history->commits);
	bool same = flag_of(commit->doc, "author_is_committer");
	char hex[STELLA_OID_HEX];

	if (date)
		must(!stella_json_int(&time, date, 0, INT64_MAX));
	stella_oid_hex(hex, &commit->tree);
	stella_buf_printf(out, "tree %s\n", hex);
	for (size_t i = 0; i < commit->parent_count; i++) {
		stella_oid_hex(hex, &history->commits[commit->parents[i]].id);
		stella_buf_printf(out, "parent %s\n", hex);
	}
	stella_buf_printf(out, "author A U Thor <author@example.org> %lld +0000\n", (long long)time);
	if (same)
		stella_buf_printf(out, "committer A U Thor <author@example.org> %lld +0000\n", (long long)time);
	else
		stella_buf_printf(out, "committer %s <author@example.org> %lld +0000\n", odd & 1 ? "C O Mitter" : "A U Thor",
			(long long)time + !(odd & 1));
}

/* Bytes that are not canonical, each under a signature of its own that git would call good. */
static void put_odd_signature(struct stella_buf *out, size_t key, const struct replay_history *history,
	const struct replay_commit *commit, unsigned odd)
{
	struct stella_buf payload = { 0 }, once = { 0 };

	put_headers(&payload, history, commit, odd);
	if (odd == 0)
		stella_buf_put_str(&payload, "encoding UTF-8\n");
	if (odd == 1)
		stella_buf_put_str(&payload, "x-other header\n");
	stella_buf_put_str(&payload, "\n");
	put_message(&payload, history, commit);
	if (odd == 2)
		stella_buf_put(&payload, "\0hidden", 7);
	testkey_sign_commit(&once, key, stella_buf_span(&payload));
	if (odd == 3) { /* a second signature */
		struct stella_buf armored = { 0 };

		testkey_sign(&armored, testkey_find("x1"), stella_buf_span(&payload));
		testkey_put_signature(out, stella_buf_span(&once), stella_buf_span(&armored));
		stella_buf_free(&armored);
	} else {
		stella_buf_put_span(out, stella_buf_span(&once));
	}
	stella_buf_free(&once);
	stella_buf_free(&payload);
}

static void put_signed(struct stella_buf *out, const struct replay_history *history, const struct replay_commit *commit,
	const char *signer)
{
	struct stella_buf payload = { 0 }, armored = { 0 };
	unsigned odd = (unsigned)(commit - history->commits);
	size_t key = testkey_of_line(signer);

	if (key == TEST_KEY_COUNT)
		key = testkey_find(signer);
	if (!flag_of(commit->doc, "canonical")) {
		put_odd_signature(out, key, history, commit, odd % 4);
		return;
	}
	put_headers(&payload, history, commit, odd);
	stella_buf_put_str(&payload, "\n");
	put_message(&payload, history, commit);
	if (flag_of(commit->doc, "signature_ok"))
		testkey_sign(&armored, key, stella_buf_span(&payload));
	else
		testkey_sign(&armored, key, stella_span(payload.data, payload.size - 1));
	testkey_put_signature(out, stella_buf_span(&payload), stella_buf_span(&armored));
	stella_buf_free(&armored);
	stella_buf_free(&payload);
}

static void write_commit(const struct replay_repo *repo, struct replay_history *history, struct replay_commit *commit)
{
	const char *signer = text_of(commit->doc, "signer");
	struct stella_buf raw = { 0 };

	if (commit == history->commits && text_of(history->doc, "root_raw")) {
		stella_buf_put_str(&raw, text_of(history->doc, "root_raw"));
	} else if (signer) {
		put_signed(&raw, history, commit, signer);
	} else {
		put_headers(&raw, history, commit, 0);
		stella_buf_put_str(&raw, "\n");
		put_message(&raw, history, commit);
	}
	commit->id = write_object(repo, GIT_OBJECT_COMMIT, raw.data, raw.size);
	stella_buf_free(&raw);
}

/* ---------------------------------------------------------------- surroundings */

static void hex_of(char out[STELLA_OID_HEX], const struct replay_history *history, const char *symbol)
{
	stella_oid_hex(out, &replay_find(history, symbol)->id);
}

/* All these have no influence; a later setting of one environment variable does no harm to others. */
static void set_up(const struct replay_repo *repo, const struct replay_history *history, const struct stella_json *item)
{
	char a[STELLA_OID_HEX], b[STELLA_OID_HEX], *text, *value;
	const char *name;
	const struct stella_json *first;

	stella_json_member(item, 0, &name, &first);
	text = stella_strdup(stella_json_text(first));
	if (strcmp(name, "replace") == 0) {
		hex_of(a, history, text);
		hex_of(b, history, text_of(item, "by"));
		make_dir(repo, "refs/replace");
		write_file(repo, "refs/replace/%s\t%s", a, b);
	} else if (strcmp(name, "graft") == 0) {
		hex_of(a, history, text);
		hex_of(b, history, stella_json_text(stella_json_at(stella_json_find(item, "parents"), 0)));
		make_dir(repo, "info");
		write_file(repo, "info/grafts\t%s %s", a, b);
	} else if (strcmp(name, "shallow") == 0) {
		hex_of(a, history, text);
		write_file(repo, "shallow\t%s", a);
	} else if (strcmp(name, "alternates") == 0) {
		make_dir(repo, "unrelated");
		write_file(repo, "objects/info/alternates\t%s/unrelated", repo->path);
	} else if (strcmp(name, "config") == 0) {
		value = strchr(text, '=');
		*value++ = 0;
		write_file(repo, "config\t[gpg \"ssh\"]\n\t%s = %s", strrchr(text, '.') + 1, value);
	} else {
		must(strcmp(name, "env") == 0);
		value = strchr(text, '=');
		*value++ = 0;
		setenv(text, value, 1);
	}
	free(text);
}

static void take_away(const struct replay_repo *repo, struct replay_history *history, const char *absent)
{
	char *symbol = stella_strdup(absent), *colon = strchr(symbol, ':');
	struct replay_commit *commit;

	if (colon)
		*colon = 0;
	commit = replay_find(history, symbol);
	delete_object(repo, colon ? &commit->tree : &commit->id);
	commit->absent |= !colon;
	free(symbol);
}

/* ---------------------------------------------------------------- whole histories */

struct replay_commit *replay_find(const struct replay_history *history, const char *symbol)
{
	for (size_t i = 0; i < history->count; i++) {
		if (strcmp(history->commits[i].symbol, symbol) == 0)
			return &history->commits[i];
	}
	fprintf(stderr, "%s: no commit %s\n", history->name, symbol);
	exit(99);
}

const char *replay_state_id(const struct replay_history *history, const char *symbol)
{
	const struct stella_json *state = stella_json_find(stella_json_find(history->doc, "states"), symbol);

	return state ? text_of(state, "id") : symbol;
}

bool replay_needs_own_repo(const struct stella_json *doc)
{
	return stella_json_find(doc, "absent") || stella_json_find(doc, "environment");
}

static void set_parents(struct replay_history *history, struct replay_commit *commit)
{
	const struct stella_json *parents = stella_json_find(commit->doc, "parents");

	commit->parents = stella_alloc_array(count_of(parents), sizeof *commit->parents);
	for (size_t i = 0; i < count_of(parents); i++) {
		struct replay_commit *parent = replay_find(history, stella_json_text(stella_json_at(parents, i)));

		parent->has_children = true;
		commit->parents[commit->parent_count++] = (size_t)(parent - history->commits);
	}
}

void replay_build(struct replay_history *history, struct replay_repo *repo, const struct stella_json *doc)
{
	const struct stella_json *commits = stella_json_find(doc, "commits"), *list;

	*history = (struct replay_history){ .doc = doc, .name = text_of(doc, "name") };
	history->commits = stella_alloc_array(count_of(commits), sizeof *history->commits);
	for (size_t i = 0; i < count_of(commits); i++) {
		struct replay_commit *commit = &history->commits[i];

		commit->doc = stella_json_at(commits, i);
		commit->symbol = text_of(commit->doc, "id");
		set_parents(history, commit);
		history->count++;
		set_files(history, commit);
		set_tree(repo, commit);
		write_commit(repo, history, commit);
	}
	list = stella_json_find(doc, "environment");
	for (size_t i = 0; i < count_of(list); i++)
		set_up(repo, history, stella_json_at(list, i));
	list = stella_json_find(doc, "absent");
	for (size_t i = 0; i < count_of(list); i++)
		take_away(repo, history, stella_json_text(stella_json_at(list, i)));
}

void replay_free(struct replay_history *history)
{
	for (size_t i = 0; i < history->count; i++) {
		for (size_t k = 0; k < history->commits[i].file_count; k++)
			free(history->commits[i].files[k].path);
		free(history->commits[i].files);
		free(history->commits[i].parents);
	}
	free(history->commits);
}
