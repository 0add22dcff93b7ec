/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history report: one self-contained page for auditors.  Who is trusted, by whom, why, since when and until
 * when; every claim names the state and commit that made it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gitsig.h"
#include "records.h"
#include "report.h"
#include "sys.h"

const struct opt report_opts[] = {
	{ "html", 0, "FILE", "where the page goes; - for standard output", NULL, false },
	{ "limit", 'n', "N", "list at most the newest N states (default 1000)", NULL, false },
	{ 0 }
};

/* ---------------------------------------------------------------- text */

static void put_escaped(struct stella_buf *out, struct report *report, struct stella_span text)
{
	for (const char *at = show_span(report->cmd, text); *at; at++) {
		switch (*at) {
		case '&': stella_buf_put_str(out, "&amp;"); break;
		case '<': stella_buf_put_str(out, "&lt;"); break;
		case '>': stella_buf_put_str(out, "&gt;"); break;
		case '"': stella_buf_put_str(out, "&quot;"); break;
		case '\'': stella_buf_put_str(out, "&#39;"); break;
		default: stella_buf_put_u8(out, (uint8_t)*at);
		}
	}
}

/* Its line ends stay, for style white-space: pre-wrap. */
const char *esc_span(struct report *report, struct stella_span text)
{
	struct stella_buf out = { 0 };
	struct stella_cursor in = stella_cursor(text);
	struct stella_span line;

	while (in.left) {
		const uint8_t *end = memchr(in.at, '\n', in.left);

		if (!stella_cursor_take(&in, end ? (size_t)(end - in.at) : in.left, &line))
			break;
		put_escaped(&out, report, line);
		if (end && stella_cursor_take(&in, 1, &line))
			stella_buf_put_u8(&out, '\n');
	}
	return keep(report->cmd, stella_buf_take_str(&out));
}

const char *esc(struct report *report, const char *text)
{
	return text ? esc_span(report, stella_span_str(text)) : "-";
}

void put(struct report *report, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	stella_buf_vprintf(&report->page, format, args);
	va_end(args);
}

const char *day(struct report *report, int64_t time)
{
	char text[STELLA_TIME_TEXT];

	if (time == STELLA_TIME_NONE)
		return "-";
	stella_time_print(text, time);
	text[strcspn(text, "T")] = 0;
	return keep(report->cmd, stella_strdup(text));
}

static void put_until(struct report *report, int64_t until)
{
	int64_t left = (until - report->cmd->now) / 86400;

	if (until == STELLA_TIME_NONE)
		put(report, "<td class=\"n\">no end</td>");
	else if (until < report->cmd->now)
		put(report, "<td class=\"n\"><span class=\"bad\">ended</span> %s</td>", day(report, until));
	else
		put(report, "<td class=\"n\">%s%s%s<br><span class=\"soft\">%lld days</span></td>", left < 30 ? "<span class=\"warn\">" : "",
			day(report, until), left < 30 ? "</span>" : "", (long long)left);
}

/* ---------------------------------------------------------------- who and why */

/* The approvals of a state: person, reason, commit. */
static const struct stella_error *put_approvals(struct report *report, const struct stella_state *state)
{
	const struct stella_error *err = NULL;

	if (!state->number) {
		put(report, "<span class=\"soft\">the pinned root: believed because it is pinned</span>");
		return NULL;
	}
	put(report, "<ul>");
	for (size_t i = 0; i < state->approval_count && !err; i++) {
		const struct stella_approval *a = approval_at(state, i);
		struct stella_commit_text text;
		struct stella_buf raw = { 0 };

		err = read_commit(&text, &raw, report->trust->repo, &a->commit);
		if (!err)
			put(report, "<li><b>%s</b> <code title=\"%s\">%.12s</code> %s<div class=\"why\">%s</div></li>", esc(report, a->member),
				show_oid(report->cmd, &a->commit), show_oid(report->cmd, &a->commit), day(report, text.time),
				esc_span(report, text.reason));
		stella_buf_free(&raw);
	}
	put(report, "</ul>");
	return err;
}

/* Two cells: since which state, and by whom. */
static const struct stella_error *put_since(struct report *report, const char *path)
{
	const struct stella_state *state;
	const struct stella_error *err = stella_trust_since(&state, report->trust, path);

	if (err)
		return err;
	put(report, "<td class=\"n\"><a href=\"#state-%llu\">#%llu</a></td><td>", (unsigned long long)state->number,
		(unsigned long long)state->number);
	err = put_approvals(report, state);
	put(report, "</td></tr>\n");
	return err;
}

/* ---------------------------------------------------------------- the records in force */

static const struct stella_error *each_record(struct report *report, const char *folder, const char *title, const char *columns,
	const struct stella_error *(*row)(struct report *report, const char *name, const char *path))
{
	struct names names = { 0 };
	const struct stella_error *err = record_names(&names, report->trust, folder);

	put(report, "<h2 id=\"%.*s\">%s</h2>\n", (int)strcspn(folder, "/"), folder, title);
	if (!err && !names.count)
		put(report, "<p>None.</p>\n");
	else if (!err)
		put(report, "<table><thead><tr>%s<th>since</th><th>approved by, and why</th></tr></thead><tbody>\n", columns);
	for (size_t i = 0; i < names.count && !err; i++) {
		const char *path = record_path(report->cmd, folder, names.items[i], ".json");

		err = row(report, names.items[i], path);
		if (!err)
			err = put_since(report, path);
	}
	if (names.count)
		put(report, "</tbody></table>\n");
	names_free(&names);
	return err;
}

/* Whose certificates, and who must have asserted it. */
static void put_identity(struct report *report, const struct stella_identity *identity)
{
	put(report, "%s:<code>%s</code>", stella_san_name(identity->type), esc(report, identity->value ? identity->value : identity->pattern));
	if (identity->oidc_issuer)
		put(report, " from <code>%s</code>", esc(report, identity->oidc_issuer));
	for (unsigned i = 0; i < STELLA_FULCIO_ARCS; i++)
		if (identity->extensions[i])
			put(report, "<br>%s <code>%s</code>", stella_fulcio_name(i), esc(report, identity->extensions[i]));
	put(report, "<br><span class=\"soft\">under ");
	for (size_t i = 0; i < identity->anchor_count; i++)
		put(report, "anchors/%s ", esc(report, identity->anchors[i]));
	for (size_t i = 0; i < identity->sigstore_count; i++)
		put(report, "sigstore/%s ", esc(report, identity->sigstore[i]));
	put(report, "</span><br>");
}

static const struct stella_error *issuer_row(struct report *report, const char *name, const char *path)
{
	struct stella_issuer *issuer;
	const struct stella_error *err = stella_issuer_load(&issuer, report->trust, name);

	if (err)
		return err;
	put(report, "<tr><td><b>%s</b><br><span class=\"soft\">%s</span></td><td class=\"%s\">%s</td><td>", esc(report, issuer->id),
		esc(report, issuer->name), issuer->status == STELLA_ISSUER_TRUSTED ? "good" : "bad", stella_issuer_status_name(issuer->status));
	for (size_t i = 0; i < issuer->identity_count; i++)
		put_identity(report, &issuer->identities[i]);
	for (size_t i = 0; i < issuer->predicate_type_count; i++)
		put(report, "type <code>%s</code><br>", esc(report, issuer->predicate_types[i]));
	for (size_t i = 0; i < issuer->subject_count; i++)
		put(report, "subject <code>%s</code><br>", esc(report, issuer->subjects[i]));
	put(report, "</td>");
	stella_issuer_free(issuer);
	return NULL;
}

static const struct stella_error *key_row(struct report *report, const char *name, const char *path)
{
	struct stella_key *key;
	const struct stella_error *err = stella_key_load(&key, report->trust, name);

	if (err)
		return err;
	put(report, "<tr><td><code title=\"%s\">%.16s</code><br><span class=\"soft\">%s</span></td><td>%s</td><td class=\"%s\">%s</td>",
		esc(report, name), esc(report, name), stella_sigalg_name(key->algorithm), esc(report, key->issuer),
		key->status == STELLA_KEY_ACTIVE ? "good" : "bad", stella_key_status_name(key->status));
	put_until(report, key->expires);
	stella_key_free(key);
	return NULL;
}

static const struct stella_error *anchor_row(struct report *report, const char *name, const char *path)
{
	struct stella_anchor *anchor;
	struct stella_sha256 id;
	int64_t from, until;
	const struct stella_error *err = stella_anchor_load(&anchor, report->trust, name);

	if (err)
		return err;
	stella_anchor_window(anchor, &from, &until);
	id = stella_sha256(stella_cert_der(anchor->cert));
	put(report, "<tr><td><b>%s</b><br><span class=\"soft\">%s</span></td><td>%s<br><code>sha256 %s</code></td>", esc(report, name),
		anchor->intermediate ? "intermediate" : "root", esc(report, stella_cert_subject(anchor->cert)), show_id(report->cmd, &id));
	put_until(report, until);
	stella_anchor_free(anchor);
	return NULL;
}

static void put_window(struct report *report, const char *what, const char *name, const struct stella_window *window)
{
	int64_t from = window->start == INT64_MIN ? STELLA_TIME_NONE : window->start;
	int64_t until = window->end == INT64_MAX ? STELLA_TIME_NONE : window->end;

	put(report, "%s <code>%s</code> %s to %s<br>", what, esc(report, name), from == STELLA_TIME_NONE ? "always" : day(report, from),
		until == STELLA_TIME_NONE ? "no end" : day(report, until));
}

static void put_logs(struct report *report, const char *what, const struct stella_log *logs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_window(report, what, logs[i].base_url, &logs[i].window);
}

static void put_authorities(struct report *report, const char *what, const struct stella_authority *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_window(report, what, items[i].uri ? items[i].uri : items[i].common_name, &items[i].window);
}

static const struct stella_error *sigstore_row(struct report *report, const char *name, const char *path)
{
	struct stella_sigstore_root *root;
	const struct stella_error *err = stella_sigstore_root_load(&root, report->trust, name);

	if (err)
		return err;
	put(report, "<tr><td><b>%s</b><br><code>sha256 %s</code></td><td>", esc(report, name), show_id(report->cmd, &root->sha256));
	put_authorities(report, "CA", root->root->cas, root->root->ca_count);
	put_logs(report, "log", root->root->tlogs, root->root->tlog_count);
	put_logs(report, "CT log", root->root->ctlogs, root->root->ctlog_count);
	put_authorities(report, "TSA", root->root->tsas, root->root->tsa_count);
	put(report, "</td><td class=\"n\">%u logs, %u SCTs,<br>%u times</td>", root->logs, root->scts, root->times);
	stella_sigstore_root_free(root);
	return NULL;
}

/* ---------------------------------------------------------------- members */

static void put_members(struct report *report)
{
	const struct stella_policy *policy = report->trust->policy;

	put(report, "<h2 id=\"members\">Who decides</h2>\n<table><thead><tr><th>role</th><th>approvals</th><th>members</th><th>paths</th></tr></thead><tbody>\n");
	for (size_t r = 0; r < policy->role_count; r++) {
		const struct stella_role *role = &policy->roles[r];

		put(report, "<tr><td><b>%s</b></td><td class=\"n\">%u of %zu</td><td>", esc(report, role->name), role->threshold, role->member_count);
		for (size_t m = 0; m < role->member_count; m++)
			put(report, "%s%s", m ? ", " : "", esc(report, policy->members[role->members[m]].name));
		put(report, "</td><td>%s", r == policy->root_role ? "policy.json and all that is not named" : "");
		for (size_t p = 0; p < policy->path_count; p++)
			if (policy->paths[p].role == r)
				put(report, "<code>%s</code> ", esc(report, policy->paths[p].path));
		put(report, "</td></tr>\n");
	}
	put(report, "</tbody></table>\n");
}

/* ---------------------------------------------------------------- what waits */

static const struct stella_error *put_pending(struct report *report)
{
	struct stella_history *history;
	struct stella_proposal *proposal = NULL;
	struct stella_oid tree;
	bool differs;
	const struct stella_view *view = &report->trust->view;
	const struct stella_error *err = tip_tree(&tree, &differs, report->trust);

	put(report, "<h2 id=\"pending\">Pending</h2>\n");
	if (!err && differs)
		err = stella_trust_history(&history, report->trust);
	if (!err && differs)
		err = stella_proposal_load(&proposal, history, view, &tree);
	if (stella_error_is(err, STELLA_MALFORMED) || stella_error_is(err, STELLA_POLICY_UNSUPPORTED)) {
		put(report, "<p class=\"bad\">The tip of the branch cannot take effect: %s</p>\n", esc(report, err->message));
		return NULL;
	}
	if (err)
		return err;
	if (!differs && !view->pending_count)
		put(report, "<p>Nothing: the tip of the branch is what is in force.</p>\n");
	if (proposal)
		put(report, "<p><span class=\"warn\">Not in force:</span> the tip of the branch changes %zu file%s.</p>\n<ul>", proposal->diff->count,
			proposal->diff->count == 1 ? "" : "s");
	for (size_t i = 0; proposal && i < proposal->diff->count; i++)
		put(report, "<li><code>%s</code></li>", esc(report, proposal->diff->paths[i].path));
	for (size_t i = 0; proposal && i < proposal->needed_count; i++)
		put(report, "<li>role %s: %zu of %u approvals</li>", esc(report, proposal->needed[i].role), proposal->needed[i].have_count,
			proposal->needed[i].threshold);
	put(report, "%s<ul>", proposal ? "</ul>" : "");
	for (size_t i = 0; i < view->pending_count; i++)
		put(report, "<li>%s approved %s in commit <code>%s</code></li>", esc(report, view->pending[i]->member),
			show_short(report->cmd, &view->pending[i]->target), show_oid(report->cmd, &view->pending[i]->commit));
	put(report, "</ul>\n");
	stella_proposal_free(proposal);
	return NULL;
}

/* ---------------------------------------------------------------- the history */

static unsigned lane_of(const char *path)
{
	static const struct { const char *start; enum lane lane; } lanes[] = {
		{ "policy.json", LANE_POLICY }, { "issuers/", LANE_ISSUERS }, { "keys/", LANE_KEYS }, { "anchors/", LANE_ANCHORS },
		{ "sigstore/", LANE_ANCHORS },
	};

	for (size_t i = 0; i < sizeof lanes / sizeof *lanes; i++)
		if (!strncmp(path, lanes[i].start, strlen(lanes[i].start)))
			return 1u << lanes[i].lane;
	return 1u << LANE_OTHER;
}

static const struct stella_error *read_state(struct report *report, struct stella_trees *trees, size_t i)
{
	struct report_state *s = &report->states[i];
	struct stella_commit_text text;
	struct stella_buf raw = { 0 };
	const struct stella_error *err = read_commit(&text, &raw, report->trust->repo, &s->state->commit);

	if (!err)
		s->time = text.time;
	stella_buf_free(&raw);
	if (!err)
		err = state_difference(&s->diff, trees, s->state);
	if (!err && !s->diff)
		s->lanes = 1u << LANE_POLICY;
	for (size_t p = 0; s->diff && p < s->diff->count; p++)
		s->lanes |= lane_of(s->diff->paths[p].path);
	return err;
}

static const struct stella_error *read_states(struct report *report)
{
	const struct stella_state **chain;
	struct stella_history *history;
	struct stella_trees *trees;
	size_t listed;
	const struct stella_error *err = stella_trust_history(&history, report->trust);

	if (err)
		return err;
	chain = stella_history_chain(&report->state_count, report->trust->state);
	report->states = stella_alloc_array(report->state_count, sizeof *report->states);
	err = parse_limit(&listed, report->cmd, 1000, report->state_count);
	report->first = report->state_count - listed;
	trees = stella_trees_new(report->trust->repo);
	for (size_t i = 0; i < report->state_count && !err; i++) {
		report->states[i].state = chain[i];
		if (i >= report->first)
			err = read_state(report, trees, i);
	}
	stella_trees_free(trees);
	free(chain);
	return err;
}

static const struct stella_error *put_states(struct report *report)
{
	const struct stella_error *err = NULL;

	put(report, "<h2 id=\"states\">Every state, newest first</h2>\n");
	if (report->first)
		put(report, "<p class=\"warn\">The oldest %zu states are NOT LISTED (--limit).</p>\n", report->first);
	put(report, "<table><thead><tr><th>state</th><th>date (claimed)</th><th>changed</th><th>approved by, and why</th></tr></thead><tbody>\n");
	for (size_t i = report->state_count; i > report->first && !err; i--) {
		const struct report_state *s = &report->states[i - 1];
		unsigned long long number = s->state->number;

		put(report, "<tr id=\"state-%llu\"><td class=\"n\">#%llu<br><code title=\"%s\">%s</code></td><td class=\"n\">%s<br><code title=\"%s\">%.12s</code></td><td>",
			number, number, show_id(report->cmd, &s->state->id), show_short(report->cmd, &s->state->id), day(report, s->time),
			show_oid(report->cmd, &s->state->commit), show_oid(report->cmd, &s->state->commit));
		for (size_t p = 0; s->diff && p < s->diff->count; p++)
			put(report, "<code>%s</code><br>", esc(report, s->diff->paths[p].path));
		put(report, "</td><td>");
		err = put_approvals(report, s->state);
		put(report, "</td></tr>\n");
	}
	put(report, "</tbody></table>\n");
	return err;
}

/* ---------------------------------------------------------------- the page */

static void put_summary(struct report *report)
{
	const struct stella_trust *trust = report->trust;
	int64_t left = (trust->policy->expires - report->cmd->now) / 86400;

	put(report, "<h1>Who is trusted, by whom, why and until when</h1>\n<p class=\"soft\">As of %s, by stella history report. "
		"Dates of commits are what their authors claim; everything else was verified from the pinned root.</p>\n",
		show_time(report->cmd, report->cmd->now));
	put(report, "<nav><a href=\"#issuers\">Issuers</a><a href=\"#keys\">Keys</a><a href=\"#anchors\">Anchors</a><a href=\"#sigstore\">Sigstore</a><a href=\"#members\">Members</a>"
		"<a href=\"#expiring\">Expiry</a><a href=\"#pending\">Pending</a><a href=\"#timeline\">Timeline</a></nav>\n");
	put(report, "<dl><dt>state in force</dt><dd>#%llu <code>%s</code></dd>", (unsigned long long)trust->state->number,
		show_id(report->cmd, &trust->state->id));
	put(report, "<dt>in force since</dt><dd>commit <code>%s</code></dd>", show_oid(report->cmd, &trust->state->commit));
	put(report, "<dt>branch</dt><dd>%s at <code>%s</code></dd>", esc(report, trust->ref), show_oid(report->cmd, &trust->tip));
	put(report, "<dt>pinned root</dt><dd><code>%s</code> (%s)</dd>", show_oid(report->cmd, &trust->root), esc(report, trust->root_source));
	put(report, "<dt>policy</dt><dd>until <span class=\"%s\">%s</span>, %lld days</dd></dl>\n", left < 30 ? "warn" : "good",
		esc(report, trust->policy->expires_text), (long long)left);
}

static const struct stella_error *put_how_long(struct report *report)
{
	struct endings all;
	const struct stella_error *err = endings_load(&all, report->trust, report->cmd->now);

	put(report, "<h2 id=\"expiring\">How long it holds</h2>\n");
	if (!err)
		put_endings(report, &all);
	endings_free(&all);
	return err;
}

static const struct stella_error *put_page(struct report *report)
{
	const struct stella_error *err;

	put_head(report);
	put_summary(report);
	err = each_record(report, "issuers/", "Issuers", "<th>issuer</th><th>status</th><th>speaks by, and for</th>", issuer_row);
	if (!err)
		err = each_record(report, "keys/", "Keys", "<th>key</th><th>issuer</th><th>status</th><th>until</th>", key_row);
	if (!err)
		err = each_record(report, "anchors/", "Trust anchors", "<th>anchor</th><th>certificate</th><th>until</th>", anchor_row);
	if (!err)
		err = each_record(report, "sigstore/", "Sigstore roots", "<th>root</th><th>what it holds</th><th>asks for</th>", sigstore_row);
	if (err)
		return err;
	put_members(report);
	err = put_how_long(report);
	if (!err)
		err = put_pending(report);
	if (err)
		return err;
	put(report, "<h2 id=\"timeline\">Timeline</h2>\n<p class=\"soft\">A dot is a state that changed something; dates are claimed.</p>\n");
	put_timeline(report);
	err = put_states(report);
	put(report, "</body>\n</html>\n");
	return err;
}

static const struct stella_error *finish(struct report *report, const char *path)
{
	const struct stella_error *err;
	struct stella_json *object;

	if (!strcmp(path, "-")) {
		stella_buf_put_span(&report->cmd->out, stella_buf_span(&report->page));
		return NULL;
	}
	err = stella_sys_replace(path, stella_buf_span(&report->page), 0644);
	if (err)
		return err;
	if (!report->cmd->json) {
		say(report->cmd, "%s: %zu states, %zu bytes\n", show(report->cmd, path), report->state_count, report->page.size);
		return NULL;
	}
	object = stella_json_new_object();
	stella_json_set_text(object, "file", path);
	stella_json_set_int(object, "states", (int64_t)report->state_count);
	stella_json_set_int(object, "listed", (int64_t)(report->state_count - report->first));
	stella_json_set(object, "state", json_id(&report->trust->state->id));
	say_json(report->cmd, "report", object);
	return NULL;
}

const struct stella_error *cmd_history_report(struct cmd *cmd)
{
	struct report report = { .cmd = cmd };
	const char *path = opts_get(cmd, "html");
	const struct stella_error *err;

	if (!path)
		return stella_error(STELLA_USAGE, "where to: stella history report --html FILE");
	err = session_trust(&report.trust, cmd);
	if (!err)
		err = read_states(&report);
	if (!err)
		err = put_page(&report);
	if (!err)
		err = finish(&report, path);
	for (size_t i = 0; i < report.state_count && report.states; i++)
		stella_tree_diff_free(report.states[i].diff);
	free(report.states);
	stella_buf_free(&report.page);
	return err;
}
