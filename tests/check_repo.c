/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "check.h"
#include "gitkit.h"
#include "repo.h"

static struct stella_repo *opened(const char *path)
{
	struct stella_repo *repo;

	assert_ok(stella_repo_open(&repo, path));
	return repo;
}

static void make_repo(void)
{
	run("git init -q -b main r && cd r && mkdir -p d/e && echo one > a && echo two > d/e/b && git add . && "
		"git commit -qm first");
	ck_assert_int_eq(chdir("r"), 0);
}

static void assert_opens(enum stella_code code, const char *path)
{
	struct stella_repo *repo = NULL;

	assert_code(stella_repo_open(&repo, path), code);
	ck_assert_ptr_null(repo);
}

/* Says `what`, whatever the rest. */
#define assert_says(call, code, what) \
	do { \
		const struct stella_error *said_ = (call); \
		assert_code(said_, code); \
		ck_assert_msg(strstr(said_->message, what) != NULL, "%s", said_->message); \
	} while (0)

START_TEST(objects_are_read_raw)
{
	struct stella_repo *repo;
	struct stella_buf raw = { 0 };
	struct stella_oid id;

	make_repo();
	repo = opened(NULL);
	id = id_of("HEAD");
	assert_ok(stella_repo_read(&raw, repo, &id, STELLA_OBJECT_COMMIT, 1000));
	ck_assert(stella_span_starts(stella_buf_span(&raw), "tree "));
	stella_buf_free(&raw);
	id = id_of("HEAD:a");
	assert_ok(stella_repo_read(&raw, repo, &id, STELLA_OBJECT_BLOB, 4));
	assert_span_is(stella_buf_span(&raw), "one\n");
	ck_assert(stella_repo_has(repo, &id));
	stella_buf_free(&raw);
	stella_repo_free(repo);
}
END_TEST

START_TEST(a_read_says_what_is_wrong)
{
	struct stella_repo *repo;
	struct stella_buf raw = { 0 };
	struct stella_oid id, none = { { 1 } };

	make_repo();
	repo = opened(NULL);
	id = id_of("HEAD:a");
	assert_says(stella_repo_read(&raw, repo, &id, STELLA_OBJECT_BLOB, 3), STELLA_LIMIT, "has 4 bytes");
	assert_says(stella_repo_read(&raw, repo, &id, STELLA_OBJECT_TREE, 99), STELLA_MALFORMED, "is a blob");
	assert_says(stella_repo_read(&raw, repo, &none, STELLA_OBJECT_BLOB, 3), STELLA_INCOMPLETE, "missing");
	ck_assert(!stella_repo_has(repo, &none));
	memset(&none, 0, sizeof none);
	assert_says(stella_repo_read(&raw, repo, &none, STELLA_OBJECT_BLOB, 3), STELLA_INCOMPLETE, "missing");
	ck_assert_ptr_null(raw.data);
	stella_repo_free(repo);
}
END_TEST

START_TEST(paths_are_found_through_trees)
{
	struct stella_repo *repo;
	struct stella_oid tree, want;
	struct stella_tree_entry entry;

	make_repo();
	repo = opened(NULL);
	tree = id_of("HEAD^{tree}");
	want = id_of("HEAD:d/e/b");
	assert_ok(stella_repo_find_path(&entry, repo, &tree, "d/e/b"));
	ck_assert(stella_oid_equal(&entry.id, &want) && entry.mode == STELLA_MODE_FILE);
	assert_span_is(entry.name, "b");
	assert_ok(stella_repo_find_path(&entry, repo, &tree, "d"));
	ck_assert_uint_eq(entry.mode, STELLA_MODE_DIR);
	assert_code(stella_repo_find_path(&entry, repo, &tree, "d/e/c"), STELLA_NOT_FOUND);
	assert_code(stella_repo_find_path(&entry, repo, &tree, "a/b"), STELLA_NOT_FOUND);
	assert_code(stella_repo_find_path(&entry, repo, &tree, ""), STELLA_NOT_FOUND);
	assert_code(stella_repo_find_path(&entry, repo, &tree, "d/"), STELLA_NOT_FOUND);
	assert_code(stella_repo_find_path(&entry, repo, &tree, "/a"), STELLA_NOT_FOUND);
	stella_repo_free(repo);
}
END_TEST

START_TEST(only_full_names_of_commits_are_tips)
{
	static const char *const refused[] = {
		"main", "HEAD", "heads/main", "refs/heads/main^{/x}", "refs/heads/main~1", "@{-1}", "HEAD^{/x}", "-x",
		"--help", "refs/heads/../x", "refs/heads/", "refs/heads/a b", "refs", "", "main@{yesterday}", "refs/heads/x.lock",
		"0123456789", "ABCDEF0123456789ABCDEF0123456789ABCDEF01",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	};
	struct stella_repo *repo;
	struct stella_oid id, head;
	char *hex;

	make_repo();
	run("git tag -a -m x v1 && git tag light && git symbolic-ref refs/heads/alias refs/heads/main");
	repo = opened(NULL);
	head = id_of("HEAD");
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		assert_code(stella_repo_resolve_tip(&id, repo, refused[i]), STELLA_USAGE);
	assert_ok(stella_repo_resolve_tip(&id, repo, "refs/heads/main"));
	ck_assert(stella_oid_equal(&id, &head));
	assert_ok(stella_repo_resolve_tip(&id, repo, "refs/heads/alias"));
	ck_assert(stella_oid_equal(&id, &head));
	assert_ok(stella_repo_resolve_tip(&id, repo, "refs/tags/light"));
	hex = output_of("git rev-parse HEAD");
	assert_ok(stella_repo_resolve_tip(&id, repo, hex));
	free(hex);
	assert_says(stella_repo_resolve_tip(&id, repo, "refs/tags/v1"), STELLA_USAGE, "tag object");
	hex = output_of("git rev-parse refs/tags/v1");
	assert_says(stella_repo_resolve_tip(&id, repo, hex), STELLA_USAGE, "tag object");
	free(hex);
	assert_code(stella_repo_resolve_tip(&id, repo, "refs/heads/none"), STELLA_NOT_FOUND);
	assert_code(stella_repo_resolve_tip(&id, repo, "0123456789012345678901234567890123456789"), STELLA_INCOMPLETE);
	stella_repo_free(repo);
}
END_TEST

static bool collect(void *context, const char *ref, const struct stella_oid *id)
{
	stella_buf_printf(context, "%s ", ref);
	return strcmp(ref, "refs/heads/stop") != 0;
}

START_TEST(refs_loose_and_packed_come_in_order)
{
	struct stella_repo *repo;
	struct stella_buf seen = { 0 };

	make_repo();
	run("git branch b && git branch a/x && git pack-refs --all && git branch a/b && git tag t && "
		"git symbolic-ref refs/heads/nowhere refs/heads/none && git branch -f b");
	repo = opened(NULL);
	assert_ok(stella_repo_each_ref(repo, "refs/heads/", collect, &seen));
	assert_span_is(stella_buf_span(&seen), "refs/heads/a/b refs/heads/a/x refs/heads/b refs/heads/main ");
	stella_buf_free(&seen);
	run("git branch stop; git branch zzz");
	assert_ok(stella_repo_each_ref(repo, "refs/heads/s", collect, &seen));
	assert_ok(stella_repo_each_ref(repo, "refs/heads/stop", collect, &seen));
	assert_ok(stella_repo_each_ref(repo, "refs/x/", collect, &seen));
	assert_span_is(stella_buf_span(&seen), "refs/heads/stop refs/heads/stop ");
	stella_buf_free(&seen);
	stella_repo_free(repo);
}
END_TEST

START_TEST(head_names_its_branch_also_unborn)
{
	struct stella_repo *repo;
	char *name;

	run("git init -q -b trunk empty");
	repo = opened("empty");
	assert_ok(stella_repo_head(&name, repo));
	ck_assert_str_eq(name, "refs/heads/trunk");
	free(name);
	stella_repo_free(repo);
	make_repo();
	run("git checkout -q --detach");
	repo = opened(NULL);
	assert_ok(stella_repo_head(&name, repo));
	ck_assert_ptr_null(name);
	stella_repo_free(repo);
}
END_TEST

START_TEST(a_repository_is_found_as_git_finds_it)
{
	struct stella_repo *repo;
	char want[256];

	assert_opens(STELLA_NOT_FOUND, NULL);
	assert_opens(STELLA_NOT_FOUND, "nowhere");
	make_repo();
	snprintf(want, sizeof want, "%s/r", gitkit_dir);
	ck_assert_int_eq(chdir("d/e"), 0);
	repo = opened(NULL);
	ck_assert_str_eq(stella_repo_workdir(repo), want);
	strcat(want, "/.git");
	ck_assert_str_eq(stella_repo_gitdir(repo), want);
	stella_repo_free(repo);
	assert_opens(STELLA_NOT_FOUND, "."); /* a path that is given is not searched from */
	run("git init -q --bare ../bare && git worktree add -q ../linked");
	repo = opened("../bare");
	ck_assert_ptr_null(stella_repo_workdir(repo));
	stella_repo_free(repo);
	repo = opened("../linked");
	ck_assert_str_eq(stella_repo_gitdir(repo), want);
	stella_repo_free(repo);
}
END_TEST

START_TEST(git_dir_and_work_tree_are_followed_and_no_other_variable)
{
	struct stella_repo *repo;
	struct stella_oid head, id;
	char *value, want[256];

	make_repo();
	head = id_of("HEAD");
	run("git init -q -b main ../other && git -C ../other commit -q --allow-empty -m other");
	run("mkdir ../objects && git config stella.trustRef refs/heads/main");
	setenv("GIT_OBJECT_DIRECTORY", "../objects", 1);
	setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", "../other/.git/objects", 1);
	setenv("GIT_NAMESPACE", "elsewhere", 1);
	setenv("GIT_INDEX_FILE", "/nowhere", 1);
	setenv("GIT_COMMON_DIR", "../other/.git", 1);
	setenv("GIT_CONFIG", "/dev/null", 1);
	setenv("GIT_CONFIG_COUNT", "1", 1);
	setenv("GIT_CONFIG_KEY_0", "stella.trustRef", 1);
	setenv("GIT_CONFIG_VALUE_0", "refs/heads/evil", 1);
	setenv("GIT_CONFIG_PARAMETERS", "'stella.trustref'='refs/heads/evil'", 1);
	setenv("GIT_CONFIG_GLOBAL", "../evil", 1);
	setenv("GIT_REPLACE_REF_BASE", "refs/heads/", 1);
	setenv("GIT_CEILING_DIRECTORIES", gitkit_dir, 1);
	setenv("GIT_DISCOVERY_ACROSS_FILESYSTEM", "nonsense", 1);
	setenv("GIT_SHALLOW_FILE", "/etc/passwd", 1);
	setenv("GIT_GRAFT_FILE", "/etc/passwd", 1);
	ck_assert_int_eq(chdir("d"), 0);
	repo = opened(NULL);
	assert_ok(stella_repo_resolve_tip(&id, repo, "refs/heads/main"));
	ck_assert(stella_oid_equal(&id, &head));
	assert_ok(stella_repo_config(&value, NULL, repo, "stella.trustRef"));
	ck_assert_str_eq(value, "refs/heads/main");
	free(value);
	stella_repo_free(repo);
	setenv("GIT_DIR", "../../other/.git", 1);
	repo = opened(NULL);
	snprintf(want, sizeof want, "%s/other/.git", gitkit_dir);
	ck_assert_str_eq(stella_repo_gitdir(repo), want);
	snprintf(want, sizeof want, "%s/r/d", gitkit_dir);
	ck_assert_str_eq(stella_repo_workdir(repo), want);
	stella_repo_free(repo);
	setenv("GIT_WORK_TREE", "../../home", 1);
	repo = opened(NULL);
	snprintf(want, sizeof want, "%s/home", gitkit_dir);
	ck_assert_str_eq(stella_repo_workdir(repo), want);
	stella_repo_free(repo);
	unsetenv("GIT_WORK_TREE");
	setenv("GIT_DIR", "../nowhere", 1);
	assert_opens(STELLA_NOT_FOUND, NULL);
}
END_TEST

START_TEST(configuration_says_where_it_comes_from)
{
	struct stella_repo *repo;
	const char *level;
	char *value;

	make_repo();
	run("git config --global stella.a global && git config --global stella.b global && git config stella.b local");
	run("git config stella.many 1 && git config --add stella.many 2 && printf '[stella]\\n\\tflag\\n' >> .git/config");
	repo = opened(NULL);
	assert_ok(stella_repo_config(&value, &level, repo, "stella.a"));
	ck_assert_str_eq(value, "global");
	ck_assert_str_eq(level, "global");
	free(value);
	assert_ok(stella_repo_config(&value, &level, repo, "stella.b"));
	ck_assert_str_eq(value, "local");
	ck_assert_str_eq(level, "local");
	free(value);
	assert_ok(stella_repo_config(&value, &level, repo, "stella.many"));
	ck_assert_str_eq(value, "2");
	free(value);
	assert_ok(stella_repo_config(&value, &level, repo, "stella.flag"));
	ck_assert_str_eq(value, "true");
	free(value);
	assert_ok(stella_repo_config(&value, &level, repo, "stella.none"));
	ck_assert_ptr_null(value);
	ck_assert_ptr_null(level);
	assert_code(stella_repo_config(&value, &level, repo, "no dot"), STELLA_USAGE);
	assert_ok(stella_repo_config_user(&value, &level, "stella.b"));
	ck_assert_str_eq(value, "global");
	ck_assert_str_eq(level, "global");
	free(value);
	assert_ok(stella_repo_config_user(&value, &level, "stella.many"));
	ck_assert_ptr_null(value);
	stella_repo_free(repo);
	run("git config extensions.worktreeConfig true && git config core.repositoryformatversion 1 && "
		"git config --worktree stella.b own");
	repo = opened(NULL);
	assert_ok(stella_repo_config(&value, &level, repo, "stella.b"));
	ck_assert_str_eq(value, "own");
	ck_assert_str_eq(level, "worktree");
	free(value);
	stella_repo_free(repo);
}
END_TEST

START_TEST(an_unknown_format_is_never_an_empty_repository)
{
	const struct stella_error *err;
	struct stella_repo *repo;

	run("git init -q --object-format=sha256 s && git -C s commit -q --allow-empty -m x");
	err = stella_repo_open(&repo, "s");
	assert_says(err, STELLA_REPOSITORY, "object format");
	make_repo();
	run("git config core.repositoryformatversion 1 && git config extensions.refStorage reftable");
	assert_says(stella_repo_open(&repo, NULL), STELLA_REPOSITORY, "ref storage \"reftable\"");
	run("sed -i s/refStorage.*/future=1/ .git/config");
	assert_says(stella_repo_open(&repo, NULL), STELLA_REPOSITORY, "future");
	run("sed -i /future/d .git/config; sed -i s/formatversion.*/formatversion=2/ .git/config");
	assert_opens(STELLA_REPOSITORY, NULL);
	run("sed -i s/formatversion.*/formatversion=1/ .git/config");
	stella_repo_free(opened(NULL));
	run("printf '[core\\n' >> .git/config");
	assert_opens(STELLA_REPOSITORY, NULL);
	run("mkdir ../g && echo 'nonsense' > ../g/.git");
	assert_opens(STELLA_REPOSITORY, "../g");
}
END_TEST

START_TEST(what_a_shallow_or_partial_clone_lacks_is_named_with_the_remedy)
{
	struct stella_repo *repo;
	struct stella_buf raw = { 0 };
	struct stella_oid first, blob;

	make_repo();
	first = id_of("HEAD");
	blob = id_of("HEAD:a");
	run("echo 2 > a && git commit -qam second && git config uploadpack.allowFilter true && cd .. && "
		"git clone -q --depth 1 file://$PWD/r shallow && git clone -q --bare --filter=blob:none file://$PWD/r partial");
	repo = opened("../shallow");
	ck_assert(stella_repo_is_shallow(repo));
	assert_says(stella_repo_read(&raw, repo, &first, STELLA_OBJECT_COMMIT, 999), STELLA_INCOMPLETE,
		"git fetch --unshallow");
	stella_repo_free(repo);
	repo = opened("../partial");
	ck_assert(!stella_repo_is_shallow(repo));
	assert_ok(stella_repo_read(&raw, repo, &first, STELLA_OBJECT_COMMIT, 999));
	stella_buf_free(&raw);
	assert_says(stella_repo_read(&raw, repo, &blob, STELLA_OBJECT_BLOB, 999), STELLA_INCOMPLETE, "git fetch --refetch");
	run("cd ../shallow && git fetch -q --unshallow; cd ../partial && git fetch -q --refetch --no-filter 2>/dev/null");
	assert_ok(stella_repo_read(&raw, repo, &blob, STELLA_OBJECT_BLOB, 999));
	stella_buf_free(&raw);
	stella_repo_free(repo);
	repo = opened("../shallow");
	assert_ok(stella_repo_read(&raw, repo, &first, STELLA_OBJECT_COMMIT, 999));
	stella_buf_free(&raw);
	stella_repo_free(repo);
}
END_TEST

START_TEST(replace_refs_and_grafts_have_no_influence)
{
	struct stella_repo *repo;
	struct stella_buf raw = { 0 };
	struct stella_oid first, id;

	make_repo();
	first = id_of("HEAD");
	run("git commit -q --allow-empty -m evil && git replace main~1 main && echo $(git rev-parse main) > .git/info/grafts");
	repo = opened(NULL);
	assert_ok(stella_repo_resolve_tip(&id, repo, "refs/heads/main"));
	assert_ok(stella_repo_read(&raw, repo, &first, STELLA_OBJECT_COMMIT, 999));
	ck_assert_ptr_nonnull(stella_span_find(stella_buf_span(&raw), "\nfirst\n"));
	stella_buf_free(&raw);
	assert_ok(stella_repo_read(&raw, repo, &id, STELLA_OBJECT_COMMIT, 999));
	ck_assert_ptr_nonnull(stella_span_find(stella_buf_span(&raw), "\nparent "));
	stella_buf_free(&raw);
	stella_repo_free(repo);
}
END_TEST

START_TEST(alternates_are_followed_and_quarantine_only_when_asked_for)
{
	struct stella_repo *repo;
	struct stella_buf raw = { 0 };
	struct stella_oid id;
	char path[256];

	make_repo();
	id = id_of("HEAD");
	run("cd .. && git clone -q --shared r shared && git init -q empty");
	repo = opened("../shared");
	assert_ok(stella_repo_read(&raw, repo, &id, STELLA_OBJECT_COMMIT, 999));
	stella_buf_free(&raw);
	stella_repo_free(repo);
	snprintf(path, sizeof path, "%s/r/.git/objects", gitkit_dir);
	repo = opened("../empty");
	assert_ok(stella_repo_use_quarantine(repo));
	setenv("GIT_OBJECT_DIRECTORY", path, 1);
	assert_ok(stella_repo_use_quarantine(repo));
	ck_assert(!stella_repo_has(repo, &id));
	setenv("GIT_QUARANTINE_PATH", path, 1);
	ck_assert(!stella_repo_has(repo, &id));
	assert_ok(stella_repo_use_quarantine(repo));
	assert_ok(stella_repo_read(&raw, repo, &id, STELLA_OBJECT_COMMIT, 999));
	stella_buf_free(&raw);
	setenv("GIT_OBJECT_DIRECTORY", "/nowhere", 1);
	assert_code(stella_repo_use_quarantine(repo), STELLA_SYSTEM);
	stella_repo_free(repo);
}
END_TEST

START_TEST(a_foreign_repository_needs_safe_directory)
{
	struct stella_repo *repo;

	if (geteuid() != 0)
		return; /* only root can give a repository away */
	make_repo();
	run("chown -R 12345 .");
	assert_says(stella_repo_open(&repo, NULL), STELLA_OWNER, "safe.directory");
	run("git config stella.x 1 2>/dev/null; printf '[safe]\\n\\tdirectory = *\\n' >> .git/config");
	assert_opens(STELLA_OWNER, NULL); /* it cannot vouch for itself */
	setenv("GIT_DIR", ".git", 1);
	assert_opens(STELLA_OWNER, NULL);
	unsetenv("GIT_DIR");
	run("git config --global safe.directory '%s/elsewhere'", gitkit_dir);
	assert_opens(STELLA_OWNER, NULL);
	run("git config --global --add safe.directory '%s/r'", gitkit_dir);
	stella_repo_free(opened(NULL));
	run("git config --global --add safe.directory ''");
	assert_opens(STELLA_OWNER, NULL);
	run("git config --global --add safe.directory '%s/*'", gitkit_dir);
	stella_repo_free(opened(NULL));
	run("mkdir ../home/x && mv .git ../home/x && cd ../home/x && git config --global --replace-all safe.directory '~/x'");
	stella_repo_free(opened("../home/x"));
	run("mv ../home/x/.git . && git config --global --replace-all safe.directory '%s/*/*'; chown 12345 ../home", gitkit_dir);
	assert_opens(STELLA_OWNER, NULL);
	run("git config --global --replace-all safe.directory '*'");
	stella_repo_free(opened(NULL));
	run("rm ../home/.gitconfig");
	setenv("SUDO_UID", "12345", 1);
	stella_repo_free(opened(NULL));
	setenv("SUDO_UID", "54321", 1);
	assert_opens(STELLA_OWNER, NULL);
	run("chown -R 0 . && chown 12345 .git");
	assert_opens(STELLA_OWNER, NULL);
	run("chown 0 .git");
	stella_repo_free(opened(NULL));
}
END_TEST

/* Whatever byte of an object or pack is changed, never other content (threats: hash not checked). */
static void flip_every_byte(const char *file, const struct stella_oid *id, enum stella_object type, const char *content)
{
	struct stat st;
	FILE *f;
	int byte;

	ck_assert_int_eq(stat(file, &st), 0);
	chmod(file, 0644);
	for (long at = 0; at < st.st_size; at++) {
		const struct stella_error *err;
		struct stella_buf raw = { 0 };
		struct stella_repo *repo;

		f = fopen(file, "r+");
		ck_assert_ptr_nonnull(f);
		fseek(f, at, SEEK_SET);
		byte = fgetc(f);
		fseek(f, at, SEEK_SET);
		fputc(byte ^ 0x41, f);
		fclose(f);
		repo = opened(NULL);
		err = stella_repo_read(&raw, repo, id, type, 1 << 20);
		if (err)
			ck_assert_msg(err->code == STELLA_INCOMPLETE || err->code == STELLA_MALFORMED || err->code == STELLA_LIMIT,
				"%s byte %ld: %s %s", file, at, stella_code_word(err->code), err->message);
		else
			assert_span_is(stella_buf_span(&raw), content);
		stella_buf_free(&raw);
		stella_repo_free(repo);
		f = fopen(file, "r+");
		fseek(f, at, SEEK_SET);
		fputc(byte, f);
		fclose(f);
	}
}

START_TEST(a_damaged_object_never_gives_other_content)
{
	struct stella_oid id;
	char *file, *content;

	make_repo();
	id = id_of("HEAD");
	content = output_of("git cat-file -p HEAD; echo");
	file = output_of("h=$(git rev-parse HEAD); echo .git/objects/$(echo $h | cut -c1-2)/$(echo $h | cut -c3-)");
	flip_every_byte(file, &id, STELLA_OBJECT_COMMIT, content);
	free(file);
	run("git repack -qad");
	file = output_of("echo .git/objects/pack/*.pack");
	flip_every_byte(file, &id, STELLA_OBJECT_COMMIT, content);
	free(file);
	file = output_of("echo .git/objects/pack/*.idx");
	flip_every_byte(file, &id, STELLA_OBJECT_COMMIT, content);
	free(file);
	free(content);
}
END_TEST

START_TEST(bombs_are_refused_by_their_header)
{
	struct stella_repo *repo;
	struct stella_buf raw = { 0 };
	struct stella_oid id;
	char *hex;

	make_repo();
	hex = output_of("head -c 200000000 /dev/zero | git hash-object -w --stdin");
	ck_assert(stella_oid_parse(&id, stella_span_str(hex)));
	free(hex);
	repo = opened(NULL);
	assert_code(stella_repo_read(&raw, repo, &id, STELLA_OBJECT_BLOB, 4 << 20), STELLA_LIMIT);
	stella_repo_free(repo);
}
END_TEST

START_TEST(what_is_broken_is_said_to_be_broken)
{
	struct stella_repo *repo;
	struct stella_oid id, tree;
	struct stella_tree_entry entry;
	char *hex, *name;

	make_repo();
	hex = output_of("printf '100644 a' | git hash-object -t tree -w --stdin --literally");
	ck_assert(stella_oid_parse(&tree, stella_span_str(hex)));
	free(hex);
	repo = opened(NULL);
	assert_says(stella_repo_find_path(&entry, repo, &tree, "a"), STELLA_MALFORMED, "not an entry at byte");
	run("echo nonsense > .git/refs/heads/broken && git symbolic-ref refs/heads/loop refs/heads/loop");
	assert_code(stella_repo_resolve(&id, repo, "refs/heads/broken"), STELLA_REPOSITORY);
	assert_code(stella_repo_resolve_tip(&id, repo, "refs/heads/broken"), STELLA_REPOSITORY);
	ck_assert(stella_repo_resolve(&id, repo, "refs/heads/loop") != NULL);
	run("echo nonsense > .git/packed-refs");
	assert_code(stella_repo_resolve(&id, repo, "refs/heads/none"), STELLA_REPOSITORY);
	run("rm .git/packed-refs; echo nonsense > .git/HEAD");
	assert_code(stella_repo_head(&name, repo), STELLA_REPOSITORY);
	ck_assert_ptr_null(name);
	stella_repo_free(repo);
}
END_TEST

START_TEST(alternates_are_read_as_git_reads_them)
{
	struct stella_repo *repo;
	struct stella_oid id;

	make_repo();
	id = id_of("HEAD");
	run("cd .. && git init -q a && git init -q b && git init -q c && cd a && printf '# a comment\n\n/nowhere\n../../../b/.git/objects\n' > "
		".git/objects/info/alternates && printf '../../../r/.git/objects\n../../../a/.git/objects\n' > ../b/.git/objects/info/alternates");
	repo = opened("../a");
	ck_assert(stella_repo_has(repo, &id)); /* by two steps, and in a circle */
	stella_repo_free(repo);
	run("yes /nowhere | head -c 70000 > ../c/.git/objects/info/alternates");
	assert_opens(STELLA_LIMIT, "../c");
}
END_TEST

START_TEST(a_pack_index_that_leads_astray_is_named_when_something_is_missing)
{
	struct stella_repo *repo;
	struct stella_buf raw;
	struct stella_oid id, blob;

	make_repo();
	id = id_of("HEAD");
	blob = id_of("HEAD:a");
	run("git repack -qad && chmod u+w .git/objects/pack/*.idx && truncate -s 1000 .git/objects/pack/*.idx");
	repo = opened(NULL);
	assert_says(stella_repo_read(&raw, repo, &id, STELLA_OBJECT_COMMIT, 999), STELLA_INCOMPLETE, "is damaged: too short");
	stella_repo_free(repo);
	run("rm .git/objects/pack/*.idx && git index-pack --index-version=1 .git/objects/pack/*.pack > ../out"); /* offsets stand elsewhere */
	repo = opened(NULL);
	assert_ok(stella_repo_read(&raw, repo, &id, STELLA_OBJECT_COMMIT, 999));
	stella_buf_free(&raw);
	stella_repo_free(repo);
	run("rm .git/objects/pack/*.idx && git index-pack --index-version=2,13 .git/objects/pack/*.pack > ../out"); /* all but the first of 64 bits */
	repo = opened(NULL);
	assert_ok(stella_repo_read(&raw, repo, &id, STELLA_OBJECT_COMMIT, 999));
	stella_buf_free(&raw);
	assert_ok(stella_repo_read(&raw, repo, &blob, STELLA_OBJECT_BLOB, 999));
	stella_buf_free(&raw);
	stella_repo_free(repo);
	run("rm .git/objects/pack/*.idx && mkfifo .git/objects/pack/x.idx && touch .git/objects/pack/x.pack");
	repo = opened(NULL);
	assert_says(stella_repo_read(&raw, repo, &id, STELLA_OBJECT_COMMIT, 999), STELLA_INCOMPLETE, "cannot be read");
	stella_repo_free(repo);
}
END_TEST

START_TEST(a_repack_beside_us_disturbs_nobody)
{
	struct stella_repo *repo;
	struct stella_buf raw;
	struct stella_oid id, loose;

	make_repo();
	run("git repack -qad && git commit -q --allow-empty -m loose");
	id = id_of("HEAD~");
	loose = id_of("HEAD");
	repo = opened(NULL);
	for (int i = 0; i < 5; i++) {
		run("git repack -qadf && git prune-packed");
		assert_ok(stella_repo_read(&raw, repo, &id, STELLA_OBJECT_COMMIT, 999));
		stella_buf_free(&raw);
		assert_ok(stella_repo_read(&raw, repo, &loose, STELLA_OBJECT_COMMIT, 999));
		stella_buf_free(&raw);
		run("mv .git/objects/pack/*.pack ../pack && rm -f .git/objects/pack/* && git unpack-objects -q < ../pack");
		assert_ok(stella_repo_read(&raw, repo, &loose, STELLA_OBJECT_COMMIT, 999));
		stella_buf_free(&raw);
	}
	stella_repo_free(repo);
}
END_TEST

struct reader {
	struct stella_repo *repo;
	const struct stella_oid *ids;
	size_t count;
	unsigned wrong;
};

static void *read_all(void *context)
{
	struct reader *r = context;
	struct stella_buf raw;

	for (size_t i = 0; i < r->count * 20; i++) {
		if (stella_repo_read(&raw, r->repo, &r->ids[i % r->count], STELLA_OBJECT_COMMIT, 999) || raw.size < 99)
			r->wrong++;
		stella_buf_free(&raw);
	}
	return NULL;
}

START_TEST(threads_read_from_one_repository)
{
	enum { COMMITS = 40, THREADS = 4 };
	struct stella_oid ids[COMMITS];
	struct reader readers[THREADS];
	pthread_t threads[THREADS];
	struct stella_repo *repo;

	make_repo();
	run("for i in $(seq %d); do git commit -q --allow-empty -m $i; test $i != 20 || git repack -qad; done", COMMITS);
	for (int i = 0; i < COMMITS; i++)
		ids[i] = id_of("HEAD~%d", i);
	repo = opened(NULL);
	for (int i = 0; i < THREADS; i++) {
		readers[i] = (struct reader){ repo, ids, COMMITS, 0 };
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_all, &readers[i]), 0);
	}
	run("git repack -qad"); /* and the packs change meanwhile */
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_uint_eq(readers[i].wrong, 0);
	}
	stella_repo_free(repo);
}
END_TEST

/* Whoever waits for a FIFO is ended by the alarm. */
START_TEST(a_fifo_is_not_waited_for)
{
	static const char *const files[] = { "config", "HEAD", "packed-refs", "commondir", "config.worktree" };
	struct stella_repo *repo;
	struct stella_oid id;

	alarm(20);
	run("git init -q -b main r && cd r && git commit -q --allow-empty -m x && git worktree add -q ../linked && mkdir sub");
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		run("cp -a r c && rm -f c/.git/%s && mkfifo c/.git/%s", files[i], files[i]);
		assert_says(stella_repo_open(&repo, "c"), STELLA_REPOSITORY, "is not a regular file");
		ck_assert_int_eq(chdir("c/sub"), 0);
		assert_opens(STELLA_REPOSITORY, NULL);
		ck_assert_int_eq(chdir("../.."), 0);
		run("rm -r c && git clone -q --bare r c && rm -f c/%s && mkfifo c/%s", files[i], files[i]);
		assert_opens(STELLA_REPOSITORY, "c");
		run("rm -r c");
	}
	run("mkdir c && mkfifo c/.git");
	assert_opens(STELLA_REPOSITORY, "c");
	run("rm -r c && mv r/.git/config saved && mkfifo r/.git/config");
	assert_opens(STELLA_REPOSITORY, "linked");
	run("rm r/.git/config && mv saved r/.git/config && cd r && git branch b");
	repo = opened("linked");
	run("rm r/.git/refs/heads/b && mkfifo r/.git/refs/heads/b");
	assert_code(stella_repo_resolve(&id, repo, "refs/heads/b"), STELLA_REPOSITORY);
	assert_ok(stella_repo_resolve(&id, repo, "refs/heads/main"));
	assert_says(stella_repo_each_ref(repo, "refs/", NULL, NULL), STELLA_REPOSITORY, "regular");
	stella_repo_free(repo);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, gitkit_enter, gitkit_leave);
	tcase_add_test(t, objects_are_read_raw);
	tcase_add_test(t, a_read_says_what_is_wrong);
	tcase_add_test(t, paths_are_found_through_trees);
	tcase_add_test(t, only_full_names_of_commits_are_tips);
	tcase_add_test(t, refs_loose_and_packed_come_in_order);
	tcase_add_test(t, head_names_its_branch_also_unborn);
	tcase_add_test(t, a_repository_is_found_as_git_finds_it);
	tcase_add_test(t, git_dir_and_work_tree_are_followed_and_no_other_variable);
	tcase_add_test(t, configuration_says_where_it_comes_from);
	tcase_add_test(t, an_unknown_format_is_never_an_empty_repository);
	tcase_add_test(t, what_a_shallow_or_partial_clone_lacks_is_named_with_the_remedy);
	tcase_add_test(t, replace_refs_and_grafts_have_no_influence);
	tcase_add_test(t, alternates_are_followed_and_quarantine_only_when_asked_for);
	tcase_add_test(t, a_foreign_repository_needs_safe_directory);
	tcase_add_test(t, a_damaged_object_never_gives_other_content);
	tcase_add_test(t, bombs_are_refused_by_their_header);
	tcase_add_test(t, what_is_broken_is_said_to_be_broken);
	tcase_add_test(t, alternates_are_read_as_git_reads_them);
	tcase_add_test(t, a_pack_index_that_leads_astray_is_named_when_something_is_missing);
	tcase_add_test(t, a_repack_beside_us_disturbs_nobody);
	tcase_add_test(t, threads_read_from_one_repository);
	tcase_add_test(t, a_fifo_is_not_waited_for);
}

CHECK_MAIN("repo", fill)
