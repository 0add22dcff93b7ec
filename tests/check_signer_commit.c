/* SPDX-License-Identifier: Apache-2.0 */
/* With the real git, ssh-keygen and ssh-agent. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "gitkit.h"
#include "signer.h"

#define PAYLOAD "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nA commit.\n"

static struct stella_repo *repo;

/* A repository with gpg.format ssh and a key, ./id; $TMPDIR is ours, so that leftovers are seen. */
static void enter(void)
{
	char *folder;

	gitkit_enter();
	run("git init -q . && git config gpg.format ssh && ssh-keygen -q -t ed25519 -N '' -C ann@example.org -f id");
	run("git config user.signingkey $PWD/id && mkdir tmp");
	unsetenv("SSH_AUTH_SOCK");
	unsetenv("SSH_ASKPASS");
	folder = output_of("echo $PWD/tmp");
	setenv("TMPDIR", folder, 1);
	free(folder);
	assert_ok(stella_repo_open(&repo, NULL));
}

static void leave(void)
{
	char *left = output_of("ls -A tmp");

	ck_assert_str_eq(left, "");
	free(left);
	unsetenv("TMPDIR");
	stella_repo_free(repo);
	gitkit_leave();
}

/* What git's configuration says now. */
static const struct stella_error *load(struct stella_commit_signer **out)
{
	const struct stella_error *err;

	stella_repo_free(repo);
	repo = NULL;
	assert_ok(stella_repo_open(&repo, NULL));
	err = stella_commit_signer_load(out, repo);
	ck_assert(!err == (*out != NULL));
	return err;
}

static void write_file(const char *path, struct stella_span bytes)
{
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
	ck_assert_int_eq(fclose(file), 0);
}

/* Loads, signs, and lets ssh-keygen say whether it is good. */
static void assert_signs(const char *what)
{
	struct stella_commit_signer *signer;
	struct stella_buf armored = { 0 };
	const struct stella_error *err = load(&signer);

	ck_assert_msg(!err, "%s: %s", what, err ? err->message : "");
	err = stella_commit_signer_sign(&armored, signer, stella_span_str(PAYLOAD));
	ck_assert_msg(!err, "%s: %s", what, err ? err->message : "");
	write_file("payload", stella_span_str(PAYLOAD));
	write_file("signature", stella_buf_span(&armored));
	run("ssh-keygen -Y check-novalidate -n git -s signature <payload >said");
	stella_buf_free(&armored);
	stella_commit_signer_free(signer);
}

static void assert_load(enum stella_code code, const char *says)
{
	struct stella_commit_signer *signer;
	const struct stella_error *err = load(&signer);

	ck_assert_msg(err && err->code == code && strstr(err->message, says), "%s (%s), not \"%s\"",
		err ? stella_code_word(err->code) : "accepted", err ? err->message : "", says);
}

static void assert_sign_fails(const char *what, const char *says)
{
	struct stella_commit_signer *signer;
	struct stella_buf armored = { 0 };
	const struct stella_error *err;

	assert_ok(load(&signer));
	err = stella_commit_signer_sign(&armored, signer, stella_span_str(PAYLOAD));
	ck_assert_msg(err && err->code == STELLA_HELPER && strstr(err->message, says), "%s: %s (%s), not \"%s\"", what,
		err ? stella_code_word(err->code) : "accepted", err ? err->message : "", says);
	ck_assert_uint_eq(armored.size, 0);
	stella_commit_signer_free(signer);
}

/* ---------------------------------------------------------------- keys */

START_TEST(keys_of_every_kind_sign)
{
	static const char *const kinds[] = { "ed25519", "ecdsa -b 256", "ecdsa -b 384", "ecdsa -b 521", "rsa -b 3072" };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		run("ssh-keygen -q -t %s -N '' -f k%zu && git config user.signingkey $PWD/k%zu", kinds[i], i, i);
		assert_signs(kinds[i]);
		run("rm k%zu.pub", i); /* the private file says its public half */
		assert_signs(kinds[i]);
	}
}
END_TEST

START_TEST(a_key_is_named_by_its_public_file_its_home_or_the_working_tree)
{
	run("git config user.signingkey $PWD/id.pub");
	assert_signs("public file");
	run("mkdir ~/.ssh && cp id ~/.ssh/other && git config user.signingkey '~/.ssh/other'");
	assert_signs("home");
	run("mkdir deep && git config user.signingkey id");
	ck_assert_int_eq(chdir("deep"), 0);
	assert_signs("working tree");
	ck_assert_int_eq(chdir(".."), 0);
}
END_TEST

START_TEST(a_private_key_in_pem_needs_its_public_file)
{
	run("ssh-keygen -q -t ecdsa -N '' -m PKCS8 -f pem && git config user.signingkey $PWD/pem");
	assert_signs("PKCS#8 with its public file");
	run("rm pem.pub");
	assert_load(STELLA_USAGE, "no public key in it, and no ");
}
END_TEST

START_TEST(an_encrypted_key_is_loaded_without_its_passphrase)
{
	struct stella_commit_signer *signer;

	run("ssh-keygen -q -t ed25519 -N secret -f locked && rm locked.pub && git config user.signingkey $PWD/locked");
	assert_ok(load(&signer));
	ck_assert_int_eq(stella_pubkey_type(signer->key), STELLA_KEY_ED25519);
	stella_commit_signer_free(signer);
}
END_TEST

static pid_t agent;

static void start_agent(void)
{
	char *path = output_of("echo $PWD/agent");

	agent = fork();
	ck_assert_int_ge(agent, 0);
	if (!agent) {
		prctl(PR_SET_PDEATHSIG, SIGTERM); /* also when this test fails */
		execlp("ssh-agent", "ssh-agent", "-D", "-a", path, (char *)NULL);
		_exit(127);
	}
	setenv("SSH_AUTH_SOCK", path, 1);
	free(path);
	for (int i = 0; i < 100 && try_run("ssh-add -l >said 2>&1; test $? -ne 2") != 0; i++)
		usleep(50000);
}

static void stop_agent(void)
{
	unsetenv("SSH_AUTH_SOCK");
	ck_assert_int_eq(kill(agent, SIGTERM), 0);
	ck_assert_int_eq(waitpid(agent, NULL, 0), agent);
}

START_TEST(a_key_in_the_agent_is_named_by_itself)
{
	start_agent();
	run("ssh-keygen -q -t ecdsa -N '' -f ec && ssh-add -q id ec 2>/dev/null && mv id gone && mv ec gone-too");
	run("git config user.signingkey \"$(cat id.pub)\"");
	assert_signs("ssh-...");
	run("git config user.signingkey \"key::$(cat id.pub)\"");
	assert_signs("key::ssh-...");
	run("git config user.signingkey \"key::$(cat ec.pub)\"");
	assert_signs("key::ecdsa-...");
	run("git config user.signingkey $PWD/id.pub");
	assert_signs("public file of a key in the agent");
	run("git config user.signingkey $PWD/id");
	assert_signs("private file that is not there, public file beside it, key in the agent");
	run("ssh-add -q -D 2>/dev/null && git config user.signingkey \"$(cat id.pub)\"");
	assert_sign_fails("no such key in the agent", "ssh-keygen");
	stop_agent();
}
END_TEST

START_TEST(the_default_key_command_names_a_key)
{
	start_agent();
	run("ssh-add -q id && git config --unset user.signingkey");
	run("printf 'echo \"key::$(cat id.pub)\"\\necho more\\n' >which && git config gpg.ssh.defaultKeyCommand 'sh which'");
	assert_signs("first line");
	run("git config gpg.ssh.defaultKeyCommand 'ssh-add -L'");
	assert_signs("ssh-add -L");
	run("git config gpg.ssh.defaultKeyCommand 'echo id'");
	assert_load(STELLA_HELPER, "gpg.ssh.defaultKeyCommand: no line");
	run("git config gpg.ssh.defaultKeyCommand false");
	assert_load(STELLA_HELPER, "gpg.ssh.defaultKeyCommand");
	run("git config gpg.ssh.defaultKeyCommand true");
	assert_load(STELLA_HELPER, "gpg.ssh.defaultKeyCommand: no line");
	run("git config --unset gpg.ssh.defaultKeyCommand");
	assert_load(STELLA_USAGE, "no key to sign with: git config user.signingkey");
	stop_agent();
}
END_TEST

START_TEST(what_is_no_key_is_refused)
{
	run("git config user.signingkey $PWD/absent");
	assert_load(STELLA_USAGE, "/absent");
	run("git config user.signingkey 'ssh-ed25519 AAAA'");
	assert_load(STELLA_MALFORMED, "user.signingkey: ");
	run("git config user.signingkey key::");
	assert_load(STELLA_MALFORMED, "user.signingkey: ");
	run("echo nonsense >other && git config user.signingkey $PWD/other");
	assert_load(STELLA_MALFORMED, "/other");
	run("ssh-keygen -q -t ed25519 -N '' -f ca && ssh-keygen -q -s ca -I ann id.pub 2>/dev/null");
	run("git config user.signingkey $PWD/id-cert.pub");
	assert_load(STELLA_ALGORITHM_UNSUPPORTED, "/id-cert.pub");
	run("sed '2s/^b3/b4/' id >damaged && git config user.signingkey $PWD/damaged");
	assert_load(STELLA_MALFORMED, "/damaged");
	run("head -c 70000 /dev/zero >large && git config user.signingkey $PWD/large");
	assert_load(STELLA_LIMIT, "/large");
}
END_TEST

/* ---------------------------------------------------------------- programs */

static void use_program(const char *body)
{
	FILE *file = fopen("program", "w");

	ck_assert_ptr_nonnull(file);
	fprintf(file, "#!/bin/sh\nfor file; do :; done\n%s\n", body);
	ck_assert_int_eq(fclose(file), 0);
	run("chmod +x program && git config gpg.ssh.program $PWD/program");
}

START_TEST(a_program_is_called_as_git_calls_it)
{
	char *ours, *gits;

	use_program("echo \"$*\" | sed 's/ [^ ]*$//' >called; exec ssh-keygen \"$@\"");
	assert_signs("program");
	ours = output_of("cat called");
	run("git commit -q -S --allow-empty -m test");
	gits = output_of("cat called");
	ck_assert_str_eq(ours, gits);
	free(ours);
	free(gits);
	run("cp program ~/program && git config gpg.ssh.program '~/program'");
	assert_signs("program in the home directory");
}
END_TEST

START_TEST(a_program_that_does_not_sign_is_an_error)
{
	static const struct { const char *body, *says; } bad[] = {
		{ "exit 1", "program" },
		{ "exit 0", "left no signature" },
		{ "kill -9 $$", "program" },
		{ "echo garbage >\"$file.sig\"", "made no good signature" },
		{ ": >\"$file.sig\"", "made no good signature" },
		{ "mkdir \"$file.sig\"", "left no signature" },
		{ "head -c 100000 /dev/zero >\"$file.sig\"", "left no signature" },
		{ "yes | head -c 100000; exec ssh-keygen \"$@\"", "" },
		{ "exec ssh-keygen -q -Y sign -n git -f other \"$file\"", "signed with key SHA256:" },
		{ "exec ssh-keygen -q -Y sign -n file -f id \"$file\"", "made no good signature" },
		{ "echo >>\"$file\"; exec ssh-keygen -q -Y sign -n git -f id \"$file\"", "made no good signature" },
		{ "ssh-keygen -q -Y sign -n git -f id \"$file\"; echo more >>\"$file.sig\"", "made no good signature" },
		{ "ssh-keygen -q -Y sign -n git -f id \"$file\"; exit 3", "program" },
	};

	run("ssh-keygen -q -t ed25519 -N '' -f other");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct stella_commit_signer *signer;
		struct stella_buf armored = { 0 };
		const struct stella_error *err;

		use_program(bad[i].body);
		if (*bad[i].says) {
			assert_sign_fails(bad[i].body, bad[i].says);
			continue;
		}
		assert_ok(load(&signer));
		err = stella_commit_signer_sign(&armored, signer, stella_span_str(PAYLOAD));
		ck_assert_msg(stella_error_is(err, STELLA_LIMIT), "%s", bad[i].body);
		stella_commit_signer_free(signer);
	}
	run("git config gpg.ssh.program /nonexistent");
	assert_sign_fails("no program", "/nonexistent");
}
END_TEST

/* ---------------------------------------------------------------- who */

static void assert_who(const char *name, const char *email)
{
	struct stella_commit_signer *signer;

	assert_ok(load(&signer));
	ck_assert_str_eq(signer->name, name);
	ck_assert_str_eq(signer->email, email);
	stella_commit_signer_free(signer);
}

START_TEST(who_signs_is_found_in_the_order_of_git)
{
	assert_who("Ann", "ann@example.org");
	run("git config author.name Author && git config author.email author@example.org");
	run("git config user.name User && git config user.email user@example.org");
	assert_who("Ann", "ann@example.org");
	unsetenv("GIT_AUTHOR_NAME");
	assert_who("Author", "ann@example.org");
	unsetenv("GIT_AUTHOR_EMAIL");
	assert_who("Author", "author@example.org");
	run("git config --unset author.name && git config --unset author.email");
	assert_who("User", "user@example.org");
	run("git config --unset user.email");
	setenv("EMAIL", "last@example.org", 1);
	assert_who("User", "last@example.org");
	unsetenv("EMAIL");
	assert_load(STELLA_USAGE, "user.email is not set: git config user.email");
	run("git config user.email '  u@example.org ' && git config --unset user.name");
	assert_load(STELLA_USAGE, "user.name is not set: git config user.name");
	run("git config user.name ' U  V '");
	assert_who("U  V", "u@example.org");
}
END_TEST

START_TEST(a_name_that_would_break_the_line_is_refused)
{
	static const char *const bad[] = { "A<B", "A>B", "A\nB", "A\tB", "A\x7f", "", " " };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		setenv("GIT_AUTHOR_NAME", bad[i], 1);
		assert_load(STELLA_USAGE, "user.name");
		setenv("GIT_AUTHOR_NAME", "Ann", 1);
		setenv("GIT_AUTHOR_EMAIL", bad[i], 1);
		assert_load(STELLA_USAGE, "user.email");
		setenv("GIT_AUTHOR_EMAIL", "ann@example.org", 1);
	}
}
END_TEST

START_TEST(the_format_is_one_of_git)
{
	run("git config gpg.format minisign");
	assert_load(STELLA_USAGE, "gpg.format is minisign, expected ssh, x509 or openpgp: git config gpg.format ssh");
	run("git config --unset gpg.format");
	assert_load(STELLA_USAGE, "gpg.format is not set, expected ssh, x509 or openpgp: git config gpg.format ssh");
}
END_TEST

/* Programs and keys as git finds them (gpg-interface.c). */
START_TEST(other_formats_are_gits_too)
{
	static const struct {
		const char *settings, *program, *key;
		enum stella_gitsig_kind format;
	} rows[] = {
		{ "git config gpg.format x509 && git config --unset user.signingkey", "gpgsm", "Ann <ann@example.org>", STELLA_GITSIG_X509 },
		{ "git config gpg.x509.program gitsign && git config user.signingkey x", "gitsign", "x", STELLA_GITSIG_X509 },
		{ "git config gpg.format openpgp", "gpg", "x", STELLA_GITSIG_OPENPGP },
		{ "git config gpg.program gpg2", "gpg2", "x", STELLA_GITSIG_OPENPGP },
		{ "git config gpg.openpgp.program gpg3", "gpg3", "x", STELLA_GITSIG_OPENPGP },
	};
	struct stella_commit_signer *signer;

	run("git config user.name Ann && git config user.email ann@example.org");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		run("%s", rows[i].settings);
		stella_repo_free(repo);
		assert_ok(stella_repo_open(&repo, NULL));
		assert_ok(stella_commit_signer_load(&signer, repo));
		ck_assert_int_eq(signer->format, rows[i].format);
		ck_assert_str_eq(signer->program, rows[i].program);
		ck_assert_str_eq(signer->gpg_key, rows[i].key);
		ck_assert_ptr_null(signer->key);
		stella_commit_signer_free(signer);
	}
}
END_TEST

/* What comes back is looked at before anything is written with it. */
START_TEST(what_a_program_makes_must_be_a_signature)
{
	static const char *const formats[] = { "x509", "openpgp" }, *const programs[] = { "gpg.x509.program", "gpg.program" };
	struct stella_commit_signer *signer;
	struct stella_buf armored = { 0 };

	run("git config user.name Ann && git config user.email ann@example.org");
	run("printf '#!/bin/sh\ncat\n' > echo && printf '#!/bin/sh\nexit 2\n' > no && chmod +x echo no");
	for (size_t i = 0; i < 2; i++) {
		run("git config gpg.format %s && git config %s $PWD/echo", formats[i], programs[i]);
		stella_repo_free(repo);
		assert_ok(stella_repo_open(&repo, NULL));
		assert_ok(stella_commit_signer_load(&signer, repo));
		assert_code(stella_commit_signer_sign(&armored, signer, stella_span_str("payload")), STELLA_HELPER);
		stella_commit_signer_free(signer);
		run("git config %s $PWD/no", programs[i]);
		stella_repo_free(repo);
		assert_ok(stella_repo_open(&repo, NULL));
		assert_ok(stella_commit_signer_load(&signer, repo));
		assert_code(stella_commit_signer_sign(&armored, signer, stella_span_str("payload")), STELLA_HELPER);
		stella_commit_signer_free(signer);
		ck_assert_uint_eq(armored.size, 0);
	}
}
END_TEST

/* ---------------------------------------------------------------- git agrees */

START_TEST(git_verifies_what_we_signed)
{
	struct stella_commit_signer *signer;
	struct stella_buf armored = { 0 };
	char *raw, *id;

	raw = output_of("git cat-file commit $(git commit-tree -m test $(git hash-object -t tree -w /dev/null)); echo");
	assert_ok(load(&signer));
	assert_ok(stella_commit_signer_sign(&armored, signer, stella_span_str(raw)));
	write_file("raw", stella_span_str(raw));
	write_file("signature", stella_buf_span(&armored));
	run("sed '/^$/,$d' raw >signed && sed '1s/^/gpgsig /; 2,$s/^/ /' signature >>signed && sed -n '/^$/,$p' raw >>signed");
	id = output_of("git hash-object -t commit -w signed");
	run("echo \"ann@example.org $(cat id.pub)\" >allowed && git config gpg.ssh.allowedSignersFile allowed");
	run("git verify-commit %s 2>/dev/null", id);
	free(raw);
	free(id);
	stella_buf_free(&armored);
	stella_commit_signer_free(signer);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, enter, leave);
	tcase_add_test(t, keys_of_every_kind_sign);
	tcase_add_test(t, a_key_is_named_by_its_public_file_its_home_or_the_working_tree);
	tcase_add_test(t, a_private_key_in_pem_needs_its_public_file);
	tcase_add_test(t, an_encrypted_key_is_loaded_without_its_passphrase);
	tcase_add_test(t, a_key_in_the_agent_is_named_by_itself);
	tcase_add_test(t, the_default_key_command_names_a_key);
	tcase_add_test(t, what_is_no_key_is_refused);
	tcase_add_test(t, a_program_is_called_as_git_calls_it);
	tcase_add_test(t, a_program_that_does_not_sign_is_an_error);
	tcase_add_test(t, who_signs_is_found_in_the_order_of_git);
	tcase_add_test(t, a_name_that_would_break_the_line_is_refused);
	tcase_add_test(t, the_format_is_one_of_git);
	tcase_add_test(t, other_formats_are_gits_too);
	tcase_add_test(t, what_a_program_makes_must_be_a_signature);
	tcase_add_test(t, git_verifies_what_we_signed);
}

CHECK_MAIN("signer_commit", fill)
