/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of what is trusted: pin, state, expiry, approvals, records, memory, clock. */
#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "doctor.h"
#include "fields.h"
#include "judge.h"
#include "memory.h"
#include "pin.h"
#include "private.h"
#include "sys.h"

#define DAY 86400
#define SKEW (5 * 60)              /* seconds that clocks of different machines may differ */
#define BUILT_AFTER 1767225600     /* 2026-01-01: this program did not exist before */

void check_pin(struct doctor *d)
{
	char hex[STELLA_OID_HEX];
	struct stella_repo *repo;
	struct stella_oid root;
	const char *source;
	const struct stella_error *err = session_repo(&repo, d->cmd);

	if (!err)
		err = session_root(&root, &source, d->cmd); /* of a trust repository that is named, not what it says itself */
	if (err) {
		find_failure(d, err, NULL);
		return;
	}
	stella_oid_hex(hex, &root);
	if (!stella_repo_has(repo, &root))
		find_error(d, STELLA_INCOMPLETE, "git fetch <remote> <trust branch>, or stella pin <root-commit> if it is the wrong one",
			"the pinned root %s (%s) is not in this repository", hex, source);
	else
		find_ok(d, "root %s, pinned by %s", hex, source);
}

void check_trust_state(struct doctor *d)
{
	struct stella_trust *trust = doctor_try_trust(d);

	if (!trust) {
		find_failure(d, &d->trust_error, NULL);
	} else if (trust->verdict) {
		find_failure(d, trust->verdict, NULL);
	} else {
		find_ok(d, "state %s is in force, every approval back to the root verified", show_state(d->cmd, trust->state));
	}
}

/* ---------------------------------------------------------------- what ends */

/* NULL where there is no state whose records could be looked at; then that is noted. */
static struct stella_trust *one_state(struct doctor *d)
{
	struct stella_trust *trust = doctor_trust(d);

	if (!trust || trust->state)
		return trust;
	find_note(d, "stella status", "NOT CHECKED: a fork has no one state whose records are in force");
	return NULL;
}

const struct endings *doctor_endings(struct doctor *d)
{
	const struct stella_error *err;

	if (!d->endings_tried) {
		d->endings_tried = true;
		err = endings_load(&d->endings, d->trust, d->cmd->now);
		if (err)
			d->endings_error = *err;
	}
	if (!d->endings_error.message[0])
		return &d->endings;
	find_failure(d, &d->endings_error, NULL);
	return NULL;
}

static enum stella_code ended_code(const struct ending *e)
{
	return e->kind == ENDING_POLICY ? STELLA_POLICY_EXPIRED : e->kind == ENDING_KEY ? STELLA_KEY_EXPIRED : STELLA_CERT_EXPIRED;
}

/* A Sigstore root may be kept for old signatures alone: that nothing new verifies by it is no error. */
static void tell_ending(struct doctor *d, const struct ending *e)
{
	const char *title = ending_title(d->cmd, e), *remedy = ending_remedy(d->cmd, e), *when = show_time(d->cmd, e->until);
	long long days = (long long)((e->until - d->cmd->now) / DAY);

	if (e->meant)
		find_note(d, remedy, "%s ends at %s, in %lld days, as planned", title, when, days);
	else if (e->kind == ENDING_SIGSTORE && e->until < d->cmd->now)
		find_warning(d, remedy, "%s is over since %s, and no other holds: nothing new of its kind verifies", title, when);
	else if (e->until < d->cmd->now)
		find_error(d, ended_code(e), remedy, "%s expired at %s", title, when);
	else
		find_warning(d, remedy, "%s expires at %s, in %lld days", title, when, days);
}

void check_expiry(struct doctor *d)
{
	struct stella_trust *trust = one_state(d);
	const struct endings *all = trust ? doctor_endings(d) : NULL;
	const struct ending *next = NULL;
	size_t told = 0;

	if (!all)
		return;
	for (size_t i = 0; i < all->count; i++) {
		const struct ending *e = &all->items[i];

		if (!ending_is_news(e, d->cmd->now))
			continue;
		next = next ? next : e;
		if (e->until - d->cmd->now >= d->within)
			break;
		told++;
		tell_ending(d, e);
	}
	if (!told && next)
		find_ok(d, "nothing ends within %lld days; the next is %s in %lld days", (long long)(d->within / DAY),
			ending_title(d->cmd, next), (long long)((next->until - d->cmd->now) / DAY));
}

void check_records_usable(struct doctor *d)
{
	struct stella_trust *trust = one_state(d);
	const struct endings *all = trust ? doctor_endings(d) : NULL;
	size_t bad = 0;

	for (size_t i = 0; all && i < all->count; i++) {
		const struct ending *e = &all->items[i];

		if (!e->trouble)
			continue;
		bad++;
		find_error(d, e->trouble->code, ending_remedy(d->cmd, e), "%s speaks for nobody: %s", e->path, e->trouble->message);
	}
	if (all && !bad)
		find_ok(d, "all records in force can be used");
}

/* ---------------------------------------------------------------- approvals */

static void tell_needed(struct doctor *d, const struct stella_proposal *proposal)
{
	for (size_t i = 0; i < proposal->needed_count; i++) {
		const struct stella_needed *needed = &proposal->needed[i];
		struct stella_buf can = { 0 };

		if (needed->have_count >= needed->threshold)
			continue;
		for (size_t k = 0; k < needed->can_count; k++)
			stella_buf_printf(&can, "%s%s", k ? ", " : "", needed->can[k]);
		find_warning(d, "stella status, stella approve", "not in force: role %s has %zu of %u approvals; %s can approve", needed->role,
			needed->have_count, needed->threshold, can.size ? (const char *)can.data : "nobody else");
		stella_buf_free(&can);
	}
}

void check_approvals(struct doctor *d)
{
	struct stella_trust *trust = doctor_trust(d);
	struct stella_proposal *proposal = NULL;
	struct stella_history *history;
	struct stella_oid tree;
	bool differs = false;
	const struct stella_error *err;

	if (!trust)
		return;
	if (!trust->state) {
		find_note(d, NULL, "NOT CHECKED: a fork has no state that the tip could be compared with");
		return;
	}
	err = tip_tree(&tree, &differs, trust);
	if (!err && !differs) {
		find_ok(d, "the tip of %s holds exactly what is in force", trust->ref);
		return;
	}
	if (!err)
		err = stella_trust_history(&history, trust);
	if (!err)
		err = stella_proposal_load(&proposal, history, &trust->view, &tree);
	if (err)
		find_failure(d, err, "stella status");
	else
		tell_needed(d, proposal);
	stella_proposal_free(proposal);
}

/* ---------------------------------------------------------------- memory and clock */

/* What was remembered, where there is anything to go by. */
static const struct stella_error *load_memory(struct stella_memory *memory, bool *found, char **dir, struct doctor *d)
{
	struct stella_oid root;
	char *state_dir;
	const struct stella_error *err = stella_sys_state_dir(&state_dir);

	*found = false;
	*dir = NULL;
	if (err)
		return err;
	if (doctor_root(&root, d)) {
		*dir = stella_memory_path(state_dir, &root, NULL);
		err = stella_memory_load(memory, found, state_dir, &root);
	}
	free(state_dir);
	return err;
}

/* All heads of a fork lead to what was in force before them. */
static bool holds_state(const struct stella_trust *trust, const struct stella_sha256 *id)
{
	bool found = trust->state && stella_trust_on_chain(trust, id);

	for (size_t i = 0; !trust->state && i < trust->view.head_count && !found; i++)
		found = stella_state_on_chain(trust->view.heads[i], id);
	return found;
}

void check_memory(struct doctor *d)
{
	struct stella_memory memory;
	char *dir, hex[STELLA_SHA256_HEX];
	bool found;
	const struct stella_error *err = load_memory(&memory, &found, &dir, d);
	struct stella_trust *trust;

	if (err) {
		find_failure(d, err, NULL);
	} else if (!dir) {
		find_note(d, "stella pin <root-commit>", "NOT CHECKED: no root is pinned, so nothing is remembered of it");
	} else if (!found) {
		find_note(d, "stella status", "nothing is remembered yet: this user's next verification is the first, and --at-least can bind it");
	} else if ((trust = doctor_trust(d))) {
		stella_sha256_hex(hex, &memory.state);
		if (!holds_state(trust, &memory.state))
			find_error(d, STELLA_ROLLBACK, "fetch the newest trust branch and compare it with a second source; then stella status",
				"rollback: state #%llu %.12s, which was seen here, is not in this history", (unsigned long long)memory.number, hex);
		else
			find_ok(d, "state #%llu %.12s was seen before, and the history holds it", (unsigned long long)memory.number, hex);
	}
	free(dir);
}

void check_clock(struct doctor *d)
{
	struct stella_commit_text text = { 0 };
	struct stella_memory memory;
	struct stella_buf raw = { 0 };
	struct stella_trust *trust;
	char *dir;
	bool found;
	int64_t now = d->cmd->now;
	size_t before = d->count;
	const struct stella_error *err = load_memory(&memory, &found, &dir, d);

	if (err)
		find_note(d, "stella doctor --check check.attestor.memory", "NOT CHECKED: what an earlier run saw: %s", err->message);
	if (now < BUILT_AFTER)
		find_error(d, STELLA_SYSTEM, "set the clock (timedatectl set-ntp true)", "it is %s by the clock: before this program existed",
			show_time(d->cmd, now));
	if (!err && found && memory.time > now + SKEW)
		find_error(d, STELLA_SYSTEM, "set the clock (timedatectl set-ntp true); if it was wrong before, see stella doctor --check "
			"check.attestor.memory", "the clock says %s, an earlier run saw %s: the later one counts", show_time(d->cmd, now),
			show_time(d->cmd, memory.time));
	trust = doctor_trust(d);
	err = trust ? read_commit(&text, &raw, trust->repo, &trust->tip) : NULL;
	if (err)
		find_failure(d, err, NULL);
	if (trust && !err && text.time > now + DAY)
		find_warning(d, "compare this clock and that of the committer with another source",
			"the tip of %s claims a time to come, %s", trust->ref, show_time(d->cmd, text.time));
	if (d->count == before)
		find_ok(d, "%s", show_time(d->cmd, now));
	stella_buf_free(&raw);
	free(dir);
}
