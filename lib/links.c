/* SPDX-License-Identifier: Apache-2.0 */
#include "links.h"

#include <stdlib.h>
#include <string.h>

/* Every certificate that may be a link; records come first. */
struct pool {
	struct stella_cert_link *items; size_t count, cap;
};

static struct stella_cert_link plain(const struct stella_cert *cert, const char *record, bool top)
{
	return (struct stella_cert_link){ cert, record, top, stella_cert_not_before(cert), stella_cert_not_after(cert) };
}

static struct stella_cert_link *add(struct pool *pool, struct stella_cert_link link)
{
	STELLA_GROW(pool->items, pool->count, pool->cap);
	pool->items[pool->count] = link;
	return &pool->items[pool->count++];
}

/* ---------------------------------------------------------------- what there is */

static void add_anchor(struct pool *pool, const struct stella_shelved *item)
{
	const struct stella_anchor *anchor = item->record.anchor;
	struct stella_cert_link *link = add(pool, plain(anchor->cert, item->path, !anchor->intermediate));

	stella_anchor_window(anchor, &link->from, &link->until);
}

static void add_root(struct pool *pool, const struct stella_shelved *item)
{
	const struct stella_trustroot *root = item->record.sigstore->root;

	for (size_t i = 0; i < root->ca_count; i++)
		for (size_t k = 0; k < root->cas[i].cert_count; k++)
			add(pool, plain(root->cas[i].certs[k], item->path, k + 1 == root->cas[i].cert_count));
}

/* A record that cannot be used is no link; the verdict names it. */
static const struct stella_error *add_all(struct pool *pool, struct stella_shelf *shelf, enum stella_shelf_kind kind)
{
	const struct stella_shelved *const *items;
	size_t count;
	const struct stella_error *err = stella_shelf_all(&items, &count, shelf, kind);

	for (size_t i = 0; !err && i < count; i++)
		if (items[i]->record.any && kind == STELLA_SHELF_ANCHOR)
			add_anchor(pool, items[i]);
		else if (items[i]->record.any)
			add_root(pool, items[i]);
	return err;
}

/* ---------------------------------------------------------------- the way up */

/* Of these records first, for several may hold one certificate. */
static bool is_of(const struct stella_cert_link *link, const struct stella_signature_report *report)
{
	for (size_t i = 0; link->record && i < report->record_count; i++)
		if (strcmp(report->records[i], link->record) == 0)
			return true;
	return false;
}

/* Where a certificate comes from. */
static struct stella_cert_link find_same(const struct pool *pool, const struct stella_cert *cert,
	const struct stella_signature_report *report)
{
	struct stella_cert_link found = plain(cert, NULL, false);

	for (size_t i = 0; i < pool->count; i++) {
		const struct stella_cert_link *one = &pool->items[i];

		if (!one->record || !stella_sha256_equal(stella_cert_fingerprint(one->cert), stella_cert_fingerprint(cert)))
			continue;
		if (!found.record || (!is_of(&found, report) && is_of(one, report)))
			found = *one;
	}
	found.cert = cert;
	return found;
}

static bool is_on_way(const struct stella_links *links, const struct stella_cert *cert)
{
	for (size_t i = 0; i < links->count; i++)
		if (stella_sha256_equal(stella_cert_fingerprint(links->items[i].cert), stella_cert_fingerprint(cert)))
			return true;
	return false;
}

/* One in which a chain may end is taken before another. */
static const struct stella_cert_link *find_issuer(struct stella_links *links, const struct pool *pool)
{
	const struct stella_cert *last = links->items[links->count - 1].cert;
	const struct stella_cert_link *found = NULL;

	links->other_key = false;
	for (size_t i = 0; i < pool->count; i++) {
		const struct stella_cert_link *one = &pool->items[i];

		if (!stella_cert_names_issuer(last, one->cert) || is_on_way(links, one->cert) || (found && (found->top || !one->top)))
			continue;
		if (stella_cert_is_signed_by(last, one->cert))
			found = one;
		else
			links->other_key = true;
	}
	return found;
}

static void climb(struct stella_links *links, const struct pool *pool, const struct stella_cert *leaf,
	const struct stella_signature_report *report)
{
	const struct stella_cert_link *next;

	links->items[links->count++] = find_same(pool, leaf, report);
	while (links->count < STELLA_LINKS_MAX && !links->items[links->count - 1].top) {
		next = find_issuer(links, pool);
		if (!next)
			break;
		links->items[links->count++] = *next;
	}
	links->reaches = links->items[links->count - 1].top;
}

static void follow(struct stella_links *links, const struct pool *pool, const struct stella_signature_report *report)
{
	links->reaches = true;
	for (size_t i = 0; i < report->chain.count; i++)
		links->items[links->count++] = find_same(pool, report->chain.certs[i], report);
}

/* ---------------------------------------------------------------- all */

const struct stella_error *stella_links_find(struct stella_links **out, struct stella_shelf *shelf,
	const struct stella_signature *claim, const struct stella_signature_report *report)
{
	struct stella_links *links = stella_alloc(sizeof *links);
	struct pool pool = { 0 };
	const struct stella_error *err = add_all(&pool, shelf, STELLA_SHELF_ANCHOR);

	*out = NULL;
	if (!err)
		err = add_all(&pool, shelf, STELLA_SHELF_SIGSTORE);
	links->certs = stella_alloc_array(claim->cert_count + 1, sizeof *links->certs);
	links->cert_count = claim->cert_count;
	for (size_t i = 0; !err && i < claim->cert_count; i++) /* one that is none is what the verdict says */
		if (!stella_cert_parse(&links->certs[i], stella_buf_span(&claim->certs[i])) && i)
			add(&pool, plain(links->certs[i], NULL, false));
	if (!err && report->chain.count)
		follow(links, &pool, report);
	else if (!err && links->certs[0])
		climb(links, &pool, links->certs[0], report);
	free(pool.items);
	if (err) {
		stella_links_free(links);
		return err;
	}
	*out = links;
	return NULL;
}

void stella_links_free(struct stella_links *links)
{
	if (!links)
		return;
	for (size_t i = 0; i < links->cert_count; i++)
		stella_cert_free(links->certs[i]);
	free(links->certs);
	free(links);
}

const struct stella_cert_link *stella_links_first_end(const struct stella_links *links)
{
	const struct stella_cert_link *first = NULL;

	for (size_t i = 0; i < links->count; i++)
		if (!first || links->items[i].until < first->until)
			first = &links->items[i];
	return first;
}
