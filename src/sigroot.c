/* SPDX-License-Identifier: Apache-2.0 */
/* Sigstore roots for people: what a trusted root holds, entry by entry, with fingerprints and windows. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "encode.h"
#include "records.h"

static int64_t start_of(const struct stella_window *window)
{
	return window->start == INT64_MIN ? STELLA_TIME_NONE : window->start;
}

static int64_t end_of(const struct stella_window *window)
{
	return window->end == INT64_MAX ? STELLA_TIME_NONE : window->end;
}

/* ---------------------------------------------------------------- as text: one block an entry */

/* Where two roots are compared, how many days are left is no difference. */
static void put_window(struct stella_buf *out, struct cmd *cmd, bool with_days, int64_t from, int64_t until)
{
	if (with_days) {
		stella_buf_put_str(out, show_window(cmd, from, until));
		return;
	}
	if (from != STELLA_TIME_NONE)
		stella_buf_printf(out, "from %s ", show_time(cmd, from));
	if (until == STELLA_TIME_NONE)
		stella_buf_put_str(out, "without end");
	else
		stella_buf_printf(out, "until %s", show_time(cmd, until));
}

static void add_block(struct names *out, struct stella_buf *text)
{
	STELLA_GROW(out->items, out->count, out->cap);
	out->items[out->count++] = stella_buf_take_str(text);
}

static void add_authority(struct names *out, struct cmd *cmd, bool with_days, const char *kind,
	const struct stella_authority *authority)
{
	struct stella_buf text = { 0 };

	stella_buf_printf(&text, "%-7s %s, ", kind, show(cmd, authority->uri ? authority->uri : "(no URI)"));
	put_window(&text, cmd, with_days, start_of(&authority->window), end_of(&authority->window));
	for (size_t i = 0; i < authority->cert_count; i++) {
		const struct stella_cert *cert = authority->certs[i];

		stella_buf_printf(&text, "\n        sha256 %s  %s, ", show_id(cmd, stella_cert_fingerprint(cert)),
			show(cmd, stella_cert_subject(cert)));
		put_window(&text, cmd, with_days, stella_cert_not_before(cert), stella_cert_not_after(cert));
	}
	stella_buf_put_u8(&text, '\n');
	add_block(out, &text);
}

static void add_log(struct names *out, struct cmd *cmd, bool with_days, const char *kind, const struct stella_log *log)
{
	struct stella_buf text = { 0 };

	stella_buf_printf(&text, "%-7s %s, ", kind, show(cmd, log->base_url ? log->base_url : "(no URL)"));
	put_window(&text, cmd, with_days, start_of(&log->window), end_of(&log->window));
	stella_buf_put_str(&text, "\n        log id ");
	stella_hex_print(&text, stella_buf_span(&log->id));
	if (log->key)
		stella_buf_printf(&text, "\n        key sha256 %s  %s\n", show_id(cmd, stella_pubkey_id(log->key)),
			show(cmd, log->key_details));
	else
		stella_buf_printf(&text, "\n        key of a kind that is not supported, never counts: %s\n",
			show(cmd, log->key_details));
	add_block(out, &text);
}

/* Every text in them is escaped. */
static void list_blocks(struct names *out, struct cmd *cmd, bool with_days, const struct stella_trustroot *root)
{
	for (size_t i = 0; i < root->ca_count; i++)
		add_authority(out, cmd, with_days, "CA", &root->cas[i]);
	for (size_t i = 0; i < root->tlog_count; i++)
		add_log(out, cmd, with_days, "log", &root->tlogs[i]);
	for (size_t i = 0; i < root->ctlog_count; i++)
		add_log(out, cmd, with_days, "CT log", &root->ctlogs[i]);
	for (size_t i = 0; i < root->tsa_count; i++)
		add_authority(out, cmd, with_days, "TSA", &root->tsas[i]);
}

static void say_block(struct cmd *cmd, const char *before, const char *block)
{
	while (*block) {
		size_t size = strcspn(block, "\n");

		say(cmd, "%s%.*s\n", before, (int)size, block);
		block += size + (block[size] == '\n');
	}
}

void say_sigstore_root(struct cmd *cmd, const struct stella_sigstore_root *root)
{
	struct names blocks = { 0 };

	say(cmd, "sigstore  %s  a Sigstore root; of logs %u, certificate timestamps %u, signed times %u must vouch\n"
		"        sha256 %s  %s\n", show(cmd, root->name), root->logs, root->scts, root->times,
		show_id(cmd, &root->sha256), show(cmd, root->root->media_type));
	list_blocks(&blocks, cmd, true, root->root);
	for (size_t i = 0; i < blocks.count; i++)
		say_block(cmd, "    ", blocks.items[i]);
	names_free(&blocks);
}

/* ---------------------------------------------------------------- as a difference */

static bool holds(const struct names *blocks, const char *block)
{
	for (size_t i = 0; i < blocks->count; i++)
		if (!strcmp(blocks->items[i], block))
			return true;
	return false;
}

static size_t say_others(struct cmd *cmd, const char *before, const struct names *from, const struct names *to)
{
	size_t said = 0;

	for (size_t i = 0; i < from->count; i++)
		if (!holds(to, from->items[i])) {
			say_block(cmd, before, from->items[i]);
			said++;
		}
	return said;
}

bool say_root_change(struct cmd *cmd, struct stella_span old, struct stella_span new_text)
{
	struct stella_trustroot *from = NULL, *to = NULL;
	struct names before = { 0 }, after = { 0 };
	struct stella_sha256 digest;
	bool read = (!old.size || !stella_trustroot_parse(&from, old)) &&
		(!new_text.size || !stella_trustroot_parse(&to, new_text));

	if (read && from)
		list_blocks(&before, cmd, false, from);
	if (read && to)
		list_blocks(&after, cmd, false, to);
	if (read && old.size) {
		digest = stella_sha256(old);
		say(cmd, "    - file of %zu bytes, sha256 %s\n", old.size, show_id(cmd, &digest));
	}
	if (read && new_text.size) {
		digest = stella_sha256(new_text);
		say(cmd, "    + file of %zu bytes, sha256 %s\n", new_text.size, show_id(cmd, &digest));
	}
	if (read && !say_others(cmd, "    - ", &before, &after) + !say_others(cmd, "    + ", &after, &before) == 2)
		say(cmd, "      the same authorities and logs as before, in another text\n");
	names_free(&before);
	names_free(&after);
	stella_trustroot_free(from);
	stella_trustroot_free(to);
	return read;
}

/* ---------------------------------------------------------------- as JSON */

static struct stella_json *json_authorities(struct cmd *cmd, const struct stella_authority *list, size_t count)
{
	struct stella_json *array = stella_json_new_array();

	for (size_t i = 0; i < count; i++) {
		struct stella_json *one = stella_json_add(array, stella_json_new_object()), *certs;

		stella_json_set(one, "uri", json_text(list[i].uri));
		json_window(cmd, one, start_of(&list[i].window), end_of(&list[i].window));
		certs = stella_json_set(one, "certificates", stella_json_new_array());
		for (size_t k = 0; k < list[i].cert_count; k++) {
			struct stella_json *cert = stella_json_add(certs, stella_json_new_object());

			stella_json_set(cert, "subject", json_text(stella_cert_subject(list[i].certs[k])));
			stella_json_set(cert, "sha256", json_id(stella_cert_fingerprint(list[i].certs[k])));
			json_window(cmd, cert, stella_cert_not_before(list[i].certs[k]), stella_cert_not_after(list[i].certs[k]));
		}
	}
	return array;
}

static struct stella_json *json_logs(struct cmd *cmd, const struct stella_log *list, size_t count)
{
	struct stella_json *array = stella_json_new_array();

	for (size_t i = 0; i < count; i++) {
		struct stella_json *one = stella_json_add(array, stella_json_new_object());
		struct stella_buf id = { 0 };

		stella_hex_print(&id, stella_buf_span(&list[i].id));
		stella_json_set(one, "url", json_text(list[i].base_url));
		stella_json_set_text(one, "logId", (const char *)id.data);
		stella_json_set(one, "keyDetails", json_text(list[i].key_details));
		stella_json_set_bool(one, "supported", list[i].key != NULL);
		if (list[i].key)
			stella_json_set(one, "key", json_id(stella_pubkey_id(list[i].key)));
		json_window(cmd, one, start_of(&list[i].window), end_of(&list[i].window));
		stella_buf_free(&id);
	}
	return array;
}

struct stella_json *json_sigstore_root(struct cmd *cmd, const struct stella_sigstore_root *root)
{
	struct stella_json *object = stella_json_new_object(), *thresholds;
	const struct stella_trustroot *r = root->root;

	stella_json_set_text(object, "name", root->name);
	stella_json_set(object, "sha256", json_id(&root->sha256));
	stella_json_set(object, "mediaType", json_text(r->media_type));
	thresholds = stella_json_set(object, "thresholds", stella_json_new_object());
	stella_json_set_int(thresholds, "logs", root->logs);
	stella_json_set_int(thresholds, "scts", root->scts);
	stella_json_set_int(thresholds, "times", root->times);
	stella_json_set(object, "certificateAuthorities", json_authorities(cmd, r->cas, r->ca_count));
	stella_json_set(object, "transparencyLogs", json_logs(cmd, r->tlogs, r->tlog_count));
	stella_json_set(object, "certificateLogs", json_logs(cmd, r->ctlogs, r->ctlog_count));
	stella_json_set(object, "timestampAuthorities", json_authorities(cmd, r->tsas, r->tsa_count));
	stella_json_set(object, "reason", json_text(root->reason));
	return object;
}
