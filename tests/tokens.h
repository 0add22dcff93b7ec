/* SPDX-License-Identifier: Apache-2.0 */
/* Timestamps and certificates of tests/data/tsp, for the tests that need some. */
#ifndef STELLA_TESTS_TOKENS_H
#define STELLA_TESTS_TOKENS_H

#include "data.h"
#include "encode.h"
#include "x509.h"

#define TOKEN_MESSAGE stella_span_str("what was stamped")

struct token_kit {
	struct stella_cert *root, *inter, *other_root, *tsa, *twin;
};

static inline struct token_kit load_token_kit(void)
{
	struct stella_buf pem = read_data("tsp", "certs.pem"), der = { 0 };
	struct stella_cursor in = stella_cursor(stella_buf_span(&pem));
	struct token_kit kit;
	struct stella_cert **const all[] = { &kit.root, &kit.inter, &kit.other_root, &kit.tsa, &kit.twin };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		char *label = NULL;

		der.size = 0;
		assert_ok(stella_pem_next(&der, &label, &in));
		assert_ok(stella_cert_parse(all[i], stella_buf_span(&der)));
		free(label);
	}
	stella_buf_free(&der);
	stella_buf_free(&pem);
	return kit;
}

static inline void free_token_kit(struct token_kit *kit)
{
	stella_cert_free(kit->root);
	stella_cert_free(kit->inter);
	stella_cert_free(kit->other_root);
	stella_cert_free(kit->tsa);
	stella_cert_free(kit->twin);
}

struct token_row {
	char *name, *word, *text;       /* word: "ok", or of the error; text: what its message has */
	struct stella_buf der;
};

/* The next line of tokens.tsv, which is cut in place; free der. */
static inline bool next_token(char **lines, struct token_row *out)
{
	char *line = strsep(lines, "\n"), *text;

	*out = (struct token_row){ 0 };
	if (!line || !*line)
		return false;
	out->name = next_column(&line);
	out->word = next_column(&line);
	out->text = next_column(&line);
	text = next_column(&line);
	if (*text)
		assert_ok(stella_base64_parse(&out->der, stella_span_str(text), STELLA_BASE64_STRICT));
	return true;
}

static inline struct stella_buf find_token(const char *name)
{
	struct stella_buf file = read_data("tsp", "tokens.tsv");
	char *lines = (char *)file.data;
	struct token_row row;

	while (next_token(&lines, &row) && strcmp(row.name, name) != 0)
		stella_buf_free(&row.der);
	ck_assert_msg(row.name != NULL, "no token %s", name);
	stella_buf_free(&file);
	return row.der;
}

#endif
