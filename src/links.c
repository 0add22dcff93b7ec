/* SPDX-License-Identifier: Apache-2.0 */
/* The links of a certificate for people (links.h), and what --show-expiry says of them. */
#include "links.h"

#include <string.h>

#include "cmd.h"
#include "encode.h"
#include "identities.h"

#define KEY_ID_MAX 64 /* bytes, to be told */

static void put_key_id(struct stella_buf *out, const struct stella_cert *cert)
{
	struct stella_span id;

	if (stella_cert_authority_key_id(cert, &id) && id.size <= KEY_ID_MAX)
		stella_hex_print(out, id);
}

/* Fulcio's have no subject, but a name beside. */
static const char *name_of(struct cmd *cmd, const struct stella_cert *cert)
{
	struct stella_buf names = { 0 };

	if (*stella_cert_subject(cert))
		return stella_cert_subject(cert);
	stella_identities_print(&names, cert);
	return keep(cmd, stella_buf_take_str(&names));
}

static void say_link(struct cmd *cmd, const struct stella_links *links, size_t i)
{
	const struct stella_cert_link *link = &links->items[i];
	const struct stella_cert *cert = link->cert;

	say(cmd, "  %-9s %s\n", i == 0 ? "leaf" : link->top ? "anchor" : "issued by", show(cmd, name_of(cmd, cert)));
	say(cmd, "            issuer %s\n", show(cmd, stella_cert_issuer(cert)));
	say(cmd, "            sha256 %s\n            %s\n            %s\n", show_id(cmd, stella_cert_fingerprint(cert)),
		show_window(cmd, link->from, link->until),
		link->record ? show(cmd, link->record) : "came with the attestation");
}

static void say_gap(struct cmd *cmd, const struct stella_links *links)
{
	const struct stella_cert *last = links->items[links->count - 1].cert;
	struct stella_buf id = { 0 };

	if (links->reaches)
		return;
	put_key_id(&id, last);
	if (stella_cert_is_self_issued(last))
		say(cmd, "  missing   a record: this one issued itself, and neither anchors/ nor sigstore/ has it\n");
	else
		say(cmd, "  missing   the certificate of %s%s\n            key id %s\n", show(cmd, stella_cert_issuer(last)),
			links->other_key ? ": those of this name that are known did not sign the one above" : "",
			id.size ? (const char *)id.data : "not given");
	stella_buf_free(&id);
}

static void json_link(struct cmd *cmd, struct stella_json *array, const struct stella_cert_link *link)
{
	struct stella_json *one = stella_json_add(array, stella_json_new_object());

	stella_json_set(one, "subject", json_text(stella_cert_subject(link->cert)));
	stella_json_set(one, "issuer", json_text(stella_cert_issuer(link->cert)));
	stella_json_set(one, "sha256", json_id(stella_cert_fingerprint(link->cert)));
	json_window(cmd, one, link->from, link->until);
	stella_json_set_text(one, "record", link->record);
}

static void json_gap(struct stella_json *object, const struct stella_links *links)
{
	const struct stella_cert *last = links->items[links->count - 1].cert;
	struct stella_buf id = { 0 };
	struct stella_json *one;

	if (links->reaches) {
		stella_json_set(object, "missing", stella_json_new_text(NULL));
		return;
	}
	put_key_id(&id, last);
	one = stella_json_set(object, "missing", stella_json_new_object());
	stella_json_set_text(one, "what", stella_cert_is_self_issued(last) ? "record" : "certificate");
	stella_json_set(one, "subject", json_text(stella_cert_issuer(last)));
	stella_json_set_text(one, "keyId", id.size ? (const char *)id.data : NULL);
	stella_json_set_bool(one, "otherKeyKnown", links->other_key);
	stella_buf_free(&id);
}

static void tell(struct cmd *cmd, const struct stella_links *links, struct stella_json *object)
{
	struct stella_json *array = object ? stella_json_set(object, "certificates", stella_json_new_array()) : NULL;

	for (size_t i = 0; i < links->count; i++) {
		if (array)
			json_link(cmd, array, &links->items[i]);
		else
			say_link(cmd, links, i);
	}
	if (object)
		json_gap(object, links);
	else
		say_gap(cmd, links);
}

/* ---------------------------------------------------------------- what ends first */

void tell_end(struct cmd *cmd, const struct stella_report *report, const char *what, int64_t until, struct stella_json *object)
{
	bool proven = report->times.count > 0;

	if (object) {
		object = stella_json_set(object, "ends", stella_json_new_object());
		stella_json_set(object, "what", json_text(what));
		json_window(cmd, object, STELLA_TIME_NONE, until);
		stella_json_set(object, "provenTime", json_time(proven ? report->time : STELLA_TIME_NONE));
		return;
	}
	if (until == STELLA_TIME_NONE)
		say(cmd, "  ends      nothing that it rests on has an end\n");
	else
		say(cmd, "  ends      first %s: %s\n", show(cmd, what), show_window(cmd, STELLA_TIME_NONE, until));
	if (proven)
		say(cmd, "            but proven to be signed at %s (%s), and judged by that time\n", show_time(cmd, report->time),
			report->time_source);
	else if (until != STELLA_TIME_NONE)
		say(cmd, "            and what it signed ends with it, for nothing proves when that was\n");
}

/* ---------------------------------------------------------------- all */

const struct stella_error *tell_links(struct cmd *cmd, struct stella_trust *trust, const struct stella_report *report, size_t i,
	struct stella_json *object)
{
	struct stella_shelf *shelf = stella_shelf_new(trust);
	struct stella_links *links;
	const struct stella_cert_link *first;
	const struct stella_error *err = stella_links_find(&links, shelf, &report->evidence->dsse->signatures[i],
		&report->signatures[i]);

	first = err ? NULL : stella_links_first_end(links);
	if (first) /* the leaf can be read */
		tell(cmd, links, object);
	if (first && opts_flag(cmd, "show-expiry"))
		tell_end(cmd, report, name_of(cmd, first->cert), first->until, object);
	stella_links_free(links);
	stella_shelf_free(shelf);
	return err;
}
