/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSH signatures with the verdicts of ssh-keygen -Y check-novalidate, and for those that -Y verify takes,
 * is the key in their allowed_signers file?  The rest of allowed_signers (principals, validity,
 * revocation, authorities) is no part of stella.
 */
#include "corpora.h"
#include "sshsig.h"

#include <stdio.h>
#include <string.h>

#define CERTIFICATE "-cert-v01@openssh.com"

static struct stella_span take_word(struct stella_cursor *c)
{
	struct stella_span word = { c->at, 0 };
	uint8_t byte;

	while (stella_cursor_u8(c, &byte) && byte != ' ')
		word.size++;
	return word;
}

/* A line of allowed_signers: principals, options, type, key; any two words next to each other may be it. */
static bool line_has_key(struct stella_span line, const struct stella_pubkey *key)
{
	struct stella_cursor c = stella_cursor(line);
	struct stella_span word = take_word(&c);
	struct stella_buf text = { 0 };
	bool has = false;

	while (c.left > 0 && !has) {
		struct stella_pubkey *listed = NULL;

		text.size = 0;
		stella_buf_put_span(&text, word);
		word = take_word(&c);
		stella_buf_put_str(&text, " ");
		stella_buf_put_span(&text, word);
		has = !stella_pubkey_parse_ssh_line(&listed, stella_buf_span(&text)) && stella_pubkey_equal(listed, key);
		stella_pubkey_free(listed);
	}
	stella_buf_free(&text);
	return has;
}

static bool is_allowed(struct stella_span signers, const struct stella_pubkey *key)
{
	struct stella_cursor c = stella_cursor(signers);
	struct stella_span line;
	bool found = false;

	while (!found && (stella_cursor_line(&c, &line) || stella_cursor_take(&c, c.left, &line)) &&
	       (line.size > 0 || c.left > 0)) {
		if (line.size > 0 && line.data[line.size - 1] == '\r')
			line.size--;
		found = line_has_key(line, key);
	}
	return found;
}

static void run_case(struct corpus *c, const struct stella_json *v)
{
	bool expected = strcmp(corpus_text(c, v, "expected_check_novalidate"), "valid") == 0;
	bool expected_signer = strcmp(corpus_text(c, v, "expected"), "valid") == 0;
	const char *id = corpus_text(c, v, "id");
	struct stella_buf message = corpus_read(c, corpus_text(c, v, "message"));
	struct stella_buf armor = corpus_read(c, corpus_text(c, v, "signature"));
	struct stella_buf signers = corpus_read(c, corpus_text(c, v, "allowed_signers"));
	struct stella_sshsig *sig = NULL;
	const struct stella_error *err;
	char text[256];

	if (stella_json_find(v, "disputed")) {
		corpus_out_of_scope(c, "disputed");
		goto done;
	}
	err = stella_sshsig_parse(&sig, stella_buf_span(&armor));
	if (!err)
		err = stella_sshsig_verify(sig, corpus_text(c, v, "namespace"), stella_buf_span(&message));
	if (expected && stella_error_is(err, STELLA_ALGORITHM_UNSUPPORTED) && strstr(err->message, CERTIFICATE)) {
		corpus_out_of_scope(c, "signed with a certificate");
		goto done;
	}
	corpus_judge(c, id, expected, err);
	if (err)
		goto done;
	if (!expected_signer) {
		corpus_note(c, "refused by allowed_signers, which is not stella's");
		goto done;
	}
	snprintf(text, sizeof text, "%s (signer)", id);
	if (is_allowed(stella_buf_span(&signers), stella_sshsig_key(sig)))
		corpus_pass(c);
	else
		corpus_fail(c, text, "key in allowed_signers", "none");
done:
	stella_sshsig_free(sig);
	stella_buf_free(&message);
	stella_buf_free(&armor);
	stella_buf_free(&signers);
}

void corpus_sshsig(struct corpus *c)
{
	struct stella_json *index = corpus_json(c, "index.json");
	const struct stella_json *cases = corpus_array(c, index, "cases");

	for (size_t i = 0; i < stella_json_count(cases); i++)
		run_case(c, stella_json_at(cases, i));
	stella_json_free(index);
}
