/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer DIR OPERATION: one write of each kind, to be interrupted by tests/interrupt.sh.
 *   init             a repository
 *   config           a setting
 *   change FILE      a commit on main that changes FILE, with its working tree
 *   add NUMBER       an attestation
 *   import NUMBER    40 of them at once
 * Status as the library's codes say; every operation may be repeated.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "encode.h"
#include "store.h"

static const struct stella_error *init(const char *dir)
{
	struct stella_repo *repo = NULL;
	const struct stella_error *err = stella_refs_init(&repo, dir, "main", false);

	stella_repo_free(repo);
	return err;
}

static const struct stella_error *tree_of(struct stella_oid *out, struct stella_repo *repo, const struct stella_oid *commit)
{
	struct stella_commit_links links;
	struct stella_buf raw = { 0 };
	const struct stella_error *err = stella_repo_read(&raw, repo, commit, STELLA_OBJECT_COMMIT, STELLA_COMMIT_MAX);

	if (!err)
		err = stella_commit_links_parse(&links, stella_buf_span(&raw));
	stella_buf_free(&raw);
	*out = links.tree;
	return err;
}

static const struct stella_error *change(struct stella_repo *repo, const char *file)
{
	struct stella_change one = { file, stella_span_str("changed\n") };
	struct stella_commit_links links = { .parent_count = 0 };
	const struct stella_error *err;
	struct stella_oid tip, tree, id;
	struct stella_buf raw = { 0 };
	struct stella_ref_change move = { .ref = "refs/heads/main", .new_id = &id, .message = file };
	bool first;

	err = stella_repo_resolve(&tip, repo, "refs/heads/main");
	first = stella_error_is(err, STELLA_NOT_FOUND);
	if (!first && !err)
		err = tree_of(&tree, repo, &tip);
	if (err && !first)
		return err;
	if (!first)
		links.parents[links.parent_count++] = tip;
	move.old = first ? NULL : &tip;
	err = stella_refs_write_tree(&links.tree, repo, first ? NULL : &tree, &one, 1);
	if (err)
		return err;
	stella_commit_print(&raw, &links, stella_span_str("Ann <ann@example.org> 1700000000 +0000"), stella_span_str(file), NULL, NULL);
	err = stella_refs_write(&id, repo, STELLA_OBJECT_COMMIT, stella_buf_span(&raw));
	stella_buf_free(&raw);
	return err ? err : stella_refs_publish(repo, &move, first ? NULL : &tree, &one, 1);
}

static const struct stella_error *attestation(struct stella_evidence **out, int number)
{
	struct stella_buf statement = { 0 }, bytes = { 0 };

	stella_buf_printf(&statement, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"n\",\"digest\":{\"sha256\":"
		"\"%064x\"}}],\"predicateType\":\"https://example.org/p\",\"predicate\":{\"n\":%d}}", (unsigned)number, number);
	stella_buf_put_str(&bytes, "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"");
	stella_base64_print(&bytes, stella_buf_span(&statement));
	stella_buf_put_str(&bytes, "\",\"signatures\":[{\"sig\":\"c2ln\"}]}\n");
	stella_buf_free(&statement);
	return stella_evidence_parse(out, &bytes);
}

static const struct stella_error *add(struct stella_repo *repo, int number, size_t count)
{
	static const struct stella_store_commit as = { "Ann <ann@example.org>", "Add", 1700000000 };
	struct stella_evidence *items[64] = { NULL };
	const struct stella_error *err;
	struct stella_store *store = NULL;
	size_t added;

	err = stella_store_open(&store, repo, NULL);
	for (size_t i = 0; i < count && !err; i++)
		err = attestation(&items[i], number + (int)i);
	if (!err)
		err = stella_store_add(store, items, count, &as, &added);
	for (size_t i = 0; i < count; i++)
		stella_evidence_free(items[i]);
	stella_store_free(store);
	return err;
}

int main(int argc, char **argv)
{
	const struct stella_error *err = NULL;
	struct stella_repo *repo = NULL;

	if (argc < 3)
		return 2;
	if (strcmp(argv[2], "init") == 0) {
		err = init(argv[1]);
	} else {
		err = stella_repo_open(&repo, argv[1]);
		if (!err && strcmp(argv[2], "config") == 0)
			err = stella_refs_config(repo, "stella.trustRoot", "0123456789");
		else if (!err && strcmp(argv[2], "change") == 0)
			err = change(repo, argv[3]);
		else if (!err && strcmp(argv[2], "add") == 0)
			err = add(repo, atoi(argv[3]), 1);
		else if (!err && strcmp(argv[2], "import") == 0)
			err = add(repo, atoi(argv[3]), 40);
	}
	stella_repo_free(repo);
	if (!err)
		return 0;
	fprintf(stderr, "writer: %s\n", err->message);
	return stella_code_exit(err->code);
}
