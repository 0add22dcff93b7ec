/* SPDX-License-Identifier: Apache-2.0 */
/* issuer add: the identities that its options give, and who may assert them. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "records.h"

/* ---------------------------------------------------------------- names */

static const struct stella_error *set_identity(struct stella_identity *out, const char *text)
{
	const char *colon = strchr(text, ':');
	char *type = colon ? strndup(text, (size_t)(colon - text)) : NULL;
	bool known = type && stella_san_find(&out->type, type);

	free(type);
	if (!known || !colon[1])
		return stella_error(STELLA_USAGE, "--identity %s: expected email:a@b, uri:https://..., dns:host or othername:text",
			text);
	out->value = stella_strdup(colon + 1);
	return NULL;
}

/* cosign and gh do not ask which kind of name it is. */
static const struct stella_error *guess_identity(struct stella_identity *out, const char *text)
{
	if (strstr(text, "://"))
		out->type = STELLA_SAN_URI;
	else if (strchr(text, '@'))
		out->type = STELLA_SAN_EMAIL;
	else
		return stella_error(STELLA_USAGE, "--certificate-identity %s: neither a URI nor an email: --identity TYPE:VALUE", text);
	out->value = stella_strdup(text);
	return NULL;
}

static const struct stella_error *set_pattern(struct stella_identity *out, const char *text)
{
	out->type = STELLA_SAN_URI;
	out->pattern = stella_strdup(text);
	return NULL;
}

/* ---------------------------------------------------------------- who may assert them, and what they must say beside */

/* One that can never assert an identity would only be found out by what does not verify. */
static const struct stella_error *check_anchor(struct cmd *cmd, const char *name)
{
	struct stella_anchor *anchor = NULL;
	struct stella_buf text = { 0 }, pem = { 0 };
	const struct stella_error *err;

	if (!stella_id_valid(stella_span_str(name)))
		return stella_error(STELLA_USAGE, "--identity-anchor %s: not the name of a trust anchor", name);
	err = change_read(&text, cmd, record_path(cmd, "anchors/", name, ".json"));
	if (!err)
		err = change_read(&pem, cmd, record_path(cmd, "anchors/", name, ".pem"));
	if (stella_error_is(err, STELLA_NOT_FOUND))
		err = stella_error(STELLA_NOT_FOUND, "--identity-anchor %s: no such trust anchor: "
			"see stella trust-anchors list", name);
	if (!err)
		err = stella_anchor_parse(&anchor, name, stella_buf_span(&text), stella_buf_span(&pem));
	if (!err && anchor->intermediate)
		err = stella_error(STELLA_USAGE, "--identity-anchor: %s is an intermediate: name the root above it", name);
	stella_anchor_free(anchor);
	stella_buf_free(&text);
	stella_buf_free(&pem);
	return err;
}

static const struct stella_error *check_root(struct cmd *cmd, const char *name)
{
	struct stella_buf text = { 0 };
	const struct stella_error *err;

	if (!stella_id_valid(stella_span_str(name)))
		return stella_error(STELLA_USAGE, "--sigstore %s: not the name of a Sigstore root", name);
	err = change_read(&text, cmd, record_path(cmd, "sigstore/", name, ".json"));
	stella_buf_free(&text);
	if (stella_error_is(err, STELLA_NOT_FOUND))
		return stella_error(STELLA_NOT_FOUND, "--sigstore %s: no such Sigstore root: stella trust-anchors add "
			"--trusted-root FILE --name %s comes first", name, name);
	return err;
}

static const struct stella_error *set_extension(struct stella_identity *out, const char *text)
{
	const char *equals = strchr(text, '=');
	char *name = equals ? strndup(text, (size_t)(equals - text)) : NULL;
	unsigned arc;
	bool known = name && equals[1] && stella_fulcio_find_any(&arc, name);

	free(name);
	if (!known)
		return stella_error(STELLA_USAGE, "--extension %s: expected NAME=VALUE, as in source_repository_uri=https://...; "
			"the names stand in stella-records(5)", text);
	if (arc == STELLA_FULCIO_ISSUER || arc == STELLA_FULCIO_ISSUER_V1)
		return stella_error(STELLA_USAGE, "--extension %s: say --certificate-oidc-issuer", text);
	if (out->extensions[arc])
		return stella_error(STELLA_USAGE, "--extension %s: given twice", stella_fulcio_name(arc));
	out->extensions[arc] = stella_strdup(equals + 1);
	return NULL;
}

/* ---------------------------------------------------------------- all */

struct given {
	const char *const *anchors, *const *roots, *const *extensions;
	size_t anchor_count, root_count, extension_count;
};

static const struct stella_error *check_given(struct cmd *cmd, const struct given *g, size_t names)
{
	const char *oidc = opts_get(cmd, "certificate-oidc-issuer");
	size_t regexps;

	if (opts_all(cmd, "certificate-identity-regexp", &regexps), regexps)
		return stella_error(STELLA_USAGE, "--certificate-identity-regexp: a record holds no regular expressions, which "
			"reviewers misread: --certificate-identity-pattern 'https://host/...@refs/tags/*'");
	if (names && !g->anchor_count && !g->root_count)
		return stella_error(STELLA_USAGE, "--identity needs --identity-anchor NAME or --sigstore NAME: who may assert it "
			"(stella trust-anchors list)");
	if (!names && (g->anchor_count || g->root_count || g->extension_count || oidc))
		return stella_error(STELLA_USAGE, "--%s without --identity", g->anchor_count ? "identity-anchor" :
			g->root_count ? "sigstore" : oidc ? "certificate-oidc-issuer" : "extension");
	if (g->root_count && !oidc)
		return stella_error(STELLA_USAGE, "--sigstore needs --certificate-oidc-issuer URL: a Sigstore root believes many who "
			"say who somebody is");
	return NULL;
}

static const struct stella_error *check_asserters(struct cmd *cmd, const struct given *g)
{
	const struct stella_error *err = NULL;

	for (size_t i = 0; i < g->anchor_count && !err; i++)
		err = check_anchor(cmd, g->anchors[i]);
	for (size_t i = 0; i < g->root_count && !err; i++)
		err = check_root(cmd, g->roots[i]);
	return err;
}

static const struct stella_error *complete(struct stella_identity *identity, struct cmd *cmd, const struct given *g)
{
	const struct stella_error *err = NULL;

	identity->anchors = copy_texts(g->anchors, g->anchor_count);
	identity->anchor_count = g->anchor_count;
	identity->sigstore = copy_texts(g->roots, g->root_count);
	identity->sigstore_count = g->root_count;
	identity->oidc_issuer = stella_strdup(opts_get(cmd, "certificate-oidc-issuer"));
	for (size_t i = 0; i < g->extension_count && !err; i++)
		err = set_extension(identity, g->extensions[i]);
	return err;
}

const struct stella_error *issuer_identities(struct stella_issuer *issuer, struct cmd *cmd)
{
	static const struct {
		const char *option;
		const struct stella_error *(*set)(struct stella_identity *out, const char *text);
	} kinds[] = {
		{ "identity", set_identity }, { "certificate-identity", guess_identity },
		{ "certificate-identity-pattern", set_pattern },
	};
	const char *const *values[3];
	size_t counts[3], total = 0;
	struct given g;
	const struct stella_error *err;

	g.anchors = opts_all(cmd, "identity-anchor", &g.anchor_count);
	g.roots = opts_all(cmd, "sigstore", &g.root_count);
	g.extensions = opts_all(cmd, "extension", &g.extension_count);
	for (size_t i = 0; i < 3; i++) {
		values[i] = opts_all(cmd, kinds[i].option, &counts[i]);
		total += counts[i];
	}
	err = check_given(cmd, &g, total);
	issuer->identities = stella_alloc_array(total, sizeof *issuer->identities);
	for (size_t i = 0; i < 3 && !err; i++)
		for (size_t k = 0; k < counts[i] && !err; k++) {
			struct stella_identity *identity = &issuer->identities[issuer->identity_count++];

			err = kinds[i].set(identity, values[i][k]);
			if (!err)
				err = complete(identity, cmd, &g);
		}
	return err ? err : check_asserters(cmd, &g);
}
