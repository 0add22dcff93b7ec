/* SPDX-License-Identifier: Apache-2.0 */
/* verify bundle --batch: many bundles held against the same root and signer. */
#include <string.h>

#include "batch.h"
#include "bundle_job.h"

#define TOLD_MAX 1000 /* refusals; further ones are counted */

struct many {
	struct batch batch;
	const struct bundle_asked *asked;
	const char *artifact;             /* of lines that name none; NULL: each does */
	struct stella_json *told;         /* NULL: as text */
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

static const struct stella_error *ask(void *context, struct batch_item *item)
{
	const struct many *many = context;
	struct bundle_job job = { 0 };
	struct stella_json *line = NULL;
	const char *artifact = many->artifact;
	const struct stella_error *err = stella_json_parse(&line, stella_buf_span(&item->text));

	if (!err)
		err = read_line(&job, &artifact, line);
	if (!err && (!artifact || strcmp(artifact, "-") == 0))
		err = stella_error(STELLA_USAGE, "no \"artifact\" in the line, and none as argument");
	if (!err)
		err = bundle_verify(&job, many->asked, artifact);
	bundle_free(&job);
	stella_json_free(line);
	return err;
}

/* ---------------------------------------------------------------- telling */

static const struct stella_error *tell(void *context, struct batch_item *item)
{
	struct many *many = context;
	struct cmd *cmd = many->batch.cmd;
	const char *word = stella_code_word(item->error.code);
	struct stella_json *one;

	if (!item->error.message[0] || many->batch.refused > TOLD_MAX)
		return NULL;
	if (many->told) {
		one = stella_json_add(many->told, stella_json_new_object());
		stella_json_set_int(one, "line", (int64_t)item->number);
		stella_json_set_text(one, "code", word);
		stella_json_set_text(one, "message", item->error.message);
	} else {
		say(cmd, "REFUSED   line %llu: %s (%s)\n", (unsigned long long)item->number, show(cmd, item->error.message), word);
	}
	return NULL;
}

static void tell_all(struct many *many)
{
	const struct batch *batch = &many->batch;
	struct stella_json *object;

	if (!many->told) {
		if (batch->refused > TOLD_MAX)
			say(batch->cmd, "REFUSED   %llu more\n", (unsigned long long)(batch->refused - TOLD_MAX));
		batch_say(batch);
		return;
	}
	object = stella_json_new_object();
	stella_json_set_int(object, "verified", (int64_t)batch->verified);
	stella_json_set_int(object, "refused", (int64_t)batch->refused);
	stella_json_set(object, "refusals", many->told);
	many->told = NULL;
	say_json(batch->cmd, "bundle-batch", object);
}

const struct stella_error *bundle_batch(struct cmd *cmd, const struct bundle_asked *asked)
{
	struct many many = {
		.batch = { .cmd = cmd, .what = "bundles", .ask = ask, .tell = tell, .context = &many },
		.asked = asked, .artifact = cmd->arg_count ? cmd->args[0] : NULL,
		.told = cmd->json ? stella_json_new_array() : NULL,
	};
	const struct stella_error *err = batch_run(&many.batch);

	if (!err) {
		tell_all(&many);
		cmd->told = many.batch.refused > 0 && !cmd->quiet;
		err = batch_verdict(&many.batch);
	}
	stella_json_free(many.told);
	return err;
}
