/* SPDX-License-Identifier: Apache-2.0 */
/* Reflogs, as git's refs/files-backend.c writes them: one appended line, while the ref is locked. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "refs.h"
#include "repo_internal.h"
#include "sys.h"

/* core.logAllRefUpdates decides for a ref that has no log yet. */
static bool makes_log(struct stella_repo *repo, const char *ref)
{
	int all = 0;
	const char *value = NULL;

	if (git_config_get_string(&value, repo->config, "core.logallrefupdates") != 0 || !value) {
		if (!repo->workdir)
			return false;
	} else if (strcasecmp(value, "always") == 0) {
		return true;
	} else if (git_config_parse_bool(&all, value) != 0 || !all) {
		return false;
	}
	return strcmp(ref, "HEAD") == 0 || strncmp(ref, "refs/heads/", 11) == 0 ||
	       strncmp(ref, "refs/remotes/", 13) == 0 || strncmp(ref, "refs/notes/", 11) == 0;
}

/* No angle brackets or control characters, as git cleans a name; nothing left gives the other text. */
static void put_clean(struct stella_buf *out, const char *text, const char *other)
{
	size_t start = out->size;

	for (const char *at = text ? text : ""; *at; at++)
		if ((unsigned char)*at > ' ' || (*at == ' ' && out->size > start))
			stella_buf_put(out, strchr("<>\n", *at) ? "" : at, strchr("<>\n", *at) ? 0 : 1);
	if (out->size == start)
		stella_buf_put_str(out, other);
}

static void print_line(struct stella_buf *out, struct stella_repo *repo, const struct stella_oid *old,
	const struct stella_oid *new_id, const char *message)
{
	struct stella_oid none = { { 0 } };
	char from[STELLA_OID_HEX], to[STELLA_OID_HEX];
	const char *name = NULL, *email = NULL;

	git_config_get_string(&name, repo->config, "user.name");
	git_config_get_string(&email, repo->config, "user.email");
	stella_oid_hex(from, old ? old : &none);
	stella_oid_hex(to, new_id);
	stella_buf_printf(out, "%s %s ", from, to);
	put_clean(out, name, "stella");
	stella_buf_put_str(out, " <");
	put_clean(out, email, "stella@localhost");
	stella_buf_printf(out, "> %lld +0000\t", (long long)stella_sys_now());
	for (const char *at = message ? message : ""; *at; at++)
		stella_buf_put_u8(out, (uint8_t)(*at == '\n' || *at == '\r' ? ' ' : *at));
	stella_buf_put_u8(out, '\n');
}

static const struct stella_error *append(const char *path, struct stella_span line, bool make)
{
	const struct stella_error *err = NULL;
	char *dir = stella_strdup(path);
	int fd;

	*strrchr(dir, '/') = 0;
	if (make)
		err = stella_sys_mkdirs(dir, 0777);
	free(dir);
	if (err)
		return err;
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | (make ? O_CREAT : 0), 0666);
	if (fd < 0)
		return !make && (errno == ENOENT || errno == ENOTDIR || errno == EISDIR) ? NULL : stella_error_errno("%s", path);
	if (write(fd, line.data, line.size) != (ssize_t)line.size)
		err = stella_error_errno("%s", path);
	if (close(fd) != 0 && !err)
		err = stella_error_errno("%s", path);
	return err;
}

const struct stella_error *stella_refs_log(struct stella_repo *repo, const char *ref,
	const struct stella_oid *old, const struct stella_oid *new_id, const char *message)
{
	const struct stella_error *err = NULL;
	struct stella_buf line = { 0 }, path = { 0 };
	char *head = NULL;

	print_line(&line, repo, old, new_id, message);
	stella_buf_printf(&path, "%s/logs/%s", repo->gitdir, ref);
	err = append((char *)path.data, stella_buf_span(&line), makes_log(repo, ref));
	if (!err)
		err = stella_repo_head(&head, repo);
	if (!err && head && strcmp(head, ref) == 0) {
		stella_buf_free(&path);
		stella_buf_printf(&path, "%s/logs/HEAD", repo->worktree_gitdir);
		err = append((char *)path.data, stella_buf_span(&line), makes_log(repo, "HEAD"));
	}
	free(head);
	stella_buf_free(&line);
	stella_buf_free(&path);
	return err;
}
