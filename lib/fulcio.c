/* SPDX-License-Identifier: Apache-2.0 */
#include "fulcio.h"

#include <stdlib.h>
#include <string.h>

#include "der.h"
#include "text.h"

#define UTF8_STRING 0x0c
#define DOTTED "1.3.6.1.4.1.57264.1."

/* The OIDC issuer's two names are one for people: the first form is old. */
static const struct {
	const char *name, *json_name;
} arcs[STELLA_FULCIO_ARCS] = {
	[1] = { "issuer_v1", "issuerV1" },
	[2] = { "github_workflow_trigger", "githubWorkflowTrigger" },
	[3] = { "github_workflow_sha", "githubWorkflowSHA" },
	[4] = { "github_workflow_name", "githubWorkflowName" },
	[5] = { "github_workflow_repository", "githubWorkflowRepository" },
	[6] = { "github_workflow_ref", "githubWorkflowRef" },
	[8] = { "issuer", "issuer" },
	[9] = { "build_signer_uri", "buildSignerURI" },
	[10] = { "build_signer_digest", "buildSignerDigest" },
	[11] = { "runner_environment", "runnerEnvironment" },
	[12] = { "source_repository_uri", "sourceRepositoryURI" },
	[13] = { "source_repository_digest", "sourceRepositoryDigest" },
	[14] = { "source_repository_ref", "sourceRepositoryRef" },
	[15] = { "source_repository_identifier", "sourceRepositoryIdentifier" },
	[16] = { "source_repository_owner_uri", "sourceRepositoryOwnerURI" },
	[17] = { "source_repository_owner_identifier", "sourceRepositoryOwnerIdentifier" },
	[18] = { "build_config_uri", "buildConfigURI" },
	[19] = { "build_config_digest", "buildConfigDigest" },
	[20] = { "build_trigger", "buildTrigger" },
	[21] = { "run_invocation_uri", "runInvocationURI" },
	[22] = { "source_repository_visibility", "sourceRepositoryVisibilityAtSigning" },
	[23] = { "deployment_environment", "deploymentEnvironment" },
	[24] = { "token_subject", "tokenSubject" },
};

const char *stella_fulcio_name(unsigned arc)
{
	return arc < STELLA_FULCIO_ARCS ? arcs[arc].name : NULL;
}

const char *stella_fulcio_json_name(unsigned arc)
{
	return arc < STELLA_FULCIO_ARCS ? arcs[arc].json_name : NULL;
}

bool stella_fulcio_find(unsigned *arc, const char *name)
{
	for (unsigned i = 0; i < STELLA_FULCIO_ARCS; i++)
		if (arcs[i].name && strcmp(arcs[i].name, name) == 0) {
			*arc = i;
			return true;
		}
	return false;
}

static bool same_but_dashes(const char *name, const char *typed)
{
	while (*name && (*name == *typed || (*name == '_' && *typed == '-'))) {
		name++;
		typed++;
	}
	return !*name && !*typed;
}

bool stella_fulcio_find_any(unsigned *arc, const char *name)
{
	struct stella_buf dotted = { 0 };
	bool found = false;

	for (unsigned i = 0; i < STELLA_FULCIO_ARCS && !found; i++) {
		if (!arcs[i].name)
			continue;
		dotted.size = 0;
		stella_buf_printf(&dotted, DOTTED "%u", i);
		found = same_but_dashes(arcs[i].name, name) || strcmp(arcs[i].json_name, name) == 0 ||
			strcmp((const char *)dotted.data, name) == 0;
		*arc = i;
	}
	stella_buf_free(&dotted);
	return found;
}

/* ---------------------------------------------------------------- parse */

static bool is_plain(struct stella_span text)
{
	struct stella_cursor c = stella_cursor(text);
	uint32_t character;

	while (c.left)
		if (!stella_utf8_next(&c, &character) || character < 0x20 || (character >= 0x7f && character < 0xa0))
			return false;
	return true;
}

/* oid-info.md, "Extension values". */
static const struct stella_error *parse_value(char **out, unsigned arc, struct stella_span value)
{
	struct stella_cursor c = stella_cursor(value);
	struct stella_span text = value;

	if (arc >= STELLA_FULCIO_ISSUER && (!stella_der_take(&c, UTF8_STRING, &text) || c.left))
		return stella_error(STELLA_MALFORMED, "not one DER UTF8String");
	if (text.size > STELLA_FULCIO_VALUE_MAX)
		return stella_error(STELLA_LIMIT, "%zu bytes, at most %d are allowed", text.size, STELLA_FULCIO_VALUE_MAX);
	if (!is_plain(text))
		return stella_error(STELLA_MALFORMED, "no plain UTF-8 text");
	*out = stella_span_strdup(text);
	return NULL;
}

static const struct stella_error *parse(struct stella_fulcio *fulcio, const struct stella_cert *cert)
{
	uint8_t oid[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xbf, 0x30, 0x01, 0 };
	const char *old, *issuer;
	struct stella_span value;

	for (unsigned arc = 1; arc < STELLA_FULCIO_ARCS; arc++) {
		const struct stella_error *err;

		oid[sizeof oid - 1] = (uint8_t)arc;
		if (!arcs[arc].name || !stella_cert_extension(cert, stella_span(oid, sizeof oid), &value))
			continue;
		err = parse_value(&fulcio->values[arc], arc, value);
		if (err)
			return stella_error_prefix(err, "%s (" DOTTED "%u)", arcs[arc].name, arc);
	}
	old = fulcio->values[STELLA_FULCIO_ISSUER_V1];
	issuer = fulcio->values[STELLA_FULCIO_ISSUER];
	if (old && issuer && strcmp(old, issuer) != 0)
		return stella_error(STELLA_MALFORMED, "names two OIDC issuers, \"%.200s\" and \"%.200s\"", old, issuer);
	return NULL;
}

const struct stella_error *stella_fulcio_parse(struct stella_fulcio **out, const struct stella_cert *cert)
{
	struct stella_fulcio *fulcio = stella_alloc(sizeof *fulcio);
	const struct stella_error *err = parse(fulcio, cert);

	*out = fulcio;
	if (err) {
		stella_fulcio_free(fulcio);
		*out = NULL;
		return stella_error_prefix(err, "invalid certificate: Fulcio extension");
	}
	return NULL;
}

void stella_fulcio_free(struct stella_fulcio *fulcio)
{
	if (!fulcio)
		return;
	for (unsigned i = 0; i < STELLA_FULCIO_ARCS; i++)
		free(fulcio->values[i]);
	free(fulcio);
}

const char *stella_fulcio_oidc_issuer(const struct stella_fulcio *fulcio)
{
	const char *issuer = fulcio->values[STELLA_FULCIO_ISSUER];

	if (!issuer)
		issuer = fulcio->values[STELLA_FULCIO_ISSUER_V1];
	return issuer && *issuer ? issuer : NULL;
}
