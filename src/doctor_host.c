/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of this machine and user: what failed lately, the log, the repository, the environment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confine.h"
#include "doctor.h"
#include "eventlog.h"
#include "fields.h"
#include "linelog.h"
#include "pin.h"
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
	size_t unclear;             /* damaged ones after the last event that is older than since */
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

	if (event->time < l->since)
		l->unclear = 0;
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
	l->unclear += why != NULL;
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
	if (l->unclear)
		find_warning(d, "stella attest logs", "NOT CHECKED: %zu record%s of the last 30 minutes cannot be read, and may tell of more that "
			"failed", l->unclear, l->unclear == 1 ? "" : "s");
	else if (!told && !mended)
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

/* Nothing is made to try. */
static void check_log_place(struct doctor *d, const char *dir)
{
	const struct stella_error *err = stella_linelog_check(dir);
	char *parent;

	if (!err)
		return;
	if (err->code != STELLA_NOT_FOUND) {
		find_error(d, err->code, stella_error_is(err, STELLA_OWNER) ? "chmod 0700 on the directory and 0600 on its files, and see who else could write there" :
			"look at it: what is in the way there may be moved elsewhere", "nothing is logged: %s", err->message);
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
		find_ok(d, "%s%s", dir, stella_sys_exists(dir) ? "" : ": nothing was logged yet");
	lately_free(&l);
	free(dir);
}

/* ---------------------------------------------------------------- the repository */

/* Ours end with their process, being a hard link to stella.lock; git's stay. */
static size_t check_locks(struct doctor *d, const char *gitdir, const char *const *refs)
{
	const char *names[] = { "HEAD", "index", "config", "packed-refs", "shallow", refs[0], refs[1] };
	struct stat st, own = { 0 };
	struct stella_buf path = { 0 };
	size_t count = 0;

	stella_buf_printf(&path, "%s/stella.lock", gitdir);
	if (lstat((const char *)path.data, &own) != 0)
		own.st_ino = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct stella_buf remedy = { 0 };

		stella_buf_free(&path);
		stella_buf_printf(&path, "%s/%s.lock", gitdir, names[i]);
		if (lstat((const char *)path.data, &st) != 0 || (own.st_ino && st.st_ino == own.st_ino && st.st_dev == own.st_dev) ||
		    d->cmd->now - st.st_mtime < STALE)
			continue;
		count++;
		stella_buf_printf(&remedy, "rm '%s', when no git is running there", (const char *)path.data);
		find_error(d, STELLA_SYSTEM, (const char *)remedy.data, "%s was left behind at %s and blocks changes",
			(const char *)path.data, show_time(d->cmd, st.st_mtime));
		stella_buf_free(&remedy);
	}
	stella_buf_free(&path);
	return count;
}

/* Both branches that are written to, whether or not they can be read. */
static const struct stella_error *find_locks(size_t *count, struct doctor *d, struct stella_repo *repo)
{
	const char *refs[2];
	const struct stella_error *err = hook_ref(&refs[0], d->cmd, repo, "trust-ref", "stella.trustRef", STELLA_TRUST_REF);

	if (!err)
		err = hook_ref(&refs[1], d->cmd, repo, "attestations-ref", "stella.attestationsRef", STELLA_STORE_REF);
	if (!err)
		*count = check_locks(d, stella_repo_gitdir(repo), refs);
	return err;
}

static const struct stella_error *check_partial(struct doctor *d, struct stella_repo *repo)
{
	char *partial;
	const struct stella_error *err = stella_repo_config(&partial, NULL, repo, "extensions.partialClone");

	if (!err && partial)
		find_error(d, STELLA_INCOMPLETE, "git fetch --refetch --no-filter, or clone anew without --filter",
			"a partial clone: objects are missing until git fetches them, and stella does not");
	free(partial);
	return err;
}

void check_repository(struct doctor *d)
{
	struct stella_trust *trust;
	struct stella_repo *repo;
	size_t before = d->count, locks = 0;
	const struct stella_error *err = session_repo(&repo, d->cmd);

	if (err) {
		find_failure(d, err, stella_error_is(err, STELLA_OWNER) ? "git config --global --add safe.directory <path>, if you trust its owner" :
			NULL);
		return;
	}
	if (stella_repo_is_shallow(repo))
		find_error(d, STELLA_INCOMPLETE, "git fetch --unshallow", "a shallow clone: the history back to the root is not all here");
	err = check_partial(d, repo);
	if (!err)
		err = find_locks(&locks, d, repo);
	if (err)
		find_failure(d, err, NULL);
	trust = doctor_try_trust(d);
	if (!trust && d->trust_error.code == STELLA_INCOMPLETE)
		find_error(d, STELLA_INCOMPLETE, "git fsck, then git fetch from a repository that is whole", "%s", d->trust_error.message);
	else if (!trust)
		find_note(d, "stella doctor --check check.attestor.trust-state", "NOT CHECKED: whether all is here back to the root: %s%s",
			d->trust_error.message, !err && !locks ? "; no lock left behind" : "");
	if (d->count == before)
		find_ok(d, "%s: whole back to the root, no lock left behind", stella_repo_gitdir(repo));
}

/* ---------------------------------------------------------------- the kernel, the environment */

void check_confinement(struct doctor *d)
{
	if (stella_confine_works())
		find_ok(d, "what verifies can start no program and open no connection: the kernel refuses both");
	else
		find_warning(d, NULL, "NOT CHECKED by this kernel: that verification starts no program and opens no connection "
			"(no seccomp filter here)");
}

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
