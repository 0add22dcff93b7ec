/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make-history DIR APPROVALS PLAIN FILES: a bare repository whose branch main has that many approvals,
 * each making a new state, with PLAIN unsigned commits before each, over a tree of FILES files.  Prints
 * the root and the tip.  Repack it before measuring: git -C DIR repack -adfq
 */
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "testkeys.h"

static git_odb *odb;

static void must(int ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "make-history: %s failed\n", what);
		exit(1);
	}
}

static struct stella_oid put(git_object_t type, const struct stella_buf *data)
{
	struct stella_oid id;
	git_oid oid;

	must(git_odb_write(&oid, odb, data->data, data->size, type) == 0, "git_odb_write");
	memcpy(id.bytes, oid.id, sizeof id.bytes);
	return id;
}

static struct stella_oid put_text(git_object_t type, const char *text)
{
	struct stella_buf data = { 0 };
	struct stella_oid id;

	stella_buf_put_str(&data, text);
	id = put(type, &data);
	stella_buf_free(&data);
	return id;
}

static void put_entry(struct stella_buf *tree, const char *mode, const char *name, const struct stella_oid *id)
{
	stella_buf_printf(tree, "%s %s", mode, name);
	stella_buf_put_u8(tree, 0);
	stella_buf_put(tree, id->bytes, sizeof id->bytes);
}

/* issuers/00000.json ... and policy.json; file n % files has content n. */
static struct stella_oid put_tree(struct stella_oid *files, size_t count, size_t n, const struct stella_oid *policy)
{
	struct stella_buf dir = { 0 }, top = { 0 };
	struct stella_oid id;
	char text[64];

	snprintf(text, sizeof text, "{\"n\": %zu}\n", n);
	files[n % count] = put_text(GIT_OBJECT_BLOB, text);
	for (size_t i = 0; i < count; i++) {
		snprintf(text, sizeof text, "%05zu.json", i);
		put_entry(&dir, "100644", text, &files[i]);
	}
	id = put(GIT_OBJECT_TREE, &dir);
	put_entry(&top, "40000", "issuers", &id);
	put_entry(&top, "100644", "policy.json", policy);
	id = put(GIT_OBJECT_TREE, &top);
	stella_buf_free(&dir);
	stella_buf_free(&top);
	return id;
}

static struct stella_oid put_commit(const struct stella_oid *tree, const struct stella_oid *parent, size_t n,
	const struct stella_sha256 *approves, struct stella_sha256 *raw_sha256)
{
	char hex[STELLA_SHA256_HEX], who[100];
	struct stella_buf text = { 0 }, out = { 0 };
	struct stella_oid id;

	stella_oid_hex(hex, tree);
	stella_buf_printf(&text, "tree %s\n", hex);
	if (parent) {
		stella_oid_hex(hex, parent);
		stella_buf_printf(&text, "parent %s\n", hex);
	}
	snprintf(who, sizeof who, "A U Thor <author@example.org> %zu +0000", 1700000000 + n);
	stella_buf_printf(&text, "author %s\ncommitter %s\n\nchange %zu\n\nA reason in a sentence of usual length.\n", who, who, n);
	if (approves) {
		stella_sha256_hex(hex, approves);
		stella_buf_printf(&text, "\nStella-Approve: %s\n", hex);
		testkey_sign_commit(&out, testkey_find("a1"), stella_buf_span(&text));
	} else {
		stella_buf_put_span(&out, stella_buf_span(&text));
	}
	id = put(GIT_OBJECT_COMMIT, &out);
	if (raw_sha256)
		*raw_sha256 = stella_sha256(stella_buf_span(&out));
	stella_buf_free(&text);
	stella_buf_free(&out);
	return id;
}

static struct stella_sha256 manifest_of(struct stella_trees *trees, const struct stella_oid *tree)
{
	const struct stella_dir *dir = NULL;

	must(!stella_trees_judge(&dir, trees, tree), "stella_trees_judge");
	return *stella_dir_manifest(dir);
}

int main(int argc, char **argv)
{
	size_t approvals, plain, files, n = 0;
	struct stella_oid *ids, tree, tip, policy, root;
	struct stella_sha256 raw, manifest, ref_check;
	struct stella_state state = { 0 };
	const struct stella_state *head = &state;
	struct stella_trees *trees;
	struct stella_repo *repo;
	git_repository *git;
	char text[1024], hex[STELLA_OID_HEX];
	git_reference *ref;
	git_oid oid;

	must(argc == 5, "usage: make-history DIR APPROVALS PLAIN FILES; it");
	approvals = strtoul(argv[2], NULL, 10);
	plain = strtoul(argv[3], NULL, 10);
	files = strtoul(argv[4], NULL, 10);
	git_libgit2_init();
	must(git_repository_init(&git, argv[1], 1) == 0, "git_repository_init");
	must(git_repository_odb(&odb, git) == 0, "git_repository_odb");
	must(!stella_repo_open(&repo, argv[1]), "stella_repo_open");
	trees = stella_trees_new(repo);
	snprintf(text, sizeof text, "{\"version\": 1, \"expires\": \"2099-01-01T00:00:00Z\", \"members\": {\"alice\": [\"%s\"]}, "
		"\"roles\": {\"root\": {\"members\": [\"alice\"], \"threshold\": 1}}, \"paths\": {}}\n",
		testkey_line(testkey_find("a1")));
	policy = put_text(GIT_OBJECT_BLOB, text);
	ids = stella_alloc_array(files, sizeof *ids);
	for (size_t i = 0; i < files; i++)
		ids[i] = put_text(GIT_OBJECT_BLOB, "{}\n");
	tree = put_tree(ids, files, n, &policy);
	tip = root = put_commit(&tree, NULL, n, NULL, &raw);
	manifest = manifest_of(trees, &tree);
	state.id = stella_state_root_id(&raw, &manifest);
	for (size_t i = 0; i < approvals; i++) {
		for (size_t k = 0; k < plain; k++)
			tip = put_commit(&tree, &tip, ++n, NULL, NULL);
		tree = put_tree(ids, files, ++n, &policy);
		manifest = manifest_of(trees, &tree);
		state.id = stella_state_successor(&head, 1, &manifest);
		tip = put_commit(&tree, &tip, n, &state.id, &ref_check);
	}
	memcpy(oid.id, tip.bytes, sizeof tip.bytes);
	must(git_reference_create(&ref, git, "refs/heads/main", &oid, 1, NULL) == 0, "git_reference_create");
	stella_oid_hex(hex, &root);
	printf("%s", hex);
	stella_oid_hex(hex, &tip);
	printf(" %s\n", hex);
	return 0;
}
