/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits: split as git splits them, an approval only with its line, and whatever reason somebody gives,
 * what we print lacks nothing but a signature to be an approval.
 */
#include "fuzz.h"

#include <string.h>

#include "gitsig.h"

/* git's commit.c, parse_buffer_signed_by_header, for SHA-1 repositories. */
static void split_as_git(struct stella_buf *payload, struct stella_buf *signature, struct stella_span raw)
{
	const uint8_t *line = raw.data, *tail = raw.data + raw.size, *next;
	bool in_signature = false, other = false;

	while (line < tail) {
		struct stella_span rest = { line, (size_t)(tail - line) };
		size_t skip = 0;

		next = memchr(line, '\n', rest.size);
		next = next ? next + 1 : tail;
		if (in_signature && *line == ' ') {
			skip = 1;
		} else if (stella_span_starts(rest, "gpgsig ")) {
			skip = 7;
			other = false;
		} else if (stella_span_starts(rest, "gpgsig")) {
			other = true;
		} else if (other && *line != ' ') {
			other = false;
		}
		in_signature = skip > 0;
		if (skip) {
			stella_buf_put(signature, line + skip, (size_t)(next - line) - skip);
		} else {
			if (*line == '\n')
				next = tail;
			if (!other)
				stella_buf_put(payload, line, (size_t)(next - line));
		}
		line = next;
	}
}

static void split(struct stella_span raw, bool is_tag)
{
	struct stella_buf payload = { 0 }, signature = { 0 }, want_payload = { 0 }, want_signature = { 0 };
	enum stella_gitsig_kind kind;

	if (!stella_gitsig_split(&payload, &signature, &kind, raw, is_tag)) {
		must((kind == STELLA_GITSIG_NONE) == (signature.size == 0));
		split_as_git(&want_payload, &want_signature, raw);
		if (!is_tag) {
			must(stella_span_equal(stella_buf_span(&payload), stella_buf_span(&want_payload)));
			must(stella_span_equal(stella_buf_span(&signature), stella_buf_span(&want_signature)));
		} else if (kind != STELLA_GITSIG_NONE) {
			must(memcmp(raw.data + raw.size - signature.size, signature.data, signature.size) == 0);
		}
	}
	stella_buf_free(&payload);
	stella_buf_free(&signature);
	stella_buf_free(&want_payload);
	stella_buf_free(&want_signature);
}

static void approve(struct stella_span raw)
{
	struct stella_approval_claim claim;
	struct stella_buf line = { 0 };
	char why[STELLA_ERROR_MAX];
	bool is_claim;

	if (stella_approval_parse(&claim, &is_claim, why, raw))
		return;
	must(is_claim == (claim.key != NULL));
	if (is_claim) {
		must(!*why);
		stella_buf_put_str(&line, "\nStella-Approve: ");
		stella_hex_print(&line, stella_span(claim.target, sizeof claim.target));
		must(stella_span_find(raw, (char *)line.data) != NULL);
	}
	stella_buf_free(&line);
	stella_approval_claim_free(&claim);
}

static void inside(struct stella_span whole, struct stella_span part)
{
	must(part.size == 0 || (part.data >= whole.data && part.data + part.size <= whole.data + whole.size));
}

static void read_text(struct stella_span raw)
{
	struct stella_commit_text text;

	stella_commit_text_parse(&text, raw);
	inside(raw, text.author);
	inside(raw, text.committer);
	inside(raw, text.message);
	inside(text.message, text.reason);
	must(text.time >= 0);
}

static void print(struct stella_span reason)
{
	static const uint8_t target[32] = { 1, 2, 3 };
	struct stella_commit_links links = { .parent_count = 1 }, again;
	struct stella_buf payload = { 0 }, raw = { 0 };
	struct stella_approval_claim claim;
	char why[STELLA_ERROR_MAX];
	bool is_claim;

	if (reason.size > STELLA_REASON_MAX)
		return;
	stella_commit_print(&payload, &links, stella_span_str("A <a@b> 1 +0000"), reason, target, NULL);
	must(!stella_approval_parse(&claim, &is_claim, why, stella_buf_span(&payload)));
	must(!is_claim && strcmp(why, "it is not signed") == 0);
	must(!stella_commit_links_parse(&again, stella_buf_span(&payload)));
	must(again.parent_count == 1);
	stella_commit_add_signature(&raw, stella_buf_span(&payload),
		stella_span_str("-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n"));
	must(!stella_approval_parse(&claim, &is_claim, why, stella_buf_span(&raw)));
	must(!is_claim && strstr(why, "signature does not count"));
	stella_buf_free(&payload);
	stella_buf_free(&raw);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_span raw = { data, size };
	struct stella_commit_links links;

	if (!stella_commit_links_parse(&links, raw))
		must(links.parent_count <= STELLA_PARENTS_MAX);
	split(raw, false);
	split(raw, true);
	approve(raw);
	read_text(raw);
	print(raw);
	return 0;
}
