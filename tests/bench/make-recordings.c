/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make-recordings key           the public key that records
 * make-recordings DIR N [TIME]  N commits on refs/heads/attestations of the trust repository DIR, each of which records one
 *                               attestation under the state in force, at TIME (seconds) and after
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recording.h"
#include "refs.h"
#include "sys.h"
#include "trust.h"
#include "../testkeys.h"

#define REF "refs/heads/attestations"

static void must(const struct stella_error *err)
{
	if (err) {
		fprintf(stderr, "make-recordings: %s\n", err->message);
		exit(1);
	}
}

static struct stella_oid record(struct stella_repo *repo, const struct stella_commit_links *links,
	struct stella_recording *recording)
{
	struct stella_buf payload = { 0 }, raw = { 0 }, trailers = { 0 };
	struct stella_sha256 of = stella_sha256(stella_span(&recording->time, sizeof recording->time));
	struct stella_oid id;

	recording->ids = &of;
	recording->id_count = 1;
	stella_recording_print(&trailers, recording);
	stella_commit_print(&payload, links, stella_span_str("robot <robot@example.org> 1700000000 +0000"),
		stella_span_str("attest record"), NULL, (char *)trailers.data);
	testkey_sign_commit(&raw, 1, stella_buf_span(&payload));
	must(stella_refs_write(&id, repo, STELLA_OBJECT_COMMIT, stella_buf_span(&raw)));
	stella_buf_free(&payload);
	stella_buf_free(&raw);
	stella_buf_free(&trailers);
	return id;
}

int main(int argc, char **argv)
{
	struct stella_trust_options options = { .no_memory = true, .now = stella_sys_now() };
	struct stella_commit_links links = { 0 };
	struct stella_recording recording = { 0 };
	struct stella_trust *trust;
	struct stella_repo *repo;
	struct stella_oid tip, old;
	bool any;

	if (argc == 2 && !strcmp(argv[1], "key"))
		return puts(testkey_line(1)) < 0;
	if (argc < 3)
		return fprintf(stderr, "usage: make-recordings key | DIR N [TIME]\n"), 2;
	must(stella_repo_open(&repo, argv[1]));
	must(stella_trust_load(&trust, repo, &options));
	recording.state = trust->state->id;
	recording.time = argc > 3 ? atoll(argv[3]) : options.now;
	links.tree = trust->state->tree;
	any = !stella_repo_resolve(&old, repo, REF);
	if (any)
		tip = links.parents[links.parent_count++] = old;
	must(stella_refs_batch_start(repo));
	for (long i = atol(argv[2]); i > 0; i--, recording.time++) {
		tip = record(repo, &links, &recording);
		links.parents[0] = tip;
		links.parent_count = 1;
	}
	must(stella_refs_batch_commit(repo));
	must(stella_refs_update(repo, REF, any ? &old : NULL, &tip, "make-recordings"));
	stella_trust_free(trust);
	stella_repo_free(repo);
	return 0;
}
