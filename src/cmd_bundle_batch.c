/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify bundle --batch: many bundles in one run.  Read by the window, so that memory does not grow with the list;
 * verified on all cores; told in the order of the list.
 */
#include <stdlib.h>
#include <string.h>

#include "bundle_job.h"
#include "parallel.h"
#include "sys.h"

#define WINDOW 256
#define BATCH_MAX (UINT64_C(1) << 40)
#define TOLD_MAX 1000 /* refusals; further ones are counted */

struct item {
	struct stella_buf line;
	uint64_t number;                  /* of the line, from 1 */
	struct stella_error error;        /* message empty: verified */
};

struct batch {
	struct cmd *cmd;
	const struct bundle_asked *asked;
	const char *artifact;             /* of lines that name none; NULL: each does */
	unsigned threads;
	struct item items[WINDOW];
	size_t count;
	struct stella_buf line;           /* what was read of the next one */
	bool too_long;
	uint64_t lines, verified, refused;
	struct stella_error first;        /* refusal, of the line first_line */
	uint64_t first_line;
	struct stella_json *told;
};

/* ---------------------------------------------------------------- one line */

/* A bundle itself, or where it and its artifact are. */
static const struct stella_error *read_line(struct bundle_job *job, const char **artifact, const struct stella_json *line)
{
	static const char *const names[] = { "artifact", "bundle", NULL };
	const struct stella_json *bundle = stella_json_find(line, "bundle");
	const struct stella_error *err;

	if (stella_json_find(line, "mediaType"))
		return stella_bundle_parse(&job->bundle, stella_json_copy(line));
	if (stella_json_type(line) != STELLA_JSON_OBJECT)
		return stella_error(STELLA_MALFORMED, "not a JSON object");
	err = stella_json_closed(line, names);
	if (!err && stella_json_find(line, "artifact"))
		err = stella_json_need_text(artifact, line, "artifact");
	if (err)
		return err;
	if (bundle && stella_json_type(bundle) == STELLA_JSON_STRING)
		return bundle_read(job, stella_json_text(bundle));
	if (bundle && stella_json_type(bundle) == STELLA_JSON_OBJECT)
		return stella_bundle_parse(&job->bundle, stella_json_copy(bundle));
	return stella_error(STELLA_MALFORMED, "\"bundle\": expected a bundle or the name of its file");
}

static void verify_item(void *context, size_t i)
{
	struct batch *batch = context;
	struct item *item = &batch->items[i];
	struct bundle_job job = { 0 };
	struct stella_json *line = NULL;
	const char *artifact = batch->artifact;
	const struct stella_error *err = NULL;

	if (item->error.message[0]) /* a line that is too long */
		return;
	err = stella_json_parse(&line, stella_buf_span(&item->line));
	if (!err)
		err = read_line(&job, &artifact, line);
	if (!err && (!artifact || strcmp(artifact, "-") == 0))
		err = stella_error(STELLA_USAGE, "no \"artifact\" in the line, and none as argument");
	if (!err)
		err = bundle_verify(&job, batch->asked, artifact);
	if (err)
		item->error = *err;
	bundle_free(&job);
	stella_json_free(line);
}

/* ---------------------------------------------------------------- telling */

static void tell_item(struct batch *batch, const struct item *item)
{
	const char *word = stella_code_word(item->error.code);
	struct stella_json *one;

	if (batch->told && batch->refused <= TOLD_MAX) {
		one = stella_json_add(batch->told, stella_json_new_object());
		stella_json_set_int(one, "line", (int64_t)item->number);
		stella_json_set_text(one, "code", word);
		stella_json_set_text(one, "message", item->error.message);
	} else if (batch->refused <= TOLD_MAX) {
		say(batch->cmd, "REFUSED   line %llu: %s (%s)\n", (unsigned long long)item->number,
			show(batch->cmd, item->error.message), word);
	}
}

static void verify_window(struct batch *batch)
{
	stella_parallel_each(batch->count, batch->threads, verify_item, batch);
	for (size_t i = 0; i < batch->count; i++) {
		struct item *item = &batch->items[i];

		if (item->error.message[0]) {
			if (batch->refused++ == 0) {
				batch->first = item->error;
				batch->first_line = item->number;
			}
			tell_item(batch, item);
		} else {
			batch->verified++;
		}
		stella_buf_free(&item->line);
		item->error.message[0] = 0;
	}
	batch->count = 0;
}

/* ---------------------------------------------------------------- reading */

static void end_line(struct batch *batch)
{
	struct item *item = &batch->items[batch->count];

	batch->lines++;
	if (batch->line.size == 0 && !batch->too_long)
		return;
	item->number = batch->lines;
	item->line = batch->line;
	batch->line = (struct stella_buf){ 0 };
	if (batch->too_long)
		item->error = *stella_error(STELLA_LIMIT, "a line of more than %u bytes", STELLA_BUNDLE_MAX);
	batch->too_long = false;
	if (++batch->count == WINDOW)
		verify_window(batch);
}

static void take_piece(void *context, struct stella_span piece)
{
	struct batch *batch = context;

	while (piece.size > 0) {
		const uint8_t *end = memchr(piece.data, '\n', piece.size);
		size_t size = end ? (size_t)(end - piece.data) : piece.size;

		if (batch->line.size + size > STELLA_BUNDLE_MAX)
			batch->too_long = true;
		else
			stella_buf_put(&batch->line, piece.data, size);
		if (!end)
			return;
		end_line(batch);
		piece = stella_span(end + 1, piece.size - size - 1);
	}
}

/* ---------------------------------------------------------------- all */

static void tell(struct batch *batch)
{
	struct stella_json *object;

	if (!batch->cmd->json) {
		if (batch->refused > TOLD_MAX)
			say(batch->cmd, "REFUSED   %llu more\n", (unsigned long long)(batch->refused - TOLD_MAX));
		say(batch->cmd, "%s  %llu of %llu bundles\n", batch->refused ? "REFUSED" : "VERIFIED",
			(unsigned long long)(batch->refused ? batch->refused : batch->verified),
			(unsigned long long)(batch->verified + batch->refused));
		return;
	}
	object = stella_json_new_object();
	stella_json_set_int(object, "verified", (int64_t)batch->verified);
	stella_json_set_int(object, "refused", (int64_t)batch->refused);
	stella_json_set(object, "refusals", batch->told);
	batch->told = NULL;
	say_json(batch->cmd, "bundle-batch", object);
}

static const struct stella_error *read_threads(unsigned *out, const char *text)
{
	char *end;
	long value;

	*out = 0;
	if (!text)
		return NULL;
	value = strtol(text, &end, 10);
	if (*end || end == text || value < 1 || value > 64)
		return stella_error(STELLA_USAGE, "--threads: a number from 1 to 64, not \"%.64s\"", text);
	*out = (unsigned)value;
	return NULL;
}

const struct stella_error *bundle_batch(struct cmd *cmd, const struct bundle_asked *asked)
{
	struct batch *batch = stella_alloc(sizeof *batch);
	const struct stella_error *err;

	*batch = (struct batch){ .cmd = cmd, .asked = asked, .artifact = cmd->arg_count ? cmd->args[0] : NULL };
	if (cmd->json)
		batch->told = stella_json_new_array();
	err = read_threads(&batch->threads, opts_get(cmd, "threads"));
	if (!err)
		err = stella_sys_feed(opts_get(cmd, "batch"), BATCH_MAX, take_piece, batch);
	if (!err)
		end_line(batch);
	if (!err)
		verify_window(batch);
	if (!err && batch->verified + batch->refused == 0)
		err = stella_error(STELLA_NO_ATTESTATION, "%s: no bundle in it", opts_get(cmd, "batch"));
	if (!err) {
		tell(batch);
		cmd->told = batch->refused > 0 && !cmd->quiet;
		if (batch->refused)
			err = stella_error(batch->first.code, "%llu of %llu bundles refused; the first in line %llu: %.800s",
				(unsigned long long)batch->refused, (unsigned long long)(batch->verified + batch->refused),
				(unsigned long long)batch->first_line, batch->first.message);
	}
	for (size_t i = 0; i < WINDOW; i++)
		stella_buf_free(&batch->items[i].line);
	stella_buf_free(&batch->line);
	stella_json_free(batch->told);
	free(batch);
	return err;
}
