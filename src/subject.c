/* SPDX-License-Identifier: Apache-2.0 */
/* What an artifact is called on the command line (a digest, with a name or without, or a file to be hashed), and what is said of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "encode.h"
#include "sys.h"

#define PIECE 65536

/* In pieces, so that an artifact may be larger than memory. */
static const struct stella_error *hash_open_file(struct stella_sha256 *out, int fd, const char *path)
{
	struct stella_sha256_ctx ctx;
	uint8_t piece[PIECE];

	stella_sha256_start(&ctx);
	for (;;) {
		ssize_t n = read(fd, piece, sizeof piece);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return stella_error_errno("cannot read %s", path);
		if (n == 0)
			break;
		stella_sha256_add(&ctx, stella_span(piece, (size_t)n));
	}
	*out = stella_sha256_end(&ctx);
	return NULL;
}

static const struct stella_error *hash_file(struct stella_sha256 *out, const char *path)
{
	const struct stella_error *err = NULL;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return stella_error_errno("cannot open %s", path);
	if (fstat(fd, &st) < 0)
		err = stella_error_errno("cannot read %s", path);
	else if (!S_ISREG(st.st_mode))
		err = stella_error(STELLA_USAGE, "%s: not a regular file", path);
	if (!err)
		err = hash_open_file(out, fd, path);
	close(fd);
	return err;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "registry/app@sha256:..." or "sha256:...=app". */
static bool named_digest(struct stella_subject *out, struct stella_digest *digest, const char *text)
{
	const char *at = strrchr(text, '@'), *equals = strchr(text, '=');
	char *left;
	bool is;

	if (at && at != text && !stella_digest_parse(digest, at + 1)) {
		out->name = strndup(text, (size_t)(at - text));
		return true;
	}
	if (!equals || !equals[1])
		return false;
	left = strndup(text, (size_t)(equals - text));
	is = !stella_digest_parse(digest, left);
	free(left);
	if (is)
		out->name = stella_strdup(equals + 1);
	return is;
}

const struct stella_error *parse_subject(struct stella_subject *out, const char *text)
{
	struct stella_digest *digest = stella_alloc(sizeof *digest);
	struct stella_sha256 sum;
	char hex[STELLA_SHA256_HEX];
	const struct stella_error *err = NULL, *why;

	*out = (struct stella_subject){ .digests = digest, .digest_count = 1 };
	why = stella_digest_parse(digest, text);
	if (!why || named_digest(out, digest, text)) {
		if (!stella_digest_strong(digest))
			err = stella_error(STELLA_USAGE, "%s: not an algorithm that tells one artifact from all others: "
				"give sha256:HEX", digest->algorithm);
	} else if (stella_sys_exists(text)) {
		err = hash_file(&sum, text);
		if (!err) {
			stella_sha256_hex(hex, &sum);
			*digest = (struct stella_digest){ stella_strdup("sha256"), stella_strdup(hex) };
			out->name = stella_strdup(base_name(text));
		}
	} else if (strchr(text, ':')) {
		err = why;
	} else {
		err = stella_error(STELLA_USAGE, "\"%s\": neither a digest (sha256:HEX, NAME@sha256:HEX) nor a file", text);
	}
	if (err)
		free_subject(out);
	return err;
}

void free_subject(struct stella_subject *subject)
{
	for (size_t i = 0; i < subject->digest_count; i++)
		stella_digest_free(&subject->digests[i]);
	free(subject->digests);
	free(subject->name);
	*subject = (struct stella_subject){ 0 };
}

const struct stella_error *parse_type(const char **out, const char *option, const char *text)
{
	struct stella_buf names = { 0 };
	const struct stella_error *err;
	const char *name, *uri;

	*out = stella_predicate_find(text);
	if (*out)
		return NULL;
	for (size_t i = 0; stella_predicate_at(i, &name, &uri); i++)
		stella_buf_printf(&names, "%s%s", i ? ", " : "", name);
	err = stella_error(STELLA_USAGE, "--%s %.200s: expected a URI or one of %s", option, text, (const char *)names.data);
	stella_buf_free(&names);
	return err;
}
