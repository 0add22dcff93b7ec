/* SPDX-License-Identifier: Apache-2.0 */
/* Timestamps by themselves; those where OpenSSL and the specification disagree are judged by the specification. */
#include "corpora.h"
#include "encode.h"
#include "text.h"
#include "tsp.h"

#include <stdlib.h>
#include <string.h>

#define MOST 32 /* certificates of a kind */

struct certs {
	struct stella_cert *of[MOST];
	size_t count;
};

static void read_certs(struct certs *out, struct corpus *c, const struct stella_json *v, const char *name)
{
	struct stella_buf pem, der = { 0 };
	struct stella_cursor in;
	char *label = NULL;
	const char *file;

	if (stella_json_want_text(&file, v, name) || !file)
		return;
	pem = corpus_read(c, file);
	in = stella_cursor(stella_buf_span(&pem));
	while (out->count < MOST && !stella_pem_next(&der, &label, &in)) {
		if (stella_cert_parse(&out->of[out->count], stella_buf_span(&der)))
			corpus_note(c, "a certificate that is none");
		else
			out->count++;
		der.size = 0;
		free(label);
		label = NULL;
	}
	stella_buf_free(&der);
	stella_buf_free(&pem);
}

static void free_certs(struct certs *certs)
{
	for (size_t i = 0; i < certs->count; i++)
		stella_cert_free(certs->of[i]);
}

static const struct stella_error *verify(struct stella_span response, struct stella_span message,
	const struct certs *roots, const struct certs *known, int64_t *time)
{
	const struct stella_error *err;
	struct stella_tsp *token;

	err = stella_tsp_parse(&token, response);
	if (!err)
		err = stella_tsp_verify(token, message, (const struct stella_cert *const *)roots->of, roots->count,
			(const struct stella_cert *const *)known->of, known->count, time);
	stella_tsp_free(token);
	return err;
}

static void run(struct corpus *c, const struct stella_json *v)
{
	struct stella_buf response = corpus_read(c, corpus_text(c, v, "response"));
	struct stella_buf message = corpus_read(c, corpus_text(c, v, "message"));
	const char *id = corpus_text(c, v, "id");
	struct certs roots = { 0 }, known = { 0 };
	char text[STELLA_TIME_TEXT];
	const struct stella_error *err;
	int64_t time;

	read_certs(&roots, c, v, "roots");
	read_certs(&known, c, v, "untrusted");
	err = verify(stella_buf_span(&response), stella_buf_span(&message), &roots, &known, &time);
	if (stella_json_find(v, "disputed"))
		corpus_note(c, err ? "disputed and refused" : "disputed and accepted");
	if (!err)
		stella_time_print(text, time);
	if (!err && strcmp(text, corpus_text(c, v, "time")) != 0)
		corpus_fail(c, id, corpus_text(c, v, "time"), text);
	else
		corpus_judge(c, id, strcmp(corpus_text(c, v, "expected"), "valid") == 0, err);
	free_certs(&roots);
	free_certs(&known);
	stella_buf_free(&response);
	stella_buf_free(&message);
}

void corpus_rfc3161(struct corpus *c)
{
	struct stella_json *index = corpus_json(c, "index.json");
	const struct stella_json *cases = corpus_array(c, index, "cases");

	for (size_t i = 0; i < stella_json_count(cases); i++)
		run(c, stella_json_at(cases, i));
	stella_json_free(index);
}
