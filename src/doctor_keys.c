/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of keys: who signs commits, who signs attestations, and whether signatures are judged right. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor.h"
#include "signer.h"

/* ---------------------------------------------------------------- of commits */

/* As execvp looks for it. */
static bool can_run(const char *program)
{
	const char *path = getenv("PATH");
	bool found = false;

	if (strchr(program, '/'))
		return access(program, X_OK) == 0;
	for (path = path ? path : "/bin:/usr/bin"; !found; path++) {
		size_t size = strcspn(path, ":");
		struct stella_buf file = { 0 };

		stella_buf_printf(&file, "%.*s%s%s", (int)size, path, size ? "/" : "", program);
		found = access((const char *)file.data, X_OK) == 0;
		stella_buf_free(&file);
		path += size;
		if (!*path)
			break;
	}
	return found;
}

static void check_member(struct doctor *d, const struct stella_commit_signer *signer, const struct stella_policy *policy)
{
	int member = signer->key ? stella_policy_holder(policy, signer->key) : -1;

	if (!signer->key)
		find_ok(d, "git signs with %s by %s; NOT CHECKED: which member that is, only the signature says",
			signer->format == STELLA_GITSIG_X509 ? "X.509" : "OpenPGP", signer->program);
	else if (member < 0)
		find_note(d, "stella member list, stella member add", "git signs as %s, with a key that no member of the policy in force holds",
			signer->name);
	else
		find_ok(d, "git signs with a key of member %s, by %s; NOT CHECKED: its private half is asked for when it signs",
			policy->members[member].name, signer->program);
}

void check_signing(struct doctor *d)
{
	static const char *const settings[] = {
		[STELLA_GITSIG_SSH] = "git config gpg.ssh.program", [STELLA_GITSIG_X509] = "git config gpg.x509.program",
		[STELLA_GITSIG_OPENPGP] = "git config gpg.openpgp.program",
	};
	struct stella_commit_signer *signer = NULL;
	struct stella_trust *trust;
	struct stella_repo *repo;
	const struct stella_error *err = session_repo(&repo, d->cmd);

	if (!err)
		err = stella_commit_signer_load(&signer, repo);
	if (err) { /* who only verifies needs none */
		find_note(d, "git config gpg.format ssh; git config user.signingkey <key.pub>", "this user cannot approve: %s", err->message);
		return;
	}
	trust = doctor_trust(d);
	if (!can_run(signer->program))
		find_error(d, STELLA_HELPER, settings[signer->format], "%s, which should sign, cannot be run", signer->program);
	else if (trust && trust->policy)
		check_member(d, signer, trust->policy);
	else if (trust)
		find_note(d, "stella status", "NOT CHECKED: a fork has no one policy that could say which member signs");
	stella_commit_signer_free(signer);
}

/* ---------------------------------------------------------------- of attestations */

static void check_key_file(struct doctor *d, const char *path, const char *level)
{
	enum key_file kind;
	const struct stella_error *err = signing_key_inspect(&kind, path);
	struct stat st;

	if (stella_error_is(err, STELLA_NOT_FOUND))
		find_error(d, STELLA_NOT_FOUND, "git config stella.attestKey <key.pem>", "%s (git config stella.attestKey, %s) is not there", path,
			level);
	else if (err)
		find_failure(d, err, "git config stella.attestKey <key.pem>");
	else if (kind == KEY_FILE_PUBLIC)
		find_ok(d, "%s (git config, %s); NOT CHECKED: whether ssh-agent has it is seen when it signs", path, level);
	else if (stat(path, &st) != 0)
		find_error(d, STELLA_SYSTEM, NULL, "%s went away just now", path);
	else if (st.st_mode & 077)
		find_warning(d, "chmod 0600 on it; if others were on this machine, stella keys rotate", "%s, a private key, can be read by others "
			"(mode %04o)", path, st.st_mode & 07777);
	else
		find_ok(d, "%s (git config, %s)%s", path, level, kind == KEY_FILE_ENCRYPTED ?
			"; NOT CHECKED: what is encrypted in it" : "");
}

void check_attest_key(struct doctor *d)
{
	const char *key, *level;
	const struct stella_error *err = signing_key_setting(&key, &level, d->cmd);

	if (err)
		find_failure(d, err, NULL);
	else if (!key)
		find_ok(d, "none is configured: attestations are signed elsewhere, or with --key");
	else if (!strncmp(key, "pkcs11:", 7) || !strncmp(key, "ssh-agent:", 10))
		find_ok(d, "%s (git config, %s); NOT CHECKED: whether it is there is seen when it signs", key, level);
	else
		check_key_file(d, key, level);
}

/* ---------------------------------------------------------------- of verification */

/* RFC 8032 7.1, test 1: a signature that must verify, and one that must not. */
static bool verifies_right(void)
{
	static const uint8_t spki[] = {
		0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00, 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1,
		0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25,
		0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
	};
	static const uint8_t sig[] = {
		0xe5, 0x56, 0x43, 0x00, 0xc3, 0x60, 0xac, 0x72, 0x90, 0x86, 0xe2, 0xcc, 0x80, 0x6e, 0x82, 0x8a, 0x84, 0x87,
		0x7f, 0x1e, 0xb8, 0xe5, 0xd9, 0x74, 0xd8, 0x73, 0xe0, 0x65, 0x22, 0x49, 0x01, 0x55, 0x5f, 0xb8, 0x82, 0x15,
		0x90, 0xa3, 0x3b, 0xac, 0xc6, 0x1e, 0x39, 0x70, 0x1c, 0xf9, 0xb4, 0x6b, 0xd2, 0x5b, 0xf5, 0xf0, 0x59, 0x5b,
		0xbe, 0x24, 0x65, 0x51, 0x41, 0x43, 0x8e, 0x7a, 0x10, 0x0b,
	};
	struct stella_span none = { NULL, 0 }, good = stella_span(sig, sizeof sig);
	struct stella_pubkey *key = NULL;
	bool right = !stella_pubkey_parse_spki(&key, stella_span(spki, sizeof spki)) &&
		!stella_pubkey_verify(key, STELLA_SIG_ED25519, none, good) &&
		stella_pubkey_verify(key, STELLA_SIG_ED25519, stella_span("x", 1), good);

	stella_pubkey_free(key);
	return right;
}

void check_crypto(struct doctor *d)
{
	struct stella_tokens tokens = { 0 };
	const struct stella_error *err;

	if (verifies_right())
		find_ok(d, "a known signature verifies, and a wrong one does not%s", stella_signer_fips() ? "; GnuTLS is in FIPS mode" : "");
	else
		find_error(d, STELLA_INTERNAL, "install nettle and stella anew: nothing they say can be believed",
			"a signature of RFC 8032 is not judged as it must be");
	err = stella_tokens_load(&tokens);
	if (err)
		find_warning(d, "stella crypto providers list", "tokens cannot be listed: %s", err->message);
	for (size_t i = 0; i < tokens.count; i++)
		if (tokens.items[i].locked)
			find_error(d, STELLA_SYSTEM, "unlock it with the tool of its maker; then stella crypto providers list",
				"the PIN of token \"%.*s\" is locked", (int)tokens.items[i].label.size, (const char *)tokens.items[i].label.data);
	stella_tokens_free(&tokens);
}
