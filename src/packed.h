/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of evidence packs, for the files that write, judge and check them. */
#ifndef STELLA_PACKED_H
#define STELLA_PACKED_H

#include "asking.h"
#include "explain.h"
#include "pack.h"

#define PACK_FILE_MAX (1u << 20)     /* of pack.json */
#define PACK_VERDICT_MAX (64u << 20) /* of verdict.json */

/* Where a pack's question is answered from. */
struct pack_source {
	const char *dir;             /* its attestations */
	struct stella_repo *trust, *recordings; /* may be one */
	const char *root_source;     /* who pinned the root; NULL: as the trust options say */
};

/* The question of a pack, judged at one time from a source and nothing else. */
struct judgement {
	struct stella_trust *trust;
	struct stella_recorded *recorded; /* NULL: the pack names no recordings */
	struct stella_evidence *evidence; /* where it is about one attestation: it, its report and why */
	struct stella_report *report;
	struct stella_explanation *why;
	struct asking asking;        /* where it is about an artifact */
	struct stella_error slot;
	const struct stella_error *verdict; /* NULL: yes */
};

/* ---- evidence_judge.c */
/* options: root, tip and time.  MALFORMED where the state is not the one that the pack names; an error: not decided. */
const struct stella_error *pack_judge(struct judgement *j, struct cmd *cmd, const struct stella_pack *pack,
	const struct pack_source *from, const struct stella_trust_options *options) STELLA_MUST_USE;
void judgement_free(struct judgement *j); /* frees the content */
/* The answer as verify gives it with -o json. */
struct stella_json *json_judgement(struct cmd *cmd, const struct stella_pack *pack, const struct judgement *j);
/* verdict.json: of that answer what follows from the pack alone. */
void pack_verdict(struct stella_buf *out, struct cmd *cmd, const struct stella_pack *pack,
	const struct judgement *j);


/* ---- evidence_pack.c: writes --evidence, a new directory, whole or not at all */
struct evidence_asked {
	const struct stella_verify_options *options; /* with the recorded times that were looked for */
	bool about_artifact;
	const char *gate;            /* NULL: none */
	const struct stella_evidence **attestations; size_t count; /* that the answer rests on */
	struct stella_trust *trust;
	const struct stella_error *verdict; /* NULL: yes */
};
const struct stella_error *evidence_write(struct cmd *cmd, const char *path, const struct evidence_asked *asked) STELLA_MUST_USE;

#endif
