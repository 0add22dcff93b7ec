/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run-corpora DIR [NAME...]: runs the library on the corpora in DIR, all or those named.  One line for
 * each failure, then per corpus what was out of scope and "name: N passed, N failed, N out of scope";
 * the last line is "N passed, N failed".  Status 1 on any failure, 2 on usage or a broken corpus.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "corpora.h"

static const struct {
	const char *name;
	void (*run)(struct corpus *c);
} corpora[] = {
	{ "checkpoints", corpus_checkpoints },
	{ "dsse", corpus_dsse },
	{ "git-objects", corpus_git_objects },
	{ "in-toto", corpus_in_toto },
	{ "made-by-peers", corpus_made_by_peers },
	{ "merkle", corpus_merkle },
	{ "rfc3161", corpus_rfc3161 },
	{ "sshsig", corpus_sshsig },
	{ "trusted-roots", corpus_trusted_roots },
	{ "wycheproof", corpus_wycheproof },
	{ "x509-codesigning", corpus_x509_codesigning },
	{ "x509-limbo", corpus_x509_limbo },
};
#define CORPORA (sizeof corpora / sizeof *corpora)

static _Noreturn void broken(const struct corpus *c, const char *file, const char *why)
{
	fprintf(stderr, "%s/%s: %s\n", c->dir, file, why);
	exit(2);
}

struct stella_buf corpus_read(struct corpus *c, const char *file)
{
	struct stella_buf out = { 0 };
	char path[4096], bytes[65536];
	size_t size;
	FILE *in;

	snprintf(path, sizeof path, "%s/%s", c->dir, file);
	in = fopen(path, "rb");
	if (!in)
		broken(c, file, "cannot be read");
	while ((size = fread(bytes, 1, sizeof bytes, in)) > 0)
		stella_buf_put(&out, bytes, size);
	fclose(in);
	return out;
}

struct stella_json *corpus_json(struct corpus *c, const char *file)
{
	struct stella_buf text = corpus_read(c, file);
	const struct stella_error *err;
	struct stella_json *root;

	err = stella_json_parse(&root, stella_buf_span(&text));
	if (err)
		broken(c, file, err->message);
	stella_buf_free(&text);
	return root;
}

const char *corpus_text(struct corpus *c, const struct stella_json *v, const char *name)
{
	const struct stella_error *err;
	const char *text;

	err = stella_json_need_text(&text, v, name);
	if (err)
		broken(c, "index.json or a file it names", err->message);
	return text;
}

const struct stella_json *corpus_array(struct corpus *c, const struct stella_json *v, const char *name)
{
	const struct stella_error *err;
	const struct stella_json *array;

	err = stella_json_need(&array, v, name, STELLA_JSON_ARRAY);
	if (err)
		broken(c, "index.json or a file it names", err->message);
	return array;
}

/* ---------------------------------------------------------------- scoring */

void corpus_pass(struct corpus *c)
{
	c->passed++;
}

void corpus_fail(struct corpus *c, const char *id, const char *expected, const char *found)
{
	c->failed++;
	printf("%s: FAILED %s: expected %s, found %s\n", c->name, id, expected, found);
}

void corpus_note(struct corpus *c, const char *what)
{
	for (size_t i = 0; i < CORPUS_KINDS; i++) {
		if (!c->kinds[i].text)
			c->kinds[i].text = stella_strdup(what);
		if (strcmp(c->kinds[i].text, what) == 0) {
			c->kinds[i].count++;
			return;
		}
	}
	broken(c, what, "more kinds than CORPUS_KINDS");
}

void corpus_out_of_scope(struct corpus *c, const char *kind)
{
	char text[256];

	c->out_of_scope++;
	snprintf(text, sizeof text, "out of scope: %s", kind);
	corpus_note(c, text);
}

void corpus_deviation(struct corpus *c, const char *id, const char *reason)
{
	c->out_of_scope++;
	c->deviations++;
	printf("%s: known deviation %s: %s\n", c->name, id, reason);
}

void corpus_judge(struct corpus *c, const char *id, bool expected, const struct stella_error *found)
{
	char text[STELLA_ERROR_MAX + 64];

	if (!found == expected) {
		corpus_pass(c);
		return;
	}
	snprintf(text, sizeof text, "%s%s%s", found ? stella_code_word(found->code) : "accepted",
		found ? ": " : "", found ? found->message : "");
	corpus_fail(c, id, expected ? "accepted" : "refused", text);
}

/* ---------------------------------------------------------------- running */

static void run(struct corpus *sum, const char *dir, size_t i)
{
	struct corpus c = { .name = corpora[i].name };
	struct stella_buf path = { 0 };

	stella_buf_printf(&path, "%s/%s", dir, c.name);
	c.dir = stella_buf_take_str(&path);
	corpora[i].run(&c);
	for (size_t k = 0; k < CORPUS_KINDS && c.kinds[k].text; k++) {
		printf("%s: %s: %u\n", c.name, c.kinds[k].text, c.kinds[k].count);
		free(c.kinds[k].text);
	}
	printf("%s: %u passed, %u failed, %u out of scope", c.name, c.passed, c.failed, c.out_of_scope);
	if (c.deviations)
		printf(" (%u of them known deviations)", c.deviations);
	putchar('\n');
	sum->passed += c.passed;
	sum->failed += c.failed;
	free(c.dir);
}

static bool wanted(const char *name, int count, char **names)
{
	for (int i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return count == 0;
}

int main(int argc, char **argv)
{
	struct corpus sum = { 0 };
	unsigned found = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: %s DIR [NAME...]\n", argv[0]);
		return 2;
	}
	for (size_t i = 0; i < CORPORA; i++) {
		if (!wanted(corpora[i].name, argc - 2, argv + 2))
			continue;
		found++;
		run(&sum, argv[1], i);
	}
	if (argc > 2 && found < (unsigned)argc - 2) {
		fprintf(stderr, "%s: a name that is not in the table of run_corpora.c\n", argv[0]);
		return 2;
	}
	printf("%u passed, %u failed\n", sum.passed, sum.failed);
	return sum.failed > 0 || sum.passed == 0;
}
