/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "gitkit.h"
#include "gitsig.h"

#define STATE "0707070707070707070707070707070707070707070707070707070707070707"
#define LINE "Stella-Approve: " STATE
#define TREE "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n" /* the empty tree */
#define WHO "Ann <ann@example.org> 1700000000 +0000"
#define HEADERS TREE "author " WHO "\ncommitter " WHO "\n"
#define GOOD HEADERS "\nSubject\n\n" LINE "\n"

static void keys(void)
{
	gitkit_enter();
	run("ssh-keygen -q -t ed25519 -N '' -C ann -f key && ssh-keygen -q -t ed25519 -N '' -C bob -f key2 && "
		"(printf 'ann@example.org '; cat key.pub; printf 'bob@example.org '; cat key2.pub) > allowed");
	run("git config --global gpg.format ssh && git config --global user.signingkey '%s/key' && "
		"git config --global gpg.ssh.allowedSignersFile '%s/allowed' && "
		"git config --global init.defaultBranch main && git config --global advice.detachedHead false", gitkit_dir, gitkit_dir);
}

static void write_file(const char *path, struct stella_span content)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(content.data, 1, content.size, f), content.size);
	ck_assert_int_eq(fclose(f), 0);
}

static struct stella_buf read_file(const char *path)
{
	struct stella_buf out = { 0 };
	char piece[4096];
	FILE *f = fopen(path, "r");
	size_t got;

	ck_assert_ptr_nonnull(f);
	while ((got = fread(piece, 1, sizeof piece, f)) > 0)
		stella_buf_put(&out, piece, got);
	fclose(f);
	return out;
}

/* The armoured signature of key over these bytes. */
static struct stella_buf signature(struct stella_span payload, const char *key)
{
	char path[64];

	snprintf(path, sizeof path, "%s/payload", gitkit_dir);
	write_file(path, payload);
	run("ssh-keygen -Y sign -q -n git -f %s/%s < %s/payload > %s/sig 2>/dev/null", gitkit_dir, key, gitkit_dir, gitkit_dir);
	snprintf(path, sizeof path, "%s/sig", gitkit_dir);
	return read_file(path);
}

/* These bytes with a good signature in their header, before the first empty line. */
static struct stella_buf signed_by(struct stella_span payload, const char *key)
{
	struct stella_buf armored = signature(payload, key), raw = { 0 };

	stella_commit_add_signature(&raw, payload, stella_buf_span(&armored));
	stella_buf_free(&armored);
	return raw;
}

static bool is_approval(struct stella_span raw, char why[STELLA_ERROR_MAX])
{
	struct stella_approval_claim claim;
	bool is = false;

	assert_ok(stella_approval_parse(&claim, &is, why, raw));
	ck_assert(is == (claim.key != NULL));
	ck_assert(!is || !*why);
	stella_approval_claim_free(&claim);
	return is;
}

static void assert_not(struct stella_span raw, const char *reason)
{
	char why[STELLA_ERROR_MAX];

	ck_assert_msg(!is_approval(raw, why), "accepted: %.*s", (int)raw.size, (const char *)raw.data);
	ck_assert_msg(strstr(why, reason) != NULL && (*reason || !*why), "\"%s\" is not \"%s\"", why, reason);
}

/* Signed well, so that nothing but its text keeps it from being an approval. */
static void assert_text_not(const char *text, const char *reason)
{
	struct stella_buf raw = signed_by(stella_span_str(text), "key");

	assert_not(stella_buf_span(&raw), reason);
	stella_buf_free(&raw);
}

static void assert_text_is(const char *text)
{
	struct stella_buf raw = signed_by(stella_span_str(text), "key");
	char why[STELLA_ERROR_MAX];

	ck_assert_msg(is_approval(stella_buf_span(&raw), why), "%s: %s", why, text);
	stella_buf_free(&raw);
}

static struct stella_buf object(const char *rev)
{
	struct stella_buf raw;

	run("git cat-file commit '%s' > ../object", rev);
	raw = read_file("../object");
	return raw;
}

/* ---------------------------------------------------------------- accepted */

START_TEST(what_we_print_is_an_approval_for_us_and_well_signed_for_git)
{
	struct stella_commit_links links = { 0 };
	struct stella_approval_claim claim;
	struct stella_buf payload = { 0 }, raw;
	struct stella_span hex;
	char why[STELLA_ERROR_MAX];
	uint8_t target[32];
	bool is;

	run("git init -q r && cd r && git commit -q --allow-empty -m first");
	ck_assert_int_eq(chdir("r"), 0);
	links.tree = id_of("HEAD^{tree}");
	links.parents[0] = id_of("HEAD");
	links.parent_count = 1;
	memset(target, 7, sizeof target);
	stella_commit_print(&payload, &links, stella_span_str(WHO), stella_span_str("Trust acme\n\nAudited, \xc3\xa9."), target, NULL);
	raw = signed_by(stella_buf_span(&payload), "key");
	assert_ok(stella_approval_parse(&claim, &is, why, stella_buf_span(&raw)));
	ck_assert_msg(is, "%s", why);
	ck_assert_mem_eq(claim.target, target, 32);
	hex = stella_pubkey_ssh(claim.key);
	ck_assert_uint_gt(hex.size, 32);
	stella_approval_claim_free(&claim);
	ck_assert_ptr_null(claim.key);
	stella_approval_claim_free(NULL);
	write_file("../object", stella_buf_span(&raw));
	run("git update-ref refs/heads/main $(git hash-object -t commit -w ../object) && git fsck --strict --no-dangling "
		"2>&1 | grep -v '^notice' > ../fsck; test ! -s ../fsck");
	run("git verify-commit main 2> ../verify && grep -q 'Good \"git\" signature for ann@example.org' ../verify");
	run("test \"$(git log -1 --format='%%(trailers:key=Stella-Approve,valueonly)' | head -1)\" = " STATE);
	stella_buf_free(&raw);
	stella_buf_free(&payload);
}
END_TEST

START_TEST(what_git_signs_is_an_approval)
{
	struct stella_buf raw;
	char why[STELLA_ERROR_MAX];

	run("git init -q r && cd r && git commit -q --allow-empty -m first && "
		"git commit -q -S --allow-empty -m Subject -m '" LINE "'");
	ck_assert_int_eq(chdir("r"), 0);
	raw = object("HEAD");
	ck_assert_msg(is_approval(stella_buf_span(&raw), why), "%s", why);
	stella_buf_free(&raw);
	run("git commit -q -S --allow-empty -m Subject --trailer 'Stella-Approve: " STATE "' --trailer 'Signed-off-by: x'");
	raw = object("HEAD");
	ck_assert_msg(is_approval(stella_buf_span(&raw), why), "%s", why);
	stella_buf_free(&raw);
}
END_TEST

START_TEST(keys_of_every_kind_of_policy_version_1_can_approve)
{
	static const char *const kinds[] = { "ecdsa -b 256", "ecdsa -b 384", "ecdsa -b 521", "rsa -b 2048" };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		run("rm -f key key.pub; ssh-keygen -q -t %s -N '' -f key", kinds[i]);
		assert_text_is(GOOD);
	}
	run("rm -f key key.pub; ssh-keygen -q -t rsa -b 1024 -N '' -f key 2>/dev/null || cp key2 key");
}
END_TEST

START_TEST(the_message_may_be_any_text_with_the_line_at_its_end)
{
	assert_text_is(HEADERS "\nS\n\n" LINE);
	assert_text_is(HEADERS "\nS\n\n" LINE "\n\n\n");
	assert_text_is(HEADERS "\n\n\nS\n\n\n\n" LINE "\n");
	assert_text_is(HEADERS "\nS\n\nbody\nbody\n\n" LINE "\nSigned-off-by: x\n");
	assert_text_is(HEADERS "\nS\n\nSigned-off-by: x\n" LINE "\n");
	assert_text_is(HEADERS "\nS\n\nStella-Approved: maybe\n" LINE "\n");
	assert_text_is(HEADERS "\nS\n\n  stella-approve: in small letters\n" LINE "\n");
	assert_text_is(HEADERS "\nS \xe2\x80\xae\x1b[31m\n\n" LINE "\n");
	assert_text_is(TREE "parent 2222222222222222222222222222222222222222\nparent 3333333333333333333333333333333333333333\n"
		"author " WHO "\ncommitter " WHO "\n\nS\n\n" LINE "\n");
}
END_TEST

START_TEST(dates_say_nothing)
{
	static const char *const dates[] = {
		"0 +0000", "1 +0000", "9223372036854775808 +0000", "18446744073709551615 -9999", "4102444800 +1400",
	};
	char text[512];

	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
		snprintf(text, sizeof text, TREE "author A <a@b> %s\ncommitter A <a@b> %s\n\nS\n\n" LINE "\n", dates[i], dates[i]);
		assert_text_is(text);
	}
}
END_TEST

/* ---------------------------------------------------------------- the line */

START_TEST(a_commit_without_the_line_needs_no_reason)
{
	assert_text_not(HEADERS "\nS\n", "");
	assert_text_not(HEADERS "\nS\n\nbody\n", "");
	assert_text_not(HEADERS "\nS\n\nStella-Approved: " STATE "\n", "");
	assert_text_not(HEADERS "\nS\n\nsee Stella-Approve: " STATE "\n", "");
	assert_text_not(HEADERS "\nS\rStella-Approve: " STATE "\n", "");
	assert_not(stella_span_str("tree"), "");
	assert_not(stella_span_str(""), "");
	assert_not(stella_span_str(LINE "\n"), "");
}
END_TEST

START_TEST(the_line_stands_in_the_last_paragraph_and_not_in_the_first)
{
	assert_text_not(HEADERS "\n" LINE "\n", "first paragraph");
	assert_text_not(HEADERS "\n" LINE "\n\nbody\n", "first paragraph");
	assert_text_not(HEADERS "\nS\n" LINE "\n", "first paragraph");
	assert_text_not(HEADERS "\n\n\n" LINE "\n", "first paragraph");
	assert_text_not(HEADERS "\nS\n\n" LINE "\n\nbody\n", "last paragraph");
	assert_text_not(HEADERS "\nS\n\n" LINE "\n\n\n\n.", "last paragraph");
	assert_text_not(HEADERS "\nS\n\nquote:\n" LINE "\nend of quote\n\nbody\n", "last paragraph");
}
END_TEST

START_TEST(a_line_of_white_space_counts_against_the_approval_either_way)
{
	assert_text_not(HEADERS "\nS\n \n" LINE "\n", "first paragraph");
	assert_text_not(HEADERS "\n \n\n" LINE "\n", "first paragraph");
	assert_text_not(HEADERS "\nS\n\n" LINE "\n\t\nbody\n", "last paragraph");
	assert_text_is(HEADERS "\nS\n\n" LINE "\n \n");
	assert_text_is(HEADERS "\nS\n \nT\n\n" LINE "\n");
}
END_TEST

START_TEST(the_line_stands_there_once)
{
	assert_text_not(HEADERS "\nS\n\n" LINE "\n" LINE "\n", "2 Stella-Approve lines");
	assert_text_not(HEADERS "\nS\n\n" LINE "\n\n" LINE "\n", "2 Stella-Approve lines");
	assert_text_not(HEADERS "\n" LINE "\n\n" LINE "\n", "2 Stella-Approve lines");
	assert_text_not(HEADERS "\nS\n\nStella-Approve:\n" LINE "\n", "2 Stella-Approve lines");
	assert_text_not(HEADERS "\nS\n\n" LINE "\nStella-Approve:x\n" LINE "\n", "3 Stella-Approve lines");
}
END_TEST

START_TEST(the_line_is_spelled_exactly_so)
{
	static const char *const values[] = {
		"", " ", STATE, "  " STATE, "\t" STATE, " " STATE " ", " " STATE "\t", " " STATE "\r", " " STATE "0",
		" 070707070707070707070707070707070707070707070707070707070707070", " " STATE " # why",
		" 070707070707070707070707070707070707070707070707070707070707070G",
		" 07070707070707070707070707070707070707070707070707070707070707AB", " sha256:" STATE, "\xc2\xa0" STATE,
	};
	char text[512];

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		snprintf(text, sizeof text, HEADERS "\nS\n\nStella-Approve:%s\n", values[i]);
		assert_text_not(text, "lower-case hex digits and no more");
	}
	assert_text_not(HEADERS "\nS\n\n " LINE "\n", "indented, quoted");
	assert_text_not(HEADERS "\nS\n\n\t" LINE "\n", "indented, quoted");
	assert_text_not(HEADERS "\nS\n\n> " LINE "\n", "indented, quoted");
	assert_text_not(HEADERS "\nS\n\nstella-approve: " STATE "\n", "not spelled so");
	assert_text_not(HEADERS "\nS\n\nSTELLA-APPROVE: " STATE "\n", "not spelled so");
	assert_text_not(HEADERS "\r\nS\r\n\r\n" LINE "\r\n", "");
	assert_text_not(HEADERS "\nS\r\n\r\n" LINE "\r\n", "carriage return");
}
END_TEST

/* ---------------------------------------------------------------- headers */

START_TEST(no_other_header_and_no_other_order)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
#define M "\n\nS\n\n" LINE "\n"
		{ HEADERS "encoding UTF-8" M, "header \"encoding\"" },
		{ HEADERS "mergetag object 1\n type x" M, "header \"mergetag\"" },
		{ HEADERS "x-note y" M, "header \"x-note\"" },
		{ HEADERS "HG:extra branch" M, "header \"HG:extra\"" },
		{ TREE HEADERS "x y" M, "order" },
		{ TREE "author " WHO "\nauthor " WHO "\ncommitter " WHO M, "order" },
		{ TREE "author " WHO "\ncommitter " WHO "\ncommitter " WHO M, "header \"committer\"" },
		{ TREE "committer " WHO "\nauthor " WHO M, "order" },
		{ TREE "author " WHO "\nparent 2222222222222222222222222222222222222222\ncommitter " WHO M, "order" },
		{ HEADERS "parent 2222222222222222222222222222222222222222" M, "header \"parent\"" },
		{ TREE "parent 2222\nauthor " WHO "\ncommitter " WHO M, "names no object" },
		{ TREE "author " WHO "\n continued\ncommitter " WHO M, "order" },
		{ TREE "author " WHO M, "order" },
		{ "author " WHO "\ncommitter " WHO M, "not a tree" },
		{ "tree 4B825DC642CB6EB9A060E54BF8D69288FBEE4904\nauthor " WHO "\ncommitter " WHO M, "not a tree" },
		{ "x y\n" HEADERS M, "not a tree" },
#undef M
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_text_not(cases[i].text, cases[i].reason);
}
END_TEST

START_TEST(author_and_committer_are_one_well_formed_person)
{
	static const char *const bad[] = {
		"Ann", "<ann@example.org> 1 +0000", " <ann@example.org> 1 +0000", "Ann <ann@example.org>", "Ann<a@b> 1 +0000",
		"Ann <a@b>1 +0000", "Ann <a@b> 1", "Ann <a@b> 1 0000", "Ann <a@b> 1 +000", "Ann <a@b> 1 +00000", "Ann <a@b> 1 +0000 ",
		"Ann <a@b> -1 +0000", "Ann <a@b> x +0000", "Ann <a@b>  1 +0000", "Ann <a@b> 1  +0000", "Ann <<a@b> 1 +0000",
		"Ann <a@b>> 1 +0000", "Ann > <a@b> 1 +0000", "Ann <a@b> 123456789012345678901 +0000", "Ann <a@b> +0000", "",
	};
	char text[512];

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(text, sizeof text, TREE "author %s\ncommitter %s\n\nS\n\n" LINE "\n", bad[i], bad[i]);
		assert_text_not(text, "not of the form");
	}
	assert_text_is(TREE "author A  <> 1 +0000\ncommitter A  <> 1 +0000\n\nS\n\n" LINE "\n");
	assert_text_not(TREE "author " WHO "\ncommitter Bob <bob@example.org> 1700000000 +0000\n\nS\n\n" LINE "\n",
		"author and committer differ");
	assert_text_not(TREE "author " WHO "\ncommitter Ann <ann@example.org> 1700000001 +0000\n\nS\n\n" LINE "\n",
		"stella approve");
	assert_text_not(TREE "author " WHO "\ncommitter Ann <ann@example.org> 1700000000 -0000\n\nS\n\n" LINE "\n",
		"author and committer differ");
}
END_TEST

START_TEST(the_message_is_utf8_without_nul)
{
	struct stella_buf raw = { 0 };

	assert_text_not(HEADERS "\nS\xff\n\n" LINE "\n", "not UTF-8");
	assert_text_not(HEADERS "\nS\xed\xa0\x80\n\n" LINE "\n", "not UTF-8");
	assert_text_not(HEADERS "\nS\xc0\x80\n\n" LINE "\n", "not UTF-8");
	raw = signed_by(stella_span(HEADERS "\nS\0hidden\n\n" LINE "\n", sizeof(HEADERS "\nS\0hidden\n\n" LINE "\n") - 1), "key");
	assert_not(stella_buf_span(&raw), "NUL");
	stella_buf_free(&raw);
	raw = signed_by(stella_span_str(GOOD), "key");
	stella_buf_put(&raw, "\0more", 5);
	assert_not(stella_buf_span(&raw), "NUL");
	stella_buf_free(&raw);
}
END_TEST

/* ---------------------------------------------------------------- the signature */

/* head, then text in the form of a header of this name, then the rest of the commit. */
static struct stella_buf with_header(const char *head, const char *name, struct stella_span value, const char *rest)
{
	struct stella_buf out = { 0 };

	stella_buf_printf(&out, "%s%s ", head, name);
	for (size_t i = 0; i < value.size; i++) {
		stella_buf_put_u8(&out, value.data[i]);
		if (value.data[i] == '\n' && i + 1 < value.size)
			stella_buf_put_u8(&out, ' ');
	}
	stella_buf_put_str(&out, rest);
	return out;
}

START_TEST(exactly_one_signature_in_its_place)
{
	struct stella_buf one = signature(stella_span_str(GOOD), "key"), two = signature(stella_span_str(GOOD), "key2");
	struct stella_buf first, both, raw;
	const char *message = "\nSubject\n\n" LINE "\n";

	first = with_header(HEADERS, "gpgsig", stella_buf_span(&one), "");
	both = with_header((const char *)first.data, "gpgsig", stella_buf_span(&two), message);
	assert_not(stella_buf_span(&both), "more than one signature");
	stella_buf_free(&both);
	both = with_header((const char *)first.data, "gpgsig-sha256", stella_buf_span(&two), message);
	assert_not(stella_buf_span(&both), "gpgsig-sha256");
	stella_buf_free(&both);
	both = with_header(HEADERS, "gpgsig-sha256", stella_buf_span(&one), message);
	assert_not(stella_buf_span(&both), "gpgsig-sha256");
	stella_buf_free(&both);
	assert_not(stella_span_str(GOOD), "not signed");
	raw = with_header(HEADERS "\n", "gpgsig", stella_buf_span(&one), message);
	assert_not(stella_buf_span(&raw), "not signed"); /* moved into the message */
	stella_buf_free(&raw);
	raw = with_header(HEADERS, "gpgsig", stella_span_str("\n"), message);
	assert_not(stella_buf_span(&raw), "algorithm not supported");
	stella_buf_free(&raw);
	raw = with_header(TREE, "gpgsig", stella_buf_span(&one), "author " WHO "\ncommitter " WHO "\n\nSubject\n\n" LINE "\n");
	assert_not(stella_buf_span(&raw), "order");
	stella_buf_free(&raw);
	stella_buf_free(&one);
	stella_buf_free(&two);
	stella_buf_free(&first);
}
END_TEST

START_TEST(other_kinds_of_signature_are_named)
{
	struct stella_buf raw;

	raw = with_header(HEADERS, "gpgsig", stella_span_str("-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n"),
		"\nS\n\n" LINE "\n");
	assert_not(stella_buf_span(&raw), "its signature does not count: base64");
	stella_buf_free(&raw);
	raw = with_header(HEADERS, "gpgsig", stella_span_str("-----BEGIN SIGNED MESSAGE-----\nx\n-----END SIGNED MESSAGE-----\n"),
		"\nS\n\n" LINE "\n");
	assert_not(stella_buf_span(&raw), "its signature does not count: X.509 signature: PEM");
	stella_buf_free(&raw);
	raw = with_header(HEADERS, "gpgsig", stella_span_str("-----BEGIN SOMETHING-----\nx\n-----END SOMETHING-----\n"),
		"\nS\n\n" LINE "\n");
	assert_not(stella_buf_span(&raw), "algorithm not supported: neither SSH nor X.509 nor OpenPGP");
	stella_buf_free(&raw);
}
END_TEST

START_TEST(the_signature_is_over_these_bytes_in_the_namespace_git)
{
	struct stella_buf armored, raw = { 0 };

	armored = signature(stella_span_str(HEADERS "\nSubject!\n\n" LINE "\n"), "key");
	stella_commit_add_signature(&raw, stella_span_str(GOOD), stella_buf_span(&armored));
	assert_not(stella_buf_span(&raw), "signature does not count");
	stella_buf_free(&raw);
	stella_buf_free(&armored);
	run("printf '%%s' '%s' | ssh-keygen -Y sign -q -n file -f key > sig 2>/dev/null", GOOD);
	armored = read_file("sig");
	stella_commit_add_signature(&raw, stella_span_str(GOOD), stella_buf_span(&armored));
	assert_not(stella_buf_span(&raw), "signature does not count");
	stella_buf_free(&raw);
	stella_buf_free(&armored);
}
END_TEST

START_TEST(every_byte_of_an_approval_counts)
{
	struct stella_buf raw = signed_by(stella_span_str(GOOD), "key");
	char why[STELLA_ERROR_MAX];

	ck_assert(is_approval(stella_buf_span(&raw), why));
	for (size_t i = 0; i < raw.size; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			raw.data[i] ^= 1u << bit;
			ck_assert_msg(!is_approval(stella_buf_span(&raw), why), "byte %zu bit %u", i, bit);
			raw.data[i] ^= 1u << bit;
		}
		ck_assert_msg(!is_approval(stella_span(raw.data, i), why), "cut at %zu", i);
	}
	stella_buf_put_str(&raw, "\n");
	ck_assert(!is_approval(stella_buf_span(&raw), why));
	stella_buf_free(&raw);
}
END_TEST

START_TEST(limits_are_errors)
{
	struct stella_approval_claim claim;
	struct stella_buf raw = { 0 };
	char why[STELLA_ERROR_MAX];
	bool is;

	stella_buf_put_str(&raw, GOOD);
	while (raw.size < STELLA_COMMIT_MAX)
		stella_buf_put_u8(&raw, '\n');
	assert_not(stella_buf_span(&raw), "not signed");
	stella_buf_put_u8(&raw, '\n');
	assert_code(stella_approval_parse(&claim, &is, why, stella_buf_span(&raw)), STELLA_LIMIT);
	stella_buf_free(&raw);
	stella_buf_put_str(&raw, TREE);
	for (unsigned i = 0; i <= STELLA_PARENTS_MAX; i++)
		stella_buf_put_str(&raw, "parent 2222222222222222222222222222222222222222\n");
	assert_code(stella_approval_parse(&claim, &is, NULL, stella_buf_span(&raw)), STELLA_LIMIT);
	stella_buf_free(&raw);
}
END_TEST

/* ---------------------------------------------------------------- what git signs again */

/* Bob has commit.gpgSign set and handles Ann's signed approval on branch ann; then HEAD is no approval. */
static void as_bob(const char *commands)
{
	struct stella_buf raw;

	run("rm -rf r && git init -q r && cd r && git commit -q --allow-empty -m first && echo 0 > f && git add f && "
		"git commit -qm base && git checkout -q -b ann && echo 1 > g && git add g && "
		"git commit -q -S -m Subject -m '" LINE "' && git checkout -q main && echo 2 > h && git add h && git commit -qm other");
	ck_assert_int_eq(chdir("r"), 0);
	setenv("GIT_AUTHOR_NAME", "Bob", 1);
	setenv("GIT_COMMITTER_NAME", "Bob", 1);
	setenv("GIT_AUTHOR_EMAIL", "bob@example.org", 1);
	setenv("GIT_COMMITTER_EMAIL", "bob@example.org", 1);
	setenv("GIT_COMMITTER_DATE", "1700000500 +0000", 1);
	run("git config user.signingkey '%s/key2' && git config commit.gpgSign true", gitkit_dir);
	run("%s", commands);
	raw = object("HEAD");
	ck_assert_ptr_nonnull(stella_span_find(stella_buf_span(&raw), "\ngpgsig "));
	ck_assert_ptr_nonnull(stella_span_find(stella_buf_span(&raw), LINE));
	if (strstr(commands, "squash"))
		assert_not(stella_buf_span(&raw), "indented");
	else
		assert_not(stella_buf_span(&raw), "cherry-pick, rebase, am, pull --rebase or commit --amend");
	stella_buf_free(&raw);
	ck_assert_int_eq(chdir(".."), 0);
}

START_TEST(cherry_pick_is_no_approval)
{
	as_bob("git cherry-pick ann > ../out");
}
END_TEST

START_TEST(am_is_no_approval)
{
	as_bob("git format-patch -q -1 --stdout ann > ../patch && git am -q ../patch");
}
END_TEST

START_TEST(rebase_is_no_approval)
{
	as_bob("git checkout -q ann && git rebase -q main");
}
END_TEST

START_TEST(pull_with_rebase_is_no_approval)
{
	as_bob("git clone -q . ../clone 2>/dev/null && git checkout -q ann && git pull -q --rebase ../clone main");
}
END_TEST

START_TEST(amend_is_no_approval)
{
	as_bob("git checkout -q ann && git commit -q --amend --no-edit");
}
END_TEST

START_TEST(a_squash_is_no_approval)
{
	as_bob("git merge -q --squash ann > ../out && git commit -q --no-edit");
}
END_TEST

/* ---------------------------------------------------------------- split */

START_TEST(tags_are_signed_at_their_end)
{
	struct stella_buf payload, armored, raw;
	enum stella_gitsig_kind kind;

	run("git init -q r && cd r && git commit -q --allow-empty -m first && git tag -s -m 'A tag' v1 && git tag -a -m plain v2");
	run("cd r && git cat-file tag v1 > ../object && git cat-file tag v2 > ../plain");
	raw = read_file("object");
	assert_ok(stella_gitsig_split(&payload, &armored, &kind, stella_buf_span(&raw), true));
	ck_assert_int_eq(kind, STELLA_GITSIG_SSH);
	ck_assert(stella_span_starts(stella_buf_span(&armored), "-----BEGIN SSH SIGNATURE-----\n"));
	ck_assert(payload.size + armored.size == raw.size);
	stella_buf_free(&payload);
	stella_buf_free(&armored);
	stella_buf_free(&raw);
	raw = read_file("plain");
	assert_ok(stella_gitsig_split(&payload, &armored, &kind, stella_buf_span(&raw), true));
	ck_assert_int_eq(kind, STELLA_GITSIG_NONE);
	ck_assert(armored.size == 0 && stella_span_equal(stella_buf_span(&payload), stella_buf_span(&raw)));
	stella_buf_free(&payload);
	stella_buf_free(&armored);
	stella_buf_free(&raw);
}
END_TEST

START_TEST(of_several_begin_lines_in_a_tag_the_last_counts)
{
	const char *raw = "object 1\ntype commit\n\n-----BEGIN PGP SIGNATURE-----\nx\n-----BEGIN SSH SIGNATURE-----\ny\n";
	struct stella_buf payload, armored;
	enum stella_gitsig_kind kind;

	assert_ok(stella_gitsig_split(&payload, &armored, &kind, stella_span_str(raw), true));
	ck_assert_int_eq(kind, STELLA_GITSIG_SSH);
	assert_span_is(stella_buf_span(&armored), "-----BEGIN SSH SIGNATURE-----\ny\n");
	assert_span_is(stella_buf_span(&payload), "object 1\ntype commit\n\n-----BEGIN PGP SIGNATURE-----\nx\n");
	stella_buf_free(&payload);
	stella_buf_free(&armored);
	assert_ok(stella_gitsig_split(&payload, &armored, &kind, stella_span_str("object 1\n\n -----BEGIN SSH SIGNATURE-----\n"), true));
	ck_assert_int_eq(kind, STELLA_GITSIG_NONE);
	stella_buf_free(&payload);
	stella_buf_free(&armored);
	assert_code(stella_gitsig_split(&payload, &armored, &kind, stella_span_str("object 1\ngpgsig-sha256 x\n y\n\nm\n"
		"-----BEGIN SSH SIGNATURE-----\n"), true), STELLA_MALFORMED);
}
END_TEST

START_TEST(a_split_commit_is_as_git_splits_it)
{
	struct stella_buf payload, armored;
	enum stella_gitsig_kind kind;
	const struct {
		const char *raw, *payload, *armored;
	} cases[] = {
		{ "a b\ngpgsig x\n y\nc d\n\nm", "a b\nc d\n\nm", "x\ny\n" },
		{ "a b\ngpgsig-sha256 x\n y\nc d\n\nm", "a b\nc d\n\nm", "" },
		{ "a b\nc d\n e\n\ngpgsig x\n", "a b\nc d\n e\n\ngpgsig x\n", "" },
		{ "a b\ngpgsig x\n \n z\n\n", "a b\n\n", "x\n\nz\n" },
		{ "a b\ngpgsig x", "a b\n", "x" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_ok(stella_gitsig_split(&payload, &armored, &kind, stella_span_str(cases[i].raw), false));
		assert_span_is(stella_buf_span(&payload), cases[i].payload);
		assert_span_is(stella_buf_span(&armored), cases[i].armored);
		ck_assert_int_eq(kind, armored.size ? STELLA_GITSIG_UNKNOWN : STELLA_GITSIG_NONE);
		stella_buf_free(&payload);
		stella_buf_free(&armored);
	}
	assert_code(stella_gitsig_split(&payload, &armored, &kind, stella_span("a b\n\n\0", 6), false), STELLA_MALFORMED);
	assert_code(stella_gitsig_split(&payload, &armored, &kind, stella_span_str("a b\ngpgsig x\ngpgsig y\n\n"), false),
		STELLA_MALFORMED);
	assert_code(stella_gitsig_split(&payload, &armored, &kind, stella_span_str("a b\ngpgsig x\nc d\ngpgsig-sha256 y\n\n"), false),
		STELLA_MALFORMED);
	assert_code(stella_gitsig_split(&payload, &armored, &kind, stella_span_str(" a\n\n"), false), STELLA_MALFORMED);
	assert_code(stella_gitsig_split(&payload, &armored, &kind, stella_span_str("nospace\n\n"), false), STELLA_MALFORMED);
	ck_assert_ptr_null(payload.data);
	ck_assert_ptr_null(armored.data);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, keys, gitkit_leave);
	tcase_add_test(t, what_we_print_is_an_approval_for_us_and_well_signed_for_git);
	tcase_add_test(t, what_git_signs_is_an_approval);
	tcase_add_test(t, keys_of_every_kind_of_policy_version_1_can_approve);
	tcase_add_test(t, the_message_may_be_any_text_with_the_line_at_its_end);
	tcase_add_test(t, dates_say_nothing);
	tcase_add_test(t, a_commit_without_the_line_needs_no_reason);
	tcase_add_test(t, the_line_stands_in_the_last_paragraph_and_not_in_the_first);
	tcase_add_test(t, a_line_of_white_space_counts_against_the_approval_either_way);
	tcase_add_test(t, the_line_stands_there_once);
	tcase_add_test(t, the_line_is_spelled_exactly_so);
	tcase_add_test(t, no_other_header_and_no_other_order);
	tcase_add_test(t, author_and_committer_are_one_well_formed_person);
	tcase_add_test(t, the_message_is_utf8_without_nul);
	tcase_add_test(t, exactly_one_signature_in_its_place);
	tcase_add_test(t, other_kinds_of_signature_are_named);
	tcase_add_test(t, the_signature_is_over_these_bytes_in_the_namespace_git);
	tcase_add_test(t, every_byte_of_an_approval_counts);
	tcase_add_test(t, limits_are_errors);
	tcase_add_test(t, cherry_pick_is_no_approval);
	tcase_add_test(t, am_is_no_approval);
	tcase_add_test(t, rebase_is_no_approval);
	tcase_add_test(t, pull_with_rebase_is_no_approval);
	tcase_add_test(t, amend_is_no_approval);
	tcase_add_test(t, a_squash_is_no_approval);
	tcase_add_test(t, tags_are_signed_at_their_end);
	tcase_add_test(t, of_several_begin_lines_in_a_tag_the_last_counts);
	tcase_add_test(t, a_split_commit_is_as_git_splits_it);
}

CHECK_MAIN("gitsig", fill)
