/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The links of a certificate for people: from the leaf up as far as certificates reach that came with it or that records
 * of the state in force hold, which record each is of, and what is missing where they do not.  Decides nothing: a way
 * that reaches a record may be refused all the same.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "encode.h"
#include "identities.h"
#include "verify.h"

#define LINKS_MAX 16
#define KEY_ID_MAX 64 /* bytes, to be told */

/* A certificate that may be a link; of whom, "anchors/x.json" or NULL: it came with the attestation. */
struct link {
	const struct stella_cert *cert;
	const char *record;
	bool top;                    /* a chain may end here */
	int64_t from, until;         /* where the record narrows it, as that says */
};

struct pool {
	struct link *items; size_t count, cap;
	struct stella_anchor **anchors; size_t anchor_count, anchor_cap;
	struct stella_sigstore_root **roots; size_t root_count, root_cap;
};

static struct link plain(const struct stella_cert *cert, const char *record, bool top)
{
	return (struct link){ cert, record, top, stella_cert_not_before(cert), stella_cert_not_after(cert) };
}

static struct link *add(struct pool *pool, struct link link)
{
	STELLA_GROW(pool->items, pool->count, pool->cap);
	pool->items[pool->count] = link;
	return &pool->items[pool->count++];
}

static void pool_free(struct pool *pool)
{
	for (size_t i = 0; i < pool->anchor_count; i++)
		stella_anchor_free(pool->anchors[i]);
	for (size_t i = 0; i < pool->root_count; i++)
		stella_sigstore_root_free(pool->roots[i]);
	free(pool->anchors);
	free(pool->roots);
	free(pool->items);
}

/* ---------------------------------------------------------------- what there is */

/* A record that cannot be used is no link; the verdict names it. */
static bool is_unusable(const struct stella_error *err)
{
	enum stella_exit status = stella_code_exit(err->code);

	return status == STELLA_EXIT_MALFORMED || status == STELLA_EXIT_LIMIT || status == STELLA_EXIT_REFUSED
		|| stella_error_is(err, STELLA_POLICY_UNSUPPORTED);
}

static const struct stella_error *load_anchor(struct pool *pool, struct cmd *cmd, struct stella_trust *trust, const char *name)
{
	struct stella_anchor *anchor;
	struct link *link;
	const struct stella_error *err = stella_anchor_load(&anchor, trust, name);

	if (err)
		return is_unusable(err) ? NULL : err;
	STELLA_GROW(pool->anchors, pool->anchor_count, pool->anchor_cap);
	pool->anchors[pool->anchor_count++] = anchor;
	link = add(pool, plain(anchor->cert, record_path(cmd, "anchors/", name, ".json"), !anchor->intermediate));
	anchor_window(anchor, &link->from, &link->until);
	return NULL;
}

static const struct stella_error *load_root(struct pool *pool, struct cmd *cmd, struct stella_trust *trust, const char *name)
{
	const char *path = record_path(cmd, "sigstore/", name, ".json");
	struct stella_sigstore_root *root;
	const struct stella_error *err = stella_sigstore_root_load(&root, trust, name);

	if (err)
		return is_unusable(err) ? NULL : err;
	STELLA_GROW(pool->roots, pool->root_count, pool->root_cap);
	pool->roots[pool->root_count++] = root;
	for (size_t i = 0; i < root->root->ca_count; i++) {
		const struct stella_authority *ca = &root->root->cas[i];

		for (size_t k = 0; k < ca->cert_count; k++)
			add(pool, plain(ca->certs[k], path, k + 1 == ca->cert_count));
	}
	return NULL;
}

static const struct stella_error *load_each(struct pool *pool, struct cmd *cmd, struct stella_trust *trust, const char *folder,
	const struct stella_error *(*load)(struct pool *pool, struct cmd *cmd, struct stella_trust *trust, const char *name))
{
	struct names names = { 0 };
	const struct stella_error *err = record_names(&names, trust, folder);

	for (size_t i = 0; !err && i < names.count; i++)
		err = load(pool, cmd, trust, names.items[i]);
	names_free(&names);
	return err;
}

static const struct stella_error *load_all(struct pool *pool, struct cmd *cmd, struct stella_trust *trust)
{
	const struct stella_error *err = load_each(pool, cmd, trust, "anchors/", load_anchor);

	return err ? err : load_each(pool, cmd, trust, "sigstore/", load_root);
}

/* ---------------------------------------------------------------- the way up */

struct way {
	struct link links[LINKS_MAX]; size_t count;
	bool reaches;                /* the last is of a record in which a chain may end */
	bool other_key;              /* who should have signed the last is known by name, and did not */
};

/* Of these records first, for several may hold one certificate. */
static bool is_of(const struct link *link, const struct stella_signature_report *s)
{
	for (size_t i = 0; link->record && i < s->record_count; i++)
		if (strcmp(s->records[i], link->record) == 0)
			return true;
	return false;
}

/* Where a verified link comes from. */
static struct link find_same(const struct pool *pool, const struct stella_cert *cert, const struct stella_signature_report *s)
{
	struct link found = plain(cert, NULL, false);

	for (size_t i = 0; i < pool->count; i++) {
		const struct link *one = &pool->items[i];

		if (!one->record || !stella_sha256_equal(stella_cert_fingerprint(one->cert), stella_cert_fingerprint(cert)))
			continue;
		if (!found.record || (!is_of(&found, s) && is_of(one, s)))
			found = *one;
	}
	found.cert = cert;
	return found;
}

static bool is_on_way(const struct way *way, const struct stella_cert *cert)
{
	for (size_t i = 0; i < way->count; i++)
		if (stella_sha256_equal(stella_cert_fingerprint(way->links[i].cert), stella_cert_fingerprint(cert)))
			return true;
	return false;
}

/* Records come first in the pool; one in which a chain may end is taken before another. */
static const struct link *find_issuer(struct way *way, const struct pool *pool)
{
	const struct stella_cert *last = way->links[way->count - 1].cert;
	const struct link *found = NULL;

	way->other_key = false;
	for (size_t i = 0; i < pool->count; i++) {
		const struct link *one = &pool->items[i];

		if (!stella_cert_names_issuer(last, one->cert) || is_on_way(way, one->cert) || (found && (found->top || !one->top)))
			continue;
		if (stella_cert_is_signed_by(last, one->cert))
			found = one;
		else
			way->other_key = true;
	}
	return found;
}

static void climb(struct way *way, const struct pool *pool, const struct stella_cert *leaf, const struct stella_signature_report *s)
{
	const struct link *next;

	*way = (struct way){ .links = { find_same(pool, leaf, s) }, .count = 1 };
	while (way->count < LINKS_MAX && !way->links[way->count - 1].top) {
		next = find_issuer(way, pool);
		if (!next)
			break;
		way->links[way->count++] = *next;
	}
	way->reaches = way->links[way->count - 1].top;
}

static void follow(struct way *way, const struct pool *pool, const struct stella_signature_report *s)
{
	*way = (struct way){ .reaches = true };
	for (size_t i = 0; i < s->chain.count; i++)
		way->links[way->count++] = find_same(pool, s->chain.certs[i], s);
}

/* ---------------------------------------------------------------- telling */

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
		return show(cmd, stella_cert_subject(cert));
	stella_identities_print(&names, cert);
	return show(cmd, keep(cmd, stella_buf_take_str(&names)));
}

static void say_link(struct cmd *cmd, const struct way *way, size_t i)
{
	const struct link *link = &way->links[i];
	const struct stella_cert *cert = link->cert;

	say(cmd, "  %-9s %s\n", i == 0 ? "leaf" : link->top ? "anchor" : "issued by", name_of(cmd, cert));
	say(cmd, "            issuer %s\n", show(cmd, stella_cert_issuer(cert)));
	say(cmd, "            sha256 %s\n            %s\n            %s\n", show_id(cmd, stella_cert_fingerprint(cert)),
		show_window(cmd, link->from, link->until),
		link->record ? show(cmd, link->record) : "came with the attestation");
}

static void say_gap(struct cmd *cmd, const struct way *way)
{
	const struct stella_cert *last = way->links[way->count - 1].cert;
	struct stella_buf id = { 0 };

	if (way->reaches)
		return;
	put_key_id(&id, last);
	if (stella_cert_is_self_issued(last))
		say(cmd, "  missing   a record: this one issued itself, and neither anchors/ nor sigstore/ has it\n");
	else
		say(cmd, "  missing   the certificate of %s%s\n            key id %s\n", show(cmd, stella_cert_issuer(last)),
			way->other_key ? ": those of this name that are known did not sign the one above" : "",
			id.size ? (const char *)id.data : "not given");
	stella_buf_free(&id);
}

static struct stella_json *foreign(const char *text)
{
	return stella_json_new_text_span(stella_span_str(text));
}

static void json_link(struct cmd *cmd, struct stella_json *array, const struct link *link)
{
	struct stella_json *one = stella_json_add(array, stella_json_new_object());

	stella_json_set(one, "subject", foreign(stella_cert_subject(link->cert)));
	stella_json_set(one, "issuer", foreign(stella_cert_issuer(link->cert)));
	stella_json_set(one, "sha256", json_id(stella_cert_fingerprint(link->cert)));
	json_window(cmd, one, link->from, link->until);
	stella_json_set_text(one, "record", link->record);
}

static void json_gap(struct stella_json *object, const struct way *way)
{
	const struct stella_cert *last = way->links[way->count - 1].cert;
	struct stella_buf id = { 0 };
	struct stella_json *one;

	if (way->reaches) {
		stella_json_set(object, "missing", stella_json_new_text(NULL));
		return;
	}
	put_key_id(&id, last);
	one = stella_json_set(object, "missing", stella_json_new_object());
	stella_json_set_text(one, "what", stella_cert_is_self_issued(last) ? "record" : "certificate");
	stella_json_set(one, "subject", foreign(stella_cert_issuer(last)));
	stella_json_set_text(one, "keyId", id.size ? (const char *)id.data : NULL);
	stella_json_set_bool(one, "otherKeyKnown", way->other_key);
	stella_buf_free(&id);
}

static void tell(struct cmd *cmd, const struct way *way, struct stella_json *object)
{
	struct stella_json *array = object ? stella_json_set(object, "certificates", stella_json_new_array()) : NULL;

	for (size_t i = 0; i < way->count; i++) {
		if (array)
			json_link(cmd, array, &way->links[i]);
		else
			say_link(cmd, way, i);
	}
	if (object)
		json_gap(object, way);
	else
		say_gap(cmd, way);
}

const struct stella_error *tell_links(struct cmd *cmd, struct stella_trust *trust, const struct stella_signature *claim,
	const struct stella_signature_report *s, struct stella_json *object)
{
	struct stella_cert *certs[STELLA_CERTIFICATES_MAX] = { NULL };
	struct pool pool = { 0 };
	struct way way;
	const struct stella_error *err = load_all(&pool, cmd, trust);

	for (size_t i = 0; !err && i < claim->cert_count; i++) /* one that is none is what the verdict says */
		if (!stella_cert_parse(&certs[i], stella_buf_span(&claim->certs[i])) && i)
			add(&pool, plain(certs[i], NULL, false));
	if (!err && s->chain.count)
		follow(&way, &pool, s);
	else if (!err && certs[0])
		climb(&way, &pool, certs[0], s);
	if (!err && certs[0])
		tell(cmd, &way, object);
	for (size_t i = 0; i < claim->cert_count; i++)
		stella_cert_free(certs[i]);
	pool_free(&pool);
	return err;
}
