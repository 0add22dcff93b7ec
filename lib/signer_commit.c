/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits are signed as git signs them (git's gpg-interface.c, here sign_buffer_ssh; ident.c).
 * What the repository's own configuration names as program or command is run, as git does: signing is
 * its user's own act.  What it made is believed only when it verifies with the key that was expected.
 */
#include "signer.h"

#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "sys.h"

#define KEY_FILE_MAX (64u << 10)
#define SIGNATURE_MAX (64u << 10)
#define OPENSSH_LABEL "OPENSSH PRIVATE KEY"
#define OPENSSH_BEGIN "-----BEGIN " OPENSSH_LABEL "-----"

/* ---------------------------------------------------------------- the public half */

/* OpenSSH PROTOCOL.key: the part before the secrets, which is never encrypted. */
static const struct stella_error *parse_openssh_key(struct stella_pubkey **out, struct stella_span pem)
{
	static const char magic[] = "openssh-key-v1"; /* with its NUL */
	struct stella_buf bytes = { 0 };
	const struct stella_error *err;
	struct stella_span start, skipped, public, private;
	struct stella_cursor in;
	uint32_t count = 0;

	stella_buf_reserve(&bytes, pem.size); /* growing leaves no copies behind */
	err = stella_pem_parse(&bytes, pem, OPENSSH_LABEL);
	if (err)
		goto done;
	in = stella_cursor(stella_buf_span(&bytes));
	if (!stella_cursor_take(&in, sizeof magic, &start) || memcmp(start.data, magic, sizeof magic) != 0 ||
	    !stella_cursor_string(&in, &skipped) || /* cipher */
	    !stella_cursor_string(&in, &skipped) || /* key derivation */
	    !stella_cursor_string(&in, &skipped) || /* its options */
	    !stella_cursor_u32(&in, &count) || count != 1 ||
	    !stella_cursor_string(&in, &public) || !stella_cursor_string(&in, &private)) {
		err = stella_error(STELLA_MALFORMED, "not an OpenSSH private key of one key");
		goto done;
	}
	err = stella_pubkey_parse_ssh(out, public);
done:
	stella_buf_wipe(&bytes);
	return err;
}

static struct stella_span trim(struct stella_span text)
{
	while (text.size && memchr(" \t\r\n", text.data[text.size - 1], 4))
		text.size--;
	while (text.size && memchr(" \t", text.data[0], 2))
		text = stella_span(text.data + 1, text.size - 1);
	return text;
}

/* As ssh-keygen -f does: FILE is a private key that says its public half, or a public key, else FILE.pub is. */
static const struct stella_error *load_public(struct stella_pubkey **out, const char *path)
{
	struct stella_buf file = { 0 }, beside = { 0 };
	const struct stella_error *err = stella_sys_read(&file, path, KEY_FILE_MAX);
	struct stella_span text = stella_buf_span(&file);

	if (!err && stella_span_starts(text, OPENSSH_BEGIN)) {
		err = parse_openssh_key(out, text);
	} else if (!err && !stella_span_starts(text, "-----BEGIN ")) {
		err = stella_pubkey_parse_ssh_line(out, trim(text));
	} else if (!err || stella_error_is(err, STELLA_NOT_FOUND)) {
		stella_buf_wipe(&file);
		stella_buf_printf(&beside, "%s.pub", path);
		err = stella_sys_read(&file, (char *)beside.data, KEY_FILE_MAX);
		if (stella_error_is(err, STELLA_NOT_FOUND))
			err = stella_error(STELLA_USAGE, "no public key in it, and no %s.pub: git config "
				"user.signingkey PATH", path);
		else if (!err)
			err = stella_pubkey_parse_ssh_line(out, trim(stella_buf_span(&file)));
	}
	stella_buf_wipe(&file);
	stella_buf_free(&beside);
	return err ? stella_error_prefix(err, "%s", path) : NULL;
}

/* ---------------------------------------------------------------- configuration */

static const struct stella_error *config(char **value, struct stella_repo *repo, const char *name)
{
	free(*value);
	return stella_repo_config(value, NULL, repo, name);
}

/* "~/" is the home directory; other relative paths start where git starts, at the top of the working tree. */
static char *expand_path(struct stella_repo *repo, const char *path)
{
	const char *home = getenv("HOME"), *top = stella_repo_workdir(repo);
	struct stella_buf out = { 0 };

	if (path[0] == '~' && path[1] == '/' && home)
		stella_buf_printf(&out, "%s%s", home, path + 1);
	else if (path[0] != '/' && top)
		stella_buf_printf(&out, "%s%s%s", top, top[strlen(top) - 1] == '/' ? "" : "/", path);
	else
		stella_buf_put_str(&out, path);
	return stella_buf_take_str(&out);
}

static const struct {
	const char *format, *setting, *other_setting, *program;
	enum stella_gitsig_kind kind;
} formats[] = { /* git's gpg-interface.c */
	{ "ssh", "gpg.ssh.program", NULL, "ssh-keygen", STELLA_GITSIG_SSH },
	{ "x509", "gpg.x509.program", NULL, "gpgsm", STELLA_GITSIG_X509 },
	{ "openpgp", "gpg.openpgp.program", "gpg.program", "gpg", STELLA_GITSIG_OPENPGP },
};

static const struct stella_error *load_program(struct stella_commit_signer *signer, struct stella_repo *repo)
{
	const size_t count = sizeof formats / sizeof *formats;
	const struct stella_error *err;
	char *value = NULL;
	size_t i = 0;

	err = config(&value, repo, "gpg.format");
	while (!err && value && i < count && strcmp(value, formats[i].format) != 0)
		i++;
	if (!err && (!value || i == count))
		err = stella_error(STELLA_USAGE, "gpg.format is %s, expected ssh, x509 or openpgp: git config gpg.format ssh",
			value ? value : "not set");
	if (!err)
		err = config(&value, repo, formats[i].setting);
	if (!err && !value && formats[i].other_setting)
		err = config(&value, repo, formats[i].other_setting);
	if (!err) {
		signer->format = formats[i].kind;
		signer->program = value && value[0] == '~' ? expand_path(repo, value) :
			stella_strdup(value && *value ? value : formats[i].program);
	}
	free(value);
	return err;
}

/* git splits the words of this command itself; a shell understands all of what git does. */
static const struct stella_error *run_default_key_command(char **out, const char *command)
{
	const char *const argv[] = { "sh", "-c", command, NULL };
	struct stella_buf text = { 0 };
	const struct stella_error *err = stella_sys_run(&text, argv, stella_span(NULL, 0), KEY_FILE_MAX);
	struct stella_cursor in = stella_cursor(stella_buf_span(&text));
	struct stella_span line = stella_buf_span(&text);

	stella_cursor_line(&in, &line);
	line = trim(line);
	if (err)
		err = stella_error_prefix(err, "gpg.ssh.defaultKeyCommand");
	else if (stella_span_has_nul(line) ||
		 (!stella_span_starts(line, "key::") && !stella_span_starts(line, "ssh-")))
		err = stella_error(STELLA_HELPER,
			"gpg.ssh.defaultKeyCommand: no line \"key::TYPE BASE64\" first");
	else
		*out = stella_span_strdup(line);
	stella_buf_free(&text);
	return err;
}

static const struct stella_error *load_key(struct stella_commit_signer *signer, struct stella_repo *repo)
{
	const struct stella_error *err;
	char *value = NULL, *command = NULL;

	err = config(&value, repo, "user.signingkey");
	if (!err && (!value || !*value)) {
		err = config(&command, repo, "gpg.ssh.defaultKeyCommand");
		if (!err && (!command || !*command))
			err = stella_error(STELLA_USAGE, "no key to sign with: git config user.signingkey "
				"~/.ssh/id_ed25519.pub");
		if (!err)
			err = run_default_key_command(&value, command);
	}
	if (err)
		goto done;
	if (!strncmp(value, "key::", 5) || !strncmp(value, "ssh-", 4)) {
		struct stella_span line = stella_span_str(value[0] == 'k' ? value + 5 : value);

		signer->literal = stella_span_strdup(trim(line));
		err = stella_pubkey_parse_ssh_line(&signer->key, stella_span_str(signer->literal));
	} else {
		signer->key_file = expand_path(repo, value);
		err = load_public(&signer->key, signer->key_file);
	}
	if (err)
		err = stella_error_prefix(err, "user.signingkey");
done:
	free(value);
	free(command);
	return err;
}

/* git's order (ident.c): the environment, author.*, user.*; then git guesses, and we do not. */
static const struct stella_error *load_ident(char **out, struct stella_repo *repo, const char *variable,
	const char *author, const char *user, const char *last_variable)
{
	const struct stella_error *err = NULL;
	char *value = stella_strdup(getenv(variable));
	struct stella_span text;

	if (!value)
		err = config(&value, repo, author);
	if (!err && !value)
		err = config(&value, repo, user);
	if (!err && !value && last_variable)
		value = stella_strdup(getenv(last_variable));
	if (err)
		goto done;
	text = trim(stella_span_str(value ? value : ""));
	if (!text.size)
		err = stella_error(STELLA_USAGE, "%s is not set: git config %s \"...\"", user, user);
	for (size_t i = 0; !err && i < text.size; i++)
		if (text.data[i] < 0x20 || text.data[i] == 0x7f || text.data[i] == '<' || text.data[i] == '>')
			err = stella_error(STELLA_USAGE,
				"%s has a control character, < or > in it: git config %s \"...\"", user, user);
	if (!err)
		*out = stella_span_strdup(text);
done:
	free(value);
	return err;
}

/* What gpg and its like are told: user.signingkey, else who commits. */
static const struct stella_error *load_gpg_key(struct stella_commit_signer *signer, struct stella_repo *repo)
{
	struct stella_buf who = { 0 };
	const struct stella_error *err = config(&signer->gpg_key, repo, "user.signingkey");

	if (err || (signer->gpg_key && *signer->gpg_key))
		return err;
	stella_buf_printf(&who, "%s <%s>", signer->name, signer->email);
	free(signer->gpg_key);
	signer->gpg_key = stella_buf_take_str(&who);
	return NULL;
}

const struct stella_error *stella_commit_signer_load(struct stella_commit_signer **out,
	struct stella_repo *repo)
{
	struct stella_commit_signer *signer = stella_alloc(sizeof *signer);
	const struct stella_error *err;

	*out = NULL;
	err = load_program(signer, repo);
	if (!err && signer->format == STELLA_GITSIG_SSH)
		err = load_key(signer, repo);
	if (!err)
		err = load_ident(&signer->name, repo, "GIT_AUTHOR_NAME", "author.name", "user.name", NULL);
	if (!err)
		err = load_ident(&signer->email, repo, "GIT_AUTHOR_EMAIL", "author.email", "user.email",
			"EMAIL");
	if (!err && signer->format != STELLA_GITSIG_SSH)
		err = load_gpg_key(signer, repo);
	if (!err) {
		*out = signer;
		signer = NULL;
	}
	stella_commit_signer_free(signer);
	return err;
}

void stella_commit_signer_free(struct stella_commit_signer *signer)
{
	if (!signer)
		return;
	free(signer->gpg_key);
	free(signer->program);
	free(signer->key_file);
	free(signer->literal);
	stella_pubkey_free(signer->key);
	free(signer->name);
	free(signer->email);
	free(signer);
}

/* ---------------------------------------------------------------- sign */

static char *path_in(const char *folder, const char *name)
{
	struct stella_buf path = { 0 };

	stella_buf_printf(&path, "%s/%s", folder, name);
	return stella_buf_take_str(&path);
}

/* PROGRAM -Y sign -n git -f KEY [-U] FILE leaves FILE.sig. */
static const struct stella_error *run_program(struct stella_buf *armored,
	const struct stella_commit_signer *signer, const char *key, const char *file)
{
	const struct stella_error *err;
	struct stella_buf output = { 0 }, signature = { 0 };
	const char *argv[11];
	size_t n = 0;

	argv[n++] = signer->program;
	if (!strcmp(signer->program, "ssh-keygen"))
		argv[n++] = "-q"; /* git hides what it says of files */
	argv[n++] = "-Y";
	argv[n++] = "sign";
	argv[n++] = "-n";
	argv[n++] = "git";
	argv[n++] = "-f";
	argv[n++] = key;
	if (signer->literal)
		argv[n++] = "-U"; /* the private half is in the agent */
	argv[n++] = file;
	argv[n] = NULL;
	err = stella_sys_run(&output, argv, stella_span(NULL, 0), SIGNATURE_MAX);
	if (err)
		goto done;
	stella_buf_printf(&signature, "%s.sig", file);
	err = stella_sys_read(armored, (char *)signature.data, SIGNATURE_MAX);
	if (err)
		err = stella_error(STELLA_HELPER, "%s: left no signature that can be read", signer->program);
done:
	stella_buf_free(&output);
	stella_buf_free(&signature);
	return err;
}

static const struct stella_error *check_signature(const struct stella_commit_signer *signer,
	struct stella_span armored, struct stella_span payload)
{
	struct stella_sshsig *sig = NULL;
	const struct stella_error *err = stella_sshsig_parse(&sig, armored);

	if (!err && !stella_pubkey_equal(stella_sshsig_key(sig), signer->key)) {
		struct stella_buf found = { 0 }, expected = { 0 };

		stella_pubkey_print_fingerprint(&found, stella_sshsig_key(sig));
		stella_pubkey_print_fingerprint(&expected, signer->key);
		err = stella_error(STELLA_HELPER, "signed with key %s, expected %s", (char *)found.data,
			(char *)expected.data);
		stella_buf_free(&found);
		stella_buf_free(&expected);
	}
	if (!err)
		err = stella_sshsig_verify(sig, "git", payload);
	if (err)
		err = stella_error(STELLA_HELPER, "%s: made no good signature: %s", signer->program,
			err->message);
	stella_sshsig_free(sig);
	return err;
}

const struct stella_error *stella_commit_signer_sign(struct stella_buf *armored,
	const struct stella_commit_signer *signer, struct stella_span payload)
{
	struct stella_buf made = { 0 }, line = { 0 };
	char *folder = NULL, *file = NULL, *key = NULL;
	const struct stella_error *err;

	if (signer->format != STELLA_GITSIG_SSH)
		return stella_commit_signer_gpg(armored, signer, payload);
	err = stella_sys_tempdir(&folder);
	if (err)
		goto done;
	file = path_in(folder, "commit");
	err = stella_sys_replace(file, payload, 0600);
	if (err)
		goto done;
	if (signer->literal) {
		key = path_in(folder, "key.pub");
		stella_buf_printf(&line, "%s\n", signer->literal);
		err = stella_sys_replace(key, stella_buf_span(&line), 0600);
		if (err)
			goto done;
	}
	err = run_program(&made, signer, key ? key : signer->key_file, file);
	if (!err)
		err = check_signature(signer, stella_buf_span(&made), payload);
	if (!err)
		stella_buf_put_span(armored, stella_buf_span(&made));
done:
	if (folder)
		stella_sys_tempdir_remove(folder);
	stella_buf_free(&made);
	stella_buf_free(&line);
	free(folder);
	free(file);
	free(key);
	return err;
}
