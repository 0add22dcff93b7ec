/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of this machine and user: what failed lately, the log, the repository, keys, the environment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confine.h"
#include "doctor.h"
#include "eventlog.h"
#include "fields.h"
#include "private.h"
#include "records.h"
#include "signer.h"
#include "sys.h"

#define LATELY (30 * 60)
#define REFUSALS_TOLD 10
#define STALE (10 * 60)            /* seconds after which a lock is of a process that died */

/* ---------------------------------------------------------------- the log */

/* The same refusal of the same attestation or artifact, and was that one accepted since? */
struct refusal {
	char *code, *attestation, *subject, *message;
	int64_t time;
	size_t count;
	bool mended;
};
struct lately {
	int64_t since;
	size_t good, bad, damaged, repairs;
	struct refusal *refusals; size_t count, cap;
};

static bool is_about(const struct refusal *r, const struct stella_event *event)
{
	return !strcmp(r->attestation, event->attestation ? event->attestation : "") &&
		!strcmp(r->subject, event->subject ? event->subject : "");
}

static void add_refusal(struct lately *l, const struct stella_event *event)
{
	struct refusal *r;
	size_t i = 0;

	while (i < l->count && (strcmp(l->refusals[i].code, event->code) || !is_about(&l->refusals[i], event)))
		i++;
	if (i == l->count) {
		STELLA_GROW(l->refusals, l->count, l->cap);
		l->refusals[l->count++] = (struct refusal){ .code = stella_strdup(event->code),
			.attestation = stella_strdup(event->attestation ? event->attestation : ""),
			.subject = stella_strdup(event->subject ? event->subject : "") };
	}
	r = &l->refusals[i];
	r->count++;
	r->time = event->time;
	r->mended = false;
	free(r->message);
	r->message = stella_strdup(event->message ? event->message : "");
}

static void mend(struct lately *l, const struct stella_event *event)
{
	for (size_t i = 0; i < l->count && (event->attestation || event->subject); i++)
		if (is_about(&l->refusals[i], event))
			l->refusals[i].mended = true;
}

static void take_event(void *context, const struct stella_event *event)
{
	struct lately *l = context;

	l->repairs += !strcmp(event->event, "repair") && event->time >= l->since;
	if (strcmp(event->event, "verification") != 0 || event->time < l->since)
		return;
	if (event->level == STELLA_LEVEL_ERROR) {
		l->bad++;
		add_refusal(l, event);
	} else {
		l->good++;
		mend(l, event);
	}
}

static void lately_free(struct lately *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->refusals[i].code);
		free(l->refusals[i].attestation);
		free(l->refusals[i].subject);
		free(l->refusals[i].message);
	}
	free(l->refusals);
}

static void take_damage(void *context, const struct stella_eventlog_place *place, size_t size,
	const struct stella_error *why)
{
	struct lately *l = context;

	l->damaged += why != NULL; /* one without an end is being written, or is mended by the next run */
}

static const struct stella_error *read_log(struct lately *l, char **dir, struct doctor *d)
{
	const struct stella_eventlog_reader reader = { take_event, take_damage, l };
	struct stella_oid root;
	char *state_dir;
	const struct stella_error *err = stella_sys_state_dir(&state_dir);

	*dir = NULL;
	l->since = d->cmd->now - LATELY;
	if (err)
		return err;
	*dir = stella_eventlog_dir(state_dir, doctor_root(&root, d) ? &root : NULL);
	free(state_dir);
	return stella_eventlog_read(*dir, NULL, &reader);
}

static enum stella_code code_of(const char *word)
{
	for (unsigned code = 0; code < STELLA_CODE_COUNT; code++)
		if (!strcmp(stella_code_word((enum stella_code)code), word))
			return (enum stella_code)code;
	return STELLA_REFUSED;
}

static void tell_refusal(struct doctor *d, const struct refusal *r)
{
	struct stella_buf remedy = { 0 };

	if (*r->attestation)
		stella_buf_printf(&remedy, "stella verify attestation --attestation %s --verbose", r->attestation);
	else if (*r->subject)
		stella_buf_printf(&remedy, "stella verify artifact --digest %s --verbose", r->subject);
	else
		stella_buf_put_str(&remedy, "stella attest logs --filter verification --level error --last 30m");
	find_error(d, code_of(r->code), (const char *)remedy.data, "%zu verification%s failed in the last 30 minutes with %s, the last at %s: %s",
		r->count, r->count == 1 ? "" : "s", r->code, show_time(d->cmd, r->time), r->message);
	stella_buf_free(&remedy);
}

static void tell_refusals(struct doctor *d, const struct lately *l)
{
	size_t told = 0, mended = 0;

	for (size_t i = l->count; i-- > 0;) { /* the last ones first */
		const struct refusal *r = &l->refusals[i];

		mended += r->mended;
		if (!r->mended && told++ < REFUSALS_TOLD)
			tell_refusal(d, r);
	}
	if (told > REFUSALS_TOLD)
		find_note(d, "stella attest logs --filter verification --level error --last 30m", "and %zu more", told - REFUSALS_TOLD);
	if (mended)
		find_note(d, "stella attest logs --filter verification --level error --last 30m",
			"%zu failed in the last 30 minutes and have been verified since", mended);
	if (!told && !mended)
		find_ok(d, "a trust state is in force; %zu verification%s in the last 30 minutes, none failed", l->good,
			l->good == 1 ? "" : "s");
	else if (!told)
		find_ok(d, "a trust state is in force, and nothing that failed lately still does");
}

void check_verification_health(struct doctor *d)
{
	struct lately l = { 0 };
	struct stella_trust *trust;
	struct stella_repo *repo;
	char *dir = NULL;
	const struct stella_error *err = session_repo(&repo, d->cmd);

	if (err) {
		find_failure(d, err, NULL);
		return;
	}
	trust = doctor_try_trust(d);
	if (!trust)
		find_failure(d, &d->trust_error, NULL);
	else if (trust->verdict)
		find_failure(d, trust->verdict, NULL);
	err = read_log(&l, &dir, d);
	if (err)
		find_failure(d, err, NULL);
	else if (l.bad || (trust && !trust->verdict))
		tell_refusals(d, &l);
	lately_free(&l);
	free(dir);
}

/* Every file and directory of the log that exists must be this user's and writable; nothing is made to try. */
static void check_log_place(struct doctor *d, const char *dir)
{
	const struct stella_error *err = stella_private_check_dir(dir);
	char *parent;

	if (!err) {
		if (access(dir, W_OK) != 0)
			find_warning(d, NULL, "%s cannot be written: nothing is logged", dir);
		return;
	}
	if (err->code != STELLA_NOT_FOUND) {
		find_error(d, err->code, "chmod 0700 on it, and see who else could write there", "nothing is logged: %s", err->message);
		return;
	}
	parent = stella_strdup(dir);
	while (strrchr(parent, '/') > parent && !stella_sys_exists(parent))
		*strrchr(parent, '/') = 0;
	if (access(parent, W_OK) != 0)
		find_warning(d, NULL, "%s cannot be made: nothing is logged", dir);
	free(parent);
}

void check_log(struct doctor *d)
{
	struct lately l = { 0 };
	size_t before = d->count;
	char *dir;
	const struct stella_error *err = read_log(&l, &dir, d);

	if (err)
		find_failure(d, err, NULL);
	if (dir)
		check_log_place(d, dir);
	if (l.damaged)
		find_warning(d, "stella attest logs", "%zu lines of the event log cannot be read", l.damaged);
	if (l.repairs)
		find_note(d, "stella attest logs --filter repair", "%zu records that were never finished were removed in the last 30 minutes: "
			"something kills stella, or the disk was full", l.repairs);
	if (d->count == before)
		find_ok(d, "%s", dir);
	lately_free(&l);
	free(dir);
}

/* ---------------------------------------------------------------- the repository */

/* Ours end with their process, being a hard link to stella.lock; git's stay. */
static size_t check_locks(struct doctor *d, const char *gitdir, const char *ref)
{
	const char *names[] = { "HEAD", "index", "config", "packed-refs", "shallow", ref };
	struct stat st, own = { 0 };
	struct stella_buf path = { 0 };
	size_t count = 0;

	stella_buf_printf(&path, "%s/stella.lock", gitdir);
	if (lstat((const char *)path.data, &own) != 0)
		own.st_ino = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names && names[i]; i++) {
		stella_buf_free(&path);
		stella_buf_printf(&path, "%s/%s.lock", gitdir, names[i]);
		if (lstat((const char *)path.data, &st) != 0 || (own.st_ino && st.st_ino == own.st_ino && st.st_dev == own.st_dev) ||
		    d->cmd->now - st.st_mtime < STALE)
			continue;
		struct stella_buf remedy = { 0 };

		count++;
		stella_buf_printf(&remedy, "rm '%s', when no git is running there", (const char *)path.data);
		find_error(d, STELLA_SYSTEM, (const char *)remedy.data, "%s was left behind at %s and blocks changes",
			(const char *)path.data, show_time(d->cmd, st.st_mtime));
		stella_buf_free(&remedy);
	}
	stella_buf_free(&path);
	return count;
}

void check_repository(struct doctor *d)
{
	struct stella_trust *trust;
	struct stella_repo *repo;
	const char *level;
	char *partial = NULL;
	size_t before = d->count;
	const struct stella_error *err = session_repo(&repo, d->cmd);

	if (err) {
		find_failure(d, err, stella_error_is(err, STELLA_OWNER) ? "git config --global --add safe.directory <path>, if you trust its owner" :
			NULL);
		return;
	}
	if (stella_repo_is_shallow(repo))
		find_error(d, STELLA_INCOMPLETE, "git fetch --unshallow", "a shallow clone: the history back to the root is not all here");
	err = stella_repo_config(&partial, &level, repo, "extensions.partialClone");
	if (!err && partial)
		find_error(d, STELLA_INCOMPLETE, "git fetch --refetch --no-filter, or clone anew without --filter",
			"a partial clone: objects are missing until git fetches them, and stella does not");
	free(partial);
	trust = doctor_try_trust(d);
	if (!trust && d->trust_error.code == STELLA_INCOMPLETE)
		find_error(d, STELLA_INCOMPLETE, "git fsck, then git fetch from a repository that is whole", "%s", d->trust_error.message);
	(void)check_locks(d, stella_repo_gitdir(repo), trust ? trust->ref : NULL);
	if (d->count == before)
		find_ok(d, "%s: whole back to the root, no lock left behind", stella_repo_gitdir(repo));
}

/* ---------------------------------------------------------------- keys */

void check_signing(struct doctor *d)
{
	struct stella_commit_signer *signer = NULL;
	struct stella_trust *trust;
	struct stella_repo *repo;
	int member;
	const struct stella_error *err = session_repo(&repo, d->cmd);

	if (!err)
		err = stella_commit_signer_load(&signer, repo);
	if (err) { /* who only verifies needs none */
		find_note(d, "git config gpg.format ssh; git config user.signingkey <key.pub>", "this user cannot approve: %s", err->message);
		return;
	}
	trust = doctor_trust(d);
	if (trust && trust->policy && !signer->key) {
		find_ok(d, "git signs with %s by %s; which member that is, only the signature says",
			signer->format == STELLA_GITSIG_X509 ? "X.509" : "OpenPGP", signer->program);
	} else if (trust && trust->policy) {
		member = stella_policy_holder(trust->policy, signer->key);
		if (member < 0)
			find_note(d, "stella member list, stella member add", "git signs as %s, with a key that no member of the policy in force holds",
				signer->name);
		else if (!strchr(signer->program, '/') || access(signer->program, X_OK) == 0)
			find_ok(d, "git signs with a key of member %s, by %s", trust->policy->members[member].name, signer->program);
		else
			find_error(d, STELLA_HELPER, "git config gpg.ssh.program", "%s, which should sign, cannot be run", signer->program);
	}
	stella_commit_signer_free(signer);
}

void check_attest_key(struct doctor *d)
{
	char *path = NULL;
	const char *level;
	struct stella_repo *repo;
	struct stat st;
	const struct stella_error *err = session_repo(&repo, d->cmd);

	if (!err)
		err = stella_repo_config(&path, &level, repo, "stella.attestKey");
	if (err)
		find_failure(d, err, NULL);
	else if (!path)
		find_ok(d, "none is configured: attestations are signed elsewhere, or with --key");
	else if (!strncmp(path, "pkcs11:", 7) || !strncmp(path, "ssh-agent:", 10))
		find_ok(d, "%s (git config, %s); NOT CHECKED: whether it is there is seen when it signs", path, level);
	else if (stat(path, &st) != 0)
		find_error(d, STELLA_NOT_FOUND, "git config stella.attestKey <key.pem>", "%s (git config stella.attestKey, %s) is not there", path,
			level);
	else if (st.st_mode & 077)
		find_warning(d, "chmod 0600 on it; if others were on this machine, stella keys rotate", "%s, a private key, can be read by others "
			"(mode %04o)", path, st.st_mode & 07777);
	else
		find_ok(d, "%s (git config, %s)", path, level);
	free(path);
}

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

void check_confinement(struct doctor *d)
{
	if (stella_confine_works())
		find_ok(d, "what verifies can start no program and open no connection: the kernel refuses both");
	else
		find_warning(d, NULL, "NOT CHECKED by this kernel: that verification starts no program and opens no connection "
			"(no seccomp filter here)");
}

/* ---------------------------------------------------------------- the environment */

extern char **environ;

/* What git obeys and verification does not (trust-model): whoever set it may expect otherwise. */
void check_environment(struct doctor *d)
{
	static const char *const obeyed[] = { "GIT_DIR", "GIT_WORK_TREE", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_QUARANTINE_PATH" };
	static const char *const watched[] = { "GIT_", "COSIGN_", "SIGSTORE_", "STELLA_" };
	size_t before = d->count;

	for (char **at = environ; *at; at++) {
		size_t size = strcspn(*at, "=");
		bool ours = false;

		for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
			ours = ours || !strncmp(*at, watched[i], strlen(watched[i]));
		if (!ours)
			continue;
		for (size_t i = 0; i < sizeof obeyed / sizeof *obeyed; i++) {
			if (strlen(obeyed[i]) != size || strncmp(*at, obeyed[i], size) != 0)
				continue;
			ours = false;
			if (!strcmp(obeyed[i], "GIT_DIR") || !strcmp(obeyed[i], "GIT_WORK_TREE"))
				find_note(d, NULL, "%s is obeyed: it says which repository", *at);
		}
		if (ours)
			find_note(d, NULL, "%.*s is set, and ignored by verification", (int)size, *at);
	}
	if (d->count == before)
		find_ok(d, "no variable of git, cosign or stella is set");
}
