/* SPDX-License-Identifier: Apache-2.0 */
#include "gitsig.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "text.h"

#define APPROVE "Stella-Approve:"
#define TARGET_HEX 64

/* ---------------------------------------------------------------- git's rule */

static enum stella_gitsig_kind kind_of(struct stella_span signature)
{
	if (signature.size == 0)
		return STELLA_GITSIG_NONE;
	if (stella_span_starts(signature, "-----BEGIN SSH SIGNATURE-----"))
		return STELLA_GITSIG_SSH;
	if (stella_span_starts(signature, "-----BEGIN PGP SIGNATURE-----") ||
	    stella_span_starts(signature, "-----BEGIN PGP MESSAGE-----"))
		return STELLA_GITSIG_OPENPGP;
	if (stella_span_starts(signature, "-----BEGIN SIGNED MESSAGE-----"))
		return STELLA_GITSIG_X509;
	return STELLA_GITSIG_UNKNOWN;
}

/* The next line with its newline, if it has one; c is not empty. */
static struct stella_span next_line(struct stella_cursor *c)
{
	const uint8_t *end = memchr(c->at, '\n', c->left);
	struct stella_span line;

	stella_cursor_take(c, end ? (size_t)(end + 1 - c->at) : c->left, &line);
	return line;
}

static const struct stella_error *check_header(struct stella_span line, bool first)
{
	const uint8_t *space = memchr(line.data, ' ', line.size);

	if (!space || (first && space == line.data))
		return stella_error(STELLA_MALFORMED, "a header line without a name");
	return NULL;
}

/* Headers to payload or signature; from the empty line on all is payload. */
static const struct stella_error *split_headers(struct stella_buf *payload, struct stella_buf *signature,
	unsigned *headers, struct stella_span raw)
{
	const struct stella_error *err = NULL;
	struct stella_cursor c = stella_cursor(raw);
	enum { PLAIN, SIGNATURE, DROPPED } in = PLAIN;
	struct stella_span line;
	size_t skip;

	while (c.left) {
		line = next_line(&c);
		skip = 0;
		if (line.data[0] == '\n') {
			stella_buf_put_span(payload, line);
			stella_buf_put(payload, c.at, c.left);
			break;
		}
		err = check_header(line, line.data == raw.data);
		if (err)
			return err;
		if (line.data[0] == ' ') {
			skip = 1;
		} else if (stella_span_starts(line, "gpgsig")) {
			++*headers;
			in = stella_span_starts(line, "gpgsig ") ? SIGNATURE : DROPPED;
			skip = strlen("gpgsig ");
		} else {
			in = PLAIN;
		}
		if (in == SIGNATURE)
			stella_buf_put(signature, line.data + skip, line.size - skip);
		else if (in == PLAIN)
			stella_buf_put_span(payload, line);
	}
	return NULL;
}

/* Where the last line that begins a signature starts; raw.size if there is none. */
static size_t tag_signature_at(struct stella_span raw)
{
	struct stella_cursor c = stella_cursor(raw);
	size_t at, found = raw.size;
	enum stella_gitsig_kind kind;

	while (c.left) {
		at = raw.size - c.left;
		kind = kind_of(next_line(&c));
		if (kind != STELLA_GITSIG_UNKNOWN && kind != STELLA_GITSIG_NONE)
			found = at;
	}
	return found;
}

const struct stella_error *stella_gitsig_split(struct stella_buf *payload, struct stella_buf *signature,
	enum stella_gitsig_kind *kind, struct stella_span raw, bool is_tag)
{
	const struct stella_error *err = NULL;
	unsigned count = 0;
	size_t at = raw.size;

	*payload = *signature = (struct stella_buf){ 0 };
	*kind = STELLA_GITSIG_NONE;
	if (stella_span_has_nul(raw))
		return stella_error(STELLA_MALFORMED, "a NUL byte");
	if (is_tag)
		at = tag_signature_at(raw);
	err = split_headers(payload, signature, &count, stella_span(raw.data, at));
	if (!err && count + (is_tag && at < raw.size) > 1)
		err = stella_error(STELLA_MALFORMED, "more than one signature");
	if (err) {
		stella_buf_free(payload);
		stella_buf_free(signature);
		return err;
	}
	if (is_tag) {
		signature->size = 0; /* git looks for a tag's signature at its end only */
		if (at < raw.size)
			stella_buf_put(signature, raw.data + at, raw.size - at);
	}
	*kind = kind_of(stella_buf_span(signature));
	return NULL;
}

/* ---------------------------------------------------------------- the Stella-Approve line */

static bool __attribute__((format(printf, 2, 3))) no(char *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (why)
		vsnprintf(why, STELLA_ERROR_MAX, format, args);
	va_end(args);
	return false;
}

static bool is_blank(struct stella_span line)
{
	while (line.size && (line.data[0] == ' ' || (line.data[0] >= '\t' && line.data[0] <= '\r')))
		line = stella_span(line.data + 1, line.size - 1);
	return line.size == 0;
}

static struct stella_span without_newline(struct stella_span line)
{
	if (line.size && line.data[line.size - 1] == '\n')
		line.size--;
	return line;
}

struct approve_lines {
	unsigned count;               /* lines that begin exactly so */
	unsigned similar;             /* lines that do but for white space before or case */
	struct stella_span line;      /* the first exact one, without its newline */
};

static struct approve_lines find_lines(struct stella_span message)
{
	struct stella_cursor c = stella_cursor(message);
	struct approve_lines found = { 0 };
	struct stella_span line;

	while (c.left) {
		line = without_newline(next_line(&c));
		if (stella_span_starts(line, APPROVE)) {
			if (found.count++ == 0)
				found.line = line;
			continue;
		}
		while (line.size && (line.data[0] == ' ' || line.data[0] == '\t' || line.data[0] == '>'))
			line = stella_span(line.data + 1, line.size - 1);
		found.similar += line.size >= strlen(APPROVE) &&
				 strncasecmp((const char *)line.data, APPROVE, strlen(APPROVE)) == 0;
	}
	return found;
}

/*
 * Is the line in the last of several paragraphs?  Git's tools differ on whether a line of white space
 * separates paragraphs; the answer must be yes either way.
 */
static bool check_paragraph(char *why, struct stella_span message, struct stella_span wanted, bool white_separates)
{
	struct stella_cursor c = stella_cursor(message);
	unsigned paragraph = 0, at = 0;
	bool separated = true, separates;
	struct stella_span line;

	while (c.left) {
		line = without_newline(next_line(&c));
		separates = white_separates ? is_blank(line) : line.size == 0;
		paragraph += separated && !separates;
		if (line.data == wanted.data)
			at = paragraph;
		separated = separates;
	}
	if (at == 1)
		return no(why, "its Stella-Approve line stands in the first paragraph of the message; "
			"it must stand in the last, after an empty line");
	if (at != paragraph)
		return no(why, "its Stella-Approve line does not stand in the last paragraph of the message, as in a "
			"quotation or squash");
	return true;
}

static bool check_line(uint8_t target[32], char *why, struct stella_span message)
{
	struct approve_lines found = find_lines(message);
	struct stella_span value;

	if (found.count == 0 && found.similar == 0)
		return no(why, "%s", "");
	if (found.count == 0)
		return no(why, "its Stella-Approve line is indented, quoted or not spelled so; a squash merge indents it");
	if (found.count > 1)
		return no(why, "its message has %u Stella-Approve lines, as a squash of several has; it must have one",
			found.count);
	value = stella_span(found.line.data + strlen(APPROVE), found.line.size - strlen(APPROVE));
	if (value.size != 1 + TARGET_HEX || value.data[0] != ' ' ||
	    !stella_hex_fixed(target, 32, stella_span(value.data + 1, TARGET_HEX)))
		return no(why, "its Stella-Approve line is not one space and %d lower-case hex digits and no more%s", TARGET_HEX,
			value.size && value.data[value.size - 1] == '\r' ? " (it ends with a carriage return)" : "");
	return check_paragraph(why, message, found.line, false) && check_paragraph(why, message, found.line, true);
}

/* ---------------------------------------------------------------- canonical commits */

struct canonical {
	struct stella_span author, committer; /* values */
	bool has_signature;
};

static bool take_header(struct stella_cursor *c, const char *keyword, struct stella_span *value)
{
	struct stella_cursor saved = *c;
	struct stella_span line;
	size_t size = strlen(keyword);

	if (stella_cursor_line(c, &line) && stella_span_starts(line, keyword)) {
		*value = stella_span(line.data + size, line.size - size);
		return true;
	}
	*c = saved;
	return false;
}

static bool take_digits(struct stella_cursor *c, size_t least, size_t most)
{
	size_t size = 0;
	struct stella_span digits;

	while (size < c->left && c->at[size] >= '0' && c->at[size] <= '9')
		size++;
	return size >= least && size <= most && stella_cursor_take(c, size, &digits);
}

/* "Name <mail> seconds +hhmm", as git fsck --strict wants it; the date itself says nothing to us. */
static bool is_person(struct stella_span value)
{
	struct stella_cursor c = stella_cursor(value);
	struct stella_span part;
	size_t name = 0, mail = 0;
	uint8_t sign;

	while (name < c.left && c.at[name] != '<' && c.at[name] != '>')
		name++;
	if (name < 2 || c.at[name - 1] != ' ' || !stella_cursor_take(&c, name, &part))
		return false;
	if (!stella_cursor_take(&c, 1, &part) || part.data[0] != '<')
		return false;
	while (mail < c.left && c.at[mail] != '<' && c.at[mail] != '>')
		mail++;
	if (!stella_cursor_take(&c, mail, &part) || !stella_cursor_take(&c, 2, &part) || !stella_span_is(part, "> "))
		return false;
	if (!take_digits(&c, 1, 20) || !stella_cursor_take(&c, 1, &part) || part.data[0] != ' ')
		return false;
	return stella_cursor_u8(&c, &sign) && (sign == '+' || sign == '-') && take_digits(&c, 4, 4) && c.left == 0;
}

static bool is_utf8(struct stella_span text)
{
	struct stella_cursor c = stella_cursor(text);
	uint32_t character;

	while (c.left)
		if (!stella_utf8_next(&c, &character))
			return false;
	return true;
}

static bool check_canonical(struct canonical *out, char *why, struct stella_span raw)
{
	struct stella_cursor c = stella_cursor(raw);
	struct stella_span value;
	struct stella_oid id;

	if (stella_span_has_nul(raw))
		return no(why, "it holds a NUL byte");
	if (!take_header(&c, "tree ", &value) || !stella_oid_parse(&id, value))
		return no(why, "its first header is not a tree");
	while (take_header(&c, "parent ", &value))
		if (!stella_oid_parse(&id, value))
			return no(why, "a parent header names no object");
	if (!take_header(&c, "author ", &out->author) || !take_header(&c, "committer ", &out->committer))
		return no(why, "its headers are not tree, parent, author, committer, gpgsig in this order");
	out->has_signature = take_header(&c, "gpgsig ", &value);
	while (out->has_signature && take_header(&c, " ", &value))
		;
	if (stella_span_starts(stella_span(c.at, c.left), "gpgsig"))
		return no(why, "it has more than one signature, or a gpgsig-sha256 header");
	if (!stella_cursor_line(&c, &value))
		return no(why, "it has no message");
	if (value.size != 0)
		return no(why, "header \"%.*s\" does not belong in an approval",
			(int)strcspn((const char *)value.data, " \n"), (const char *)value.data);
	if (!is_utf8(stella_span(c.at, c.left)))
		return no(why, "its message is not UTF-8");
	if (!is_person(out->author) || !is_person(out->committer))
		return no(why, "its author or committer is not of the form name <mail> time zone");
	return true;
}

/* ---------------------------------------------------------------- approvals */

void stella_approval_claim_free(struct stella_approval_claim *claim)
{
	if (!claim)
		return;
	stella_pubkey_free(claim->key);
	*claim = (struct stella_approval_claim){ 0 };
}

static const struct stella_error *check_ssh(struct stella_pubkey **key, struct stella_span armored, struct stella_span payload)
{
	struct stella_sshsig *sig = NULL;
	const struct stella_error *err = stella_sshsig_parse(&sig, armored);

	if (!err)
		err = stella_sshsig_verify(sig, "git", payload);
	if (!err)
		*key = stella_sshsig_take_key(sig);
	stella_sshsig_free(sig);
	return err;
}

/* A certificate that is not inside can still be in the policy. */
static const struct stella_error *check_x509(struct stella_span armored, struct stella_span payload)
{
	struct stella_cmssig *sig = NULL;
	const struct stella_error *err = stella_cmssig_parse(&sig, armored);

	if (!err)
		err = stella_cmssig_verify(sig, payload);
	stella_cmssig_free(sig);
	return stella_error_is(err, STELLA_KEY_UNKNOWN) ? NULL : err;
}

static const struct stella_error *check_openpgp(struct stella_span armored)
{
	struct stella_buf packet = { 0 };
	struct stella_pgp_signature sig;
	const struct stella_error *err = stella_pgp_dearmor(&packet, armored, STELLA_PGP_SIGNATURE_LABEL);

	if (!err)
		err = stella_pgp_signature_parse(&sig, stella_buf_span(&packet));
	stella_buf_free(&packet);
	return err;
}

const struct stella_error *stella_gitsig_check(enum stella_gitsig_kind kind, struct stella_span armored,
	struct stella_span payload)
{
	if (kind == STELLA_GITSIG_X509)
		return check_x509(armored, payload);
	if (kind == STELLA_GITSIG_OPENPGP)
		return check_openpgp(armored);
	return stella_error(STELLA_ALGORITHM_UNSUPPORTED, "algorithm not supported: neither SSH nor X.509 nor OpenPGP");
}

static bool check_signature(struct stella_approval_claim *out, char *why, struct stella_span raw)
{
	struct stella_buf payload = { 0 }, armored = { 0 };
	const struct stella_error *err = stella_gitsig_split(&payload, &armored, &out->kind, raw, false);
	struct stella_span text = stella_buf_span(&armored);

	if (!err && out->kind == STELLA_GITSIG_SSH)
		err = check_ssh(&out->key, text, stella_buf_span(&payload));
	else if (!err)
		err = stella_gitsig_check(out->kind, text, stella_buf_span(&payload));
	if (err)
		no(why, "its signature does not count: %s", err->message);
	stella_buf_free(&payload);
	stella_buf_free(&armored);
	return !err;
}

static bool judge(struct stella_approval_claim *out, char *why, struct stella_span raw)
{
	size_t at = stella_commit_message_at(raw);
	struct canonical commit;

	if (!check_line(out->target, why, stella_span(raw.data + at, raw.size - at)) ||
	    !check_canonical(&commit, why, raw))
		return false;
	if (!commit.has_signature)
		return no(why, "it is not signed");
	if (!stella_span_equal(commit.author, commit.committer))
		return no(why, "author and committer differ: cherry-pick, rebase, am, pull --rebase or commit --amend signed it "
			"again, and its author approved other bytes; to approve it yourself, run: stella approve");
	return check_signature(out, why, raw);
}

const struct stella_error *stella_approval_parse(struct stella_approval_claim *out, bool *is_claim,
	char *why, struct stella_span raw)
{
	struct stella_commit_links links;
	const struct stella_error *err = NULL;

	*out = (struct stella_approval_claim){ 0 };
	*is_claim = false;
	if (why)
		*why = 0;
	if (raw.size > STELLA_COMMIT_MAX)
		return stella_error(STELLA_LIMIT, "commit has %zu bytes, more than %u", raw.size, STELLA_COMMIT_MAX);
	err = stella_commit_links_parse(&links, raw);
	if (stella_error_is(err, STELLA_LIMIT))
		return err;
	*is_claim = judge(out, why, raw);
	return NULL;
}
