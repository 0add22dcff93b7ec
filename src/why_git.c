/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a verdict is what it is, as git commands that show the same: nobody has to believe stella for it.
 * Every name in them is an object id or a path of a trust tree (letters, digits and . _ - + @), but for
 * what is quoted; each says a piece of what it prints.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "explain.h"
#include "store_path.h"

struct shown {
	const char *shows, *run, *prints; /* kept; prints NULL: nothing, only its exit status counts */
};
struct shown_list {
	struct cmd *cmd;
	const char *git;             /* "git", or with -C */
	struct shown *items; size_t count, cap;
};

/* For a shell, whatever is in it. */
static void put_quoted(struct stella_buf *out, const char *text)
{
	stella_buf_put_u8(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			stella_buf_put_str(out, "'\\''");
		else
			stella_buf_put_u8(out, (uint8_t)*text);
	}
	stella_buf_put_u8(out, '\'');
}

static const char *find_git(struct cmd *cmd)
{
	const char *dir = opts_get(cmd, "directory");
	struct stella_buf out = { 0 };

	stella_buf_put_str(&out, "git");
	if (dir) {
		stella_buf_put_str(&out, " -C ");
		put_quoted(&out, dir);
	}
	return keep(cmd, stella_buf_take_str(&out));
}

/* Each command once. */
STELLA_PRINTF(4, 5)
static void add(struct shown_list *list, const char *shows, const char *prints, const char *format, ...)
{
	struct stella_buf run = { 0 };
	char text[STELLA_ERROR_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	stella_buf_printf(&run, "%s %s", list->git, text);
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i].run, (char *)run.data)) {
			stella_buf_free(&run);
			return;
		}
	STELLA_GROW(list->items, list->count, list->cap);
	list->items[list->count++] = (struct shown){ keep(list->cmd, stella_strdup(shows)), keep(list->cmd, stella_buf_take_str(&run)),
		prints ? keep(list->cmd, stella_strdup(prints)) : NULL };
}

/* ---------------------------------------------------------------- what each link is */

static void add_stored(struct shown_list *list, const struct stella_link *link)
{
	struct stella_buf path = { 0 }, quoted = { 0 };
	struct stella_store *store;
	struct stella_sha256 id, found;

	if (!stella_sha256_parse(&id, stella_span_str(link->object)) || session_store(&store, list->cmd) ||
	    stella_store_find(&found, store, link->object))
		return; /* not stored */
	stella_buf_printf(&path, "%s:", stella_store_ref(store));
	stella_store_path_put(&path, &id);
	put_quoted(&quoted, (char *)path.data);
	add(list, "the attestation, whose SHA-256 is its id", link->object, "show %s | sha256sum", (char *)quoted.data);
	stella_buf_free(&path);
	stella_buf_free(&quoted);
}

static void add_approval(struct shown_list *list, const struct stella_link *link, const struct stella_explained_approval *a)
{
	char commit[STELLA_OID_HEX], state[STELLA_SHA256_HEX];
	struct stella_buf shows = { 0 };

	stella_oid_hex(commit, &a->commit);
	stella_sha256_hex(state, &link->state);
	stella_buf_printf(&shows, "%s's approval of state #%llu, and the reason", a->member, (unsigned long long)link->number);
	add(list, (char *)shows.data, state, "show -s --format=%%B %s", commit);
	stella_buf_free(&shows);
	if (strncmp(a->fingerprint, "SHA256:", 7) != 0)
		return; /* not an SSH key */
	stella_buf_printf(&shows, "its signature is good, by this key of %s", a->member);
	add(list, (char *)shows.data, a->fingerprint, "-c gpg.ssh.allowedSignersFile=/dev/null log -1 --format='%%G? %%GF' %s", commit);
	stella_buf_free(&shows);
}

static void add_record(struct shown_list *list, const struct stella_link *link, const struct stella_trust *trust)
{
	char since[STELLA_OID_HEX], now[STELLA_OID_HEX];
	struct stella_buf shows = { 0 };

	stella_oid_hex(since, &link->commit);
	stella_oid_hex(now, &trust->state->commit);
	stella_buf_printf(&shows, "%s as state #%llu brought it", link->object, (unsigned long long)link->number);
	add(list, (char *)shows.data, "\"version\"", "show %s:%s", since, link->object);
	stella_buf_free(&shows);
	stella_buf_printf(&shows, "unchanged up to state #%llu, which is in force", (unsigned long long)trust->state->number);
	add(list, (char *)shows.data, NULL, "diff --exit-code %s %s -- %s", since, now, link->object);
	stella_buf_free(&shows);
	for (size_t i = 0; i < link->approval_count; i++)
		add_approval(list, link, &link->approvals[i]);
}

static void add_root(struct shown_list *list, const struct stella_link *link, const struct stella_trust *trust)
{
	char tip[STELLA_OID_HEX];

	stella_oid_hex(tip, &trust->tip);
	add(list, "the pinned root", link->object, "log -1 --format=fuller %s", link->object);
	add(list, "everything above rests on it", NULL, "merge-base --is-ancestor %s %s", link->object, tip);
}

static struct shown_list list_of(struct cmd *cmd, const struct stella_explanation *const *why, size_t count,
	const struct stella_trust *trust)
{
	struct shown_list list = { .cmd = cmd, .git = find_git(cmd) };

	for (size_t w = 0; w < count; w++)
		for (size_t i = 0; why[w] && i < why[w]->count; i++) {
			const struct stella_link *link = &why[w]->links[i];

			if (!strcmp(link->what, "verdict"))
				add_stored(&list, link);
			else if (!strcmp(link->what, "root"))
				add_root(&list, link, trust);
			else if (link->has_state)
				add_record(&list, link, trust);
		}
	return list;
}

/* ---------------------------------------------------------------- printing */

void say_git(struct cmd *cmd, const struct stella_explanation *const *why, size_t count, const struct stella_trust *trust)
{
	struct shown_list list = list_of(cmd, why, count, trust);

	say(cmd, "shown by git\n");
	for (size_t i = 0; i < list.count; i++)
		say(cmd, "  # %s\n  %s\n", show(cmd, list.items[i].shows), show(cmd, list.items[i].run));
	free(list.items);
}

struct stella_json *json_git(struct cmd *cmd, const struct stella_explanation *const *why, size_t count,
	const struct stella_trust *trust)
{
	struct shown_list list = list_of(cmd, why, count, trust);
	struct stella_json *array = stella_json_new_array();

	for (size_t i = 0; i < list.count; i++) {
		struct stella_json *one = stella_json_add(array, stella_json_new_object());

		stella_json_set_text(one, "shows", list.items[i].shows);
		stella_json_set(one, "run", json_text(list.items[i].run));
		stella_json_set_text(one, "prints", list.items[i].prints);
	}
	free(list.items);
	return array;
}
