/* SPDX-License-Identifier: Apache-2.0 */
/* What an artifact is called on the command line (a digest, with a name or without, or a file to be hashed), and what is said of it. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "encode.h"
#include "sys.h"

/* ---------------------------------------------------------------- files */

void hash_all_start(struct stella_hash_ctx ctx[STELLA_HASH_COUNT])
{
	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++)
		stella_hash_start(&ctx[i], (enum stella_hash)i);
}

void hash_all_add(void *ctx, struct stella_span piece)
{
	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++)
		stella_hash_add((struct stella_hash_ctx *)ctx + i, piece);
}

void hash_all_end(struct stella_digest *out, struct stella_hash_ctx ctx[STELLA_HASH_COUNT])
{
	for (unsigned i = 0; i < STELLA_HASH_COUNT; i++) {
		uint8_t digest[STELLA_DIGEST_MAX];
		struct stella_buf hex = { 0 };

		stella_hash_end(&ctx[i], digest);
		if (!out)
			continue;
		stella_hex_print(&hex, stella_span(digest, stella_hash_size((enum stella_hash)i)));
		out[i].algorithm = stella_strdup(stella_hash_name((enum stella_hash)i));
		out[i].hex = stella_buf_take_str(&hex);
	}
}

/* Every digest that a statement may name it by, of one reading. */
static const struct stella_error *hash_file(struct stella_digest out[STELLA_HASH_COUNT], const char *path)
{
	struct stella_hash_ctx ctx[STELLA_HASH_COUNT];
	const struct stella_error *err;
	struct stat st;

	if (!stat(path, &st) && !S_ISREG(st.st_mode)) /* feed refuses it, too, whatever it has become by then */
		return stella_error(STELLA_USAGE, "%s: not a regular file", path);
	hash_all_start(ctx);
	err = stella_sys_feed(path, ARTIFACT_MAX, hash_all_add, ctx);
	hash_all_end(err ? NULL : out, ctx);
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
	struct stella_digest *digest = stella_alloc_array(STELLA_HASH_COUNT, sizeof *digest);
	const struct stella_error *err = NULL, *why;

	*out = (struct stella_subject){ .digests = digest, .digest_count = 1 };
	why = stella_digest_parse(digest, text);
	if (!why || named_digest(out, digest, text)) {
		if (!stella_digest_strong(digest))
			err = stella_error(STELLA_USAGE, "%s: not an algorithm that tells one artifact from all others: "
				"give sha256:HEX", digest->algorithm);
	} else if (stella_sys_exists(text)) {
		err = hash_file(digest, text);
		if (!err) {
			out->digest_count = STELLA_HASH_COUNT;
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

const struct stella_error *parse_artifact(struct artifact *out, const char *text)
{
	struct stella_subject subject;
	const struct stella_error *err = parse_subject(&subject, text);

	if (err)
		return err;
	for (size_t i = 0; i < subject.digest_count; i++) {
		STELLA_GROW(out->digests, out->count, out->cap);
		out->digests[out->count++] = subject.digests[i];
	}
	subject.digest_count = 0; /* handed over */
	free_subject(&subject);
	return NULL;
}

void free_artifact(struct artifact *artifact)
{
	for (size_t i = 0; i < artifact->count; i++)
		stella_digest_free(&artifact->digests[i]);
	free(artifact->digests);
	*artifact = (struct artifact){ 0 };
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
