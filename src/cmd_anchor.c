/* SPDX-License-Identifier: Apache-2.0 */
/* trust-anchors add and add-intermediate: certificates that may vouch for issuers (Sigstore roots: cmd_sigstore.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "encode.h"
#include "p11uri.h"
#include "records.h"
#include "sys.h"

#define CERT_FILE_MAX (1u << 20)

#define CERT_OPTS \
	{ "cert", 0, "FILE|URI", "the certificate, PEM, DER or pkcs11:...", NULL, false }, \
	{ "name", 'n', "NAME", "what to call it (default: from the subject's common name)", NULL, false }, \
	{ "expires", 0, "DATE|DAYSd", "trust it no longer than this", NULL, false }

const struct opt anchor_opts[] = { CERT_OPTS, { 0 } };
const struct opt anchor_add_opts[] = {
	CERT_OPTS,
	{ "trusted-root", 0, "FILE", "instead of a certificate a Sigstore root: trusted_root.json, as it was published", NULL, false },
	{ "custom-trusted-root", 0, "FILE", NULL, "trusted-root", false },
	{ "threshold", 0, "NAME=N", "how many logs, scts (certificate timestamps) and times of a Sigstore root must vouch "
		"(default 1 of each)", NULL, true },
	{ "update", 0, NULL, "put it in the place of the Sigstore root of this name", NULL, false },
	{ 0 }
};

/* ---------------------------------------------------------------- the certificate to add */

static const struct stella_error *read_blocks(struct stella_buf *der, struct stella_span text)
{
	struct stella_cursor in = stella_cursor(text);
	const struct stella_error *err = NULL;
	size_t count = 0;

	while (!err) {
		struct stella_buf block = { 0 };
		char *label = NULL;

		err = stella_pem_next(&block, &label, &in);
		if (!err && strcmp(label, "CERTIFICATE") != 0)
			err = stella_error(STELLA_USAGE, "holds a %s, not a certificate alone", label);
		else if (!err && count++ == 0)
			stella_buf_put_span(der, stella_buf_span(&block));
		free(label);
		stella_buf_wipe(&block); /* it may be somebody's private key */
	}
	if (!stella_error_is(err, STELLA_NOT_FOUND))
		return err;
	if (count > 1)
		return stella_error(STELLA_USAGE, "holds %zu certificates: add each from a file of its own", count);
	return count ? NULL : stella_error(STELLA_MALFORMED, "holds no certificate");
}

static const struct stella_error *read_cert(struct stella_cert **out, const char *path)
{
	struct stella_buf text = { 0 }, der = { 0 };
	const struct stella_error *err;

	*out = NULL;
	err = stella_p11uri_is(path) ? read_token_cert(&text, path) : stella_sys_read(&text, path, CERT_FILE_MAX);
	if (err)
		goto done;
	if (text.size && text.data[0] == 0x30)
		stella_buf_put_span(&der, stella_buf_span(&text));
	else
		err = read_blocks(&der, stella_buf_span(&text));
	if (!err)
		err = stella_cert_parse(out, stella_buf_span(&der));
	if (err)
		err = stella_error_prefix(err, "%s", path);
done:
	stella_buf_free(&text);
	stella_buf_free(&der);
	return err;
}

static const struct stella_error *check_kind(const struct stella_cert *cert, bool intermediate, const char *path)
{
	const char *subject = stella_cert_subject(cert);

	if (!stella_cert_is_ca(cert))
		return stella_error(STELLA_USAGE, "%s: not a CA certificate (%s, issued by %s): an anchor is what issued it",
			path, subject, stella_cert_issuer(cert));
	if (stella_cert_is_self_issued(cert) && intermediate)
		return stella_error(STELLA_USAGE, "%s: issued by itself (%s), so a root: stella trust-anchors add --cert %s",
			path, subject, path);
	if (!stella_cert_is_self_issued(cert) && !intermediate)
		return stella_error(STELLA_USAGE, "%s: %s is issued by %s, not by itself, so no root: "
			"stella trust-anchors add-intermediate --cert %s", path, subject, stella_cert_issuer(cert), path);
	return NULL;
}

/* The common name in lower case, what no id may hold as dashes. */
static char *name_of(const struct stella_cert *cert)
{
	const char *at = stella_cert_subject(cert), *cn = !strncmp(at, "CN=", 3) ? at : strstr(at, ",CN=");
	struct stella_buf name = { 0 };
	char hex[STELLA_SHA256_HEX];

	if (cn)
		cn += *cn == ',' ? 4 : 3;
	for (; cn && *cn && *cn != ',' && *cn != '+' && name.size < STELLA_ID_MAX; cn++) {
		char c = *cn >= 'A' && *cn <= 'Z' ? (char)(*cn - 'A' + 'a') : *cn;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			stella_buf_put_u8(&name, (uint8_t)c);
		else if (name.size && name.data[name.size - 1] != '-')
			stella_buf_put_u8(&name, '-');
	}
	while (name.size && name.data[name.size - 1] == '-')
		name.data[--name.size] = 0;
	if (!name.size) {
		stella_sha256_hex(hex, stella_cert_fingerprint(cert));
		stella_buf_printf(&name, "anchor-%.12s", hex);
	}
	return stella_buf_take_str(&name);
}

/* ---------------------------------------------------------------- add */

/* The same certificate under any name, in force or on the branch. */
static const struct stella_error *check_new(struct cmd *cmd, struct stella_trust *trust, const struct stella_anchor *anchor)
{
	struct names names = { 0 };
	struct stella_buf text = { 0 };
	const struct stella_error *err = record_names(&names, trust, "anchors/");

	for (size_t i = 0; i < names.count && !err; i++) {
		struct stella_anchor *other;

		err = stella_anchor_load(&other, trust, names.items[i]);
		if (!err && stella_sha256_equal(stella_cert_fingerprint(other->cert), stella_cert_fingerprint(anchor->cert)))
			err = stella_error(STELLA_USAGE, "already there: this certificate is the trust anchor \"%s\"", names.items[i]);
		stella_anchor_free(other);
	}
	names_free(&names);
	if (err)
		return err;
	err = change_read(&text, cmd, record_path(cmd, "sigstore/", anchor->name, ".json"));
	if (stella_error_is(err, STELLA_NOT_FOUND))
		err = change_read(&text, cmd, record_path(cmd, "anchors/", anchor->name, ".json"));
	stella_buf_free(&text);
	if (!err)
		return stella_error(STELLA_USAGE, "already there: another trust anchor \"%s\"; choose one with --name", anchor->name);
	return stella_error_is(err, STELLA_NOT_FOUND) ? NULL : err;
}

static const struct stella_error *set_expiry(struct cmd *cmd, struct stella_anchor *anchor)
{
	const char *expires = opts_get(cmd, "expires");
	int64_t from, until;
	const struct stella_error *err = expires ? parse_expiry(&anchor->expires, expires, cmd->now) : NULL;

	if (err)
		return err;
	stella_anchor_window(anchor, &from, &until);
	if (until < from)
		return stella_error(STELLA_USAGE, "--expires %s: before the certificate begins (%s)", expires, show_time(cmd, from));
	if (until < cmd->now)
		warn("%s: EXPIRED on %s: nothing verifies under it from then on", anchor->name, show_time(cmd, until));
	return NULL;
}

const struct stella_error *anchor_put(struct change *change, struct cmd *cmd, const struct stella_anchor *anchor)
{
	struct stella_buf text = { 0 }, pem = { 0 };
	struct stella_anchor *parsed = NULL;
	const struct stella_error *err;

	stella_anchor_print(&text, anchor);
	stella_pem_print(&pem, "CERTIFICATE", stella_cert_der(anchor->cert));
	err = stella_anchor_parse(&parsed, anchor->name, stella_buf_span(&text), stella_buf_span(&pem));
	if (!err) {
		if (!cmd->json)
			say_anchor(cmd, anchor);
		change_put(change, record_path(cmd, "anchors/", anchor->name, ".json"), &text);
		change_put(change, record_path(cmd, "anchors/", anchor->name, ".pem"), &pem);
	}
	stella_anchor_free(parsed);
	stella_buf_free(&text);
	stella_buf_free(&pem);
	return err;
}

const struct stella_error *anchor_given(struct stella_anchor **out, struct cmd *cmd, bool intermediate)
{
	const char *path = opts_get(cmd, "cert"), *name = opts_get(cmd, "name");
	struct stella_anchor *anchor = stella_alloc(sizeof *anchor);
	const struct stella_error *err = NULL;

	*out = anchor;
	anchor->intermediate = intermediate;
	anchor->valid_from = anchor->expires = STELLA_TIME_NONE;
	if (!path)
		err = stella_error(STELLA_USAGE, "which certificate: stella %s --cert FILE", cmd->command->name);
	if (!err && name && !stella_id_valid(stella_span_str(name)))
		err = stella_error(STELLA_USAGE, "--name %s: a name is [a-z0-9][a-z0-9._-]*, at most %d", name, STELLA_ID_MAX);
	if (!err)
		err = read_cert(&anchor->cert, path);
	if (!err)
		err = check_kind(anchor->cert, intermediate, path);
	if (!err)
		anchor->name = name ? stella_strdup(name) : name_of(anchor->cert);
	return err;
}

const struct stella_error *anchor_check(struct cmd *cmd, struct stella_trust *trust, struct stella_anchor *anchor)
{
	const struct stella_error *err = check_new(cmd, trust, anchor);

	return err ? err : set_expiry(cmd, anchor);
}

static const struct stella_error *add_anchor(struct cmd *cmd, bool intermediate)
{
	struct stella_anchor *anchor;
	struct stella_trust *trust;
	struct change change = { 0 };
	char subject[128];
	const struct stella_error *err = anchor_given(&anchor, cmd, intermediate);

	if (!err)
		err = change_start(&trust, cmd);
	if (!err)
		err = anchor_check(cmd, trust, anchor);
	if (!err)
		err = session_reason(&anchor->reason, cmd, false);
	if (!err)
		err = anchor_put(&change, cmd, anchor);
	if (!err) {
		snprintf(subject, sizeof subject, "%s %s", cmd->command->name, anchor->name);
		err = change_commit(cmd, &change, subject, anchor->reason);
	}
	change_free(&change);
	stella_anchor_free(anchor);
	return err;
}

const struct stella_error *cmd_anchor_add(struct cmd *cmd)
{
	size_t count;

	if (opts_get(cmd, "trusted-root"))
		return sigstore_add(cmd);
	if (opts_all(cmd, "threshold", &count), count || opts_flag(cmd, "update"))
		return stella_error(STELLA_USAGE, "--threshold and --update: only with --trusted-root");
	return add_anchor(cmd, false);
}

const struct stella_error *cmd_anchor_add_intermediate(struct cmd *cmd)
{
	return add_anchor(cmd, true);
}
