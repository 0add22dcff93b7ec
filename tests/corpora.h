/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame around the corpora: real samples of other projects, each with the verdict that it should
 * get, in a folder DIR/<name>/ with an index.json.  To add one: write tests/corpus_<name>.c with one
 * function that reads its index and says of each case pass, fail or out of scope, and add a line
 * to the table in tests/run_corpora.c and to Makefile.am.
 */
#ifndef STELLA_TESTS_CORPORA_H
#define STELLA_TESTS_CORPORA_H

#include "json.h"

#define CORPUS_KINDS 64

struct corpus {
	const char *name;
	char *dir;
	unsigned passed, failed, out_of_scope, deviations;
	struct {
		char *text;
		unsigned count;
	} kinds[CORPUS_KINDS];
};

/* Reading; a file of the corpus that is absent or broken ends the program with status 2. */
struct stella_buf corpus_read(struct corpus *c, const char *file);
struct stella_json *corpus_json(struct corpus *c, const char *file); /* stella_json_free it */
const char *corpus_text(struct corpus *c, const struct stella_json *v, const char *name);      /* a text that must be there */
const struct stella_json *corpus_array(struct corpus *c, const struct stella_json *v, const char *name);

/* Scoring.  A failure prints a line; the words of out_of_scope and note are counted and listed at the end. */
void corpus_pass(struct corpus *c);
void corpus_fail(struct corpus *c, const char *id, const char *expected, const char *found);
void corpus_out_of_scope(struct corpus *c, const char *kind);
void corpus_note(struct corpus *c, const char *what); /* does not score: "acceptable and taken" */
/* We differ on purpose: prints id and reason, and counts as out of scope. */
void corpus_deviation(struct corpus *c, const char *id, const char *reason);
/* The usual case: should it be accepted, and what was said (NULL is accepted). */
void corpus_judge(struct corpus *c, const char *id, bool expected, const struct stella_error *found);

void corpus_checkpoints(struct corpus *c);
void corpus_dsse(struct corpus *c);
void corpus_git_objects(struct corpus *c);
void corpus_in_toto(struct corpus *c);
void corpus_made_by_peers(struct corpus *c);
void corpus_merkle(struct corpus *c);
void corpus_rfc3161(struct corpus *c);
void corpus_sshsig(struct corpus *c);
void corpus_trusted_roots(struct corpus *c);
void corpus_wycheproof(struct corpus *c);
void corpus_x509_codesigning(struct corpus *c);
void corpus_x509_limbo(struct corpus *c);

#endif
