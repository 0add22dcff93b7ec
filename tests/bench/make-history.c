/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make-history DIR N [RECORDS]: a bare trust repository in DIR with one member and N approved changes, each to
 * one of ten issuers, over RECORDS more records that never change; all objects in packs.  Prints the root commit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gitsig.h"
#include "history.h"
#include "manifest.h"
#include "refs.h"
#include "../testkeys.h"

static void must(const struct stella_error *err)
{
	if (err) {
		fprintf(stderr, "make-history: %s\n", err->message);
		exit(1);
	}
}

static void put_file(struct stella_change *change, char *path, char *text)
{
	*change = (struct stella_change){ path, stella_span_str(text) };
}

static char *text_of(const char *format, long n)
{
	struct stella_buf out = { 0 };

	stella_buf_printf(&out, "%s%ld", format, n);
	return stella_buf_take_str(&out);
}

static struct stella_oid root_tree(struct stella_repo *repo, long records)
{
	struct stella_change *changes = stella_alloc_array((size_t)records + 1, sizeof *changes);
	struct stella_buf policy = { 0 };
	struct stella_oid tree;

	stella_buf_printf(&policy, "{\"version\":1,\"expires\":\"2099-01-01T00:00:00Z\",\"members\":{\"alice\":[\"%s\"]},"
		"\"roles\":{\"root\":{\"members\":[\"alice\"],\"threshold\":1}},\"paths\":{}}\n", testkey_line(0));
	changes[0] = (struct stella_change){ "policy.json", stella_buf_span(&policy) };
	for (long i = 0; i < records; i++)
		put_file(&changes[i + 1], text_of("keys/record-", i), text_of("{} ", i));
	must(stella_refs_write_tree(&tree, repo, NULL, changes, (size_t)records + 1));
	return tree;
}

static struct stella_oid write_signed(struct stella_repo *repo, const struct stella_commit_links *links, long n,
	const uint8_t *target)
{
	struct stella_buf who = { 0 }, reason = { 0 }, payload = { 0 }, raw = { 0 };
	struct stella_oid id;

	stella_buf_printf(&who, "alice <alice@example.org> %ld +0000", 1700000000 + n);
	stella_buf_printf(&reason, "issuer trust %ld\n\nBecause of change %ld", n % 10, n);
	stella_commit_print(&payload, links, stella_buf_span(&who), stella_buf_span(&reason), target, NULL);
	testkey_sign_commit(&raw, 0, stella_buf_span(&payload));
	must(stella_refs_write(&id, repo, STELLA_OBJECT_COMMIT, stella_buf_span(&raw)));
	stella_buf_free(&who);
	stella_buf_free(&reason);
	stella_buf_free(&payload);
	stella_buf_free(&raw);
	return id;
}

int main(int argc, char **argv)
{
	struct stella_repo *repo;
	struct stella_commit_links links = { 0 };
	struct stella_state head = { .number = 0 };
	const struct stella_state *heads[] = { &head };
	struct stella_sha256_ctx ctx;
	struct stella_sha256 target, of_root;
	struct stella_trees *trees;
	const struct stella_dir *dir;
	struct stella_oid commit;
	struct stella_buf raw = { 0 };
	char hex[STELLA_OID_HEX];
	long count = argc > 2 ? atol(argv[2]) : 0;

	if (argc < 3 || count < 0)
		return fprintf(stderr, "usage: make-history DIR N [RECORDS]\n"), 2;
	must(stella_refs_init(&repo, argv[1], "main", true));
	must(stella_refs_batch_start(repo));
	links.tree = root_tree(repo, argc > 3 ? atol(argv[3]) : 0);
	commit = write_signed(repo, &links, 0, NULL);
	stella_oid_hex(hex, &commit);
	must(stella_refs_batch_commit(repo));

	trees = stella_trees_new(repo);
	must(stella_repo_read(&raw, repo, &commit, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX));
	of_root = stella_sha256(stella_buf_span(&raw));
	must(stella_trees_find(&dir, trees, &links.tree));
	stella_sha256_start(&ctx);
	stella_sha256_add(&ctx, stella_span("stella-root-v1", 15));
	stella_sha256_add(&ctx, stella_span(of_root.bytes, 32));
	stella_sha256_add(&ctx, stella_span(stella_dir_manifest(dir)->bytes, 32));
	head.id = stella_sha256_end(&ctx);
	must(stella_refs_batch_start(repo));
	for (long i = 1; i <= count; i++) {
		struct stella_change change;
		struct stella_oid tree;

		put_file(&change, text_of("issuers/i", i % 10), text_of("{} ", i));
		must(stella_refs_write_tree(&tree, repo, &links.tree, &change, 1));
		must(stella_trees_find(&dir, trees, &tree));
		target = stella_state_successor(heads, 1, stella_dir_manifest(dir));
		links = (struct stella_commit_links){ .tree = tree, .parents = { commit }, .parent_count = 1 };
		commit = write_signed(repo, &links, i, target.bytes);
		head.id = target;
		free((void *)(uintptr_t)change.path);
		free((void *)(uintptr_t)change.content.data);
	}
	must(stella_refs_batch_commit(repo));
	must(stella_refs_update(repo, "refs/heads/main", NULL, &commit, "make-history"));
	must(stella_refs_config(repo, "stella.trustRoot", hex));
	puts(hex);
	stella_trees_free(trees);
	stella_buf_free(&raw);
	stella_repo_free(repo);
	return 0;
}
