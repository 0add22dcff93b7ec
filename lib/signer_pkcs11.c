/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and certificates on tokens, by GnuTLS and p11-kit.  Modules are code of others that is loaded into
 * this process: that happens only where something is signed, taken from a token, or tokens are listed, and
 * never on the way of `verify`.
 */
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signer_internal.h"

#define TOKENS_MAX 256
#define CERTIFICATE_MAX (64u << 10)

/* ---------------------------------------------------------------- what went wrong */

/* Of one opening: GnuTLS asks by a callback that can only say no, the reason is kept here. */
struct opening {
	const struct stella_pin *pin;
	const struct stella_error *err;
	struct stella_buf given; /* the PIN, for a token that wants it anew for each signature */
	char why[STELLA_ERROR_MAX];
	enum stella_code code;
};

static const struct stella_error *failure(const struct opening *opening, const char *uri, int code)
{
	if (opening->err)
		return stella_error(opening->code, "%s", opening->why);
	switch (code) {
	case GNUTLS_E_PKCS11_REQUESTED_OBJECT_NOT_AVAILBLE:
	case GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE:
		return stella_error(STELLA_NOT_FOUND, "%s: no such token, or nothing like this on it "
			"(stella crypto providers list)", uri);
	case GNUTLS_E_PKCS11_PIN_LOCKED:
		return stella_error(STELLA_SYSTEM, "%s: the PIN is LOCKED after too many wrong ones: "
			"the token's security officer unlocks it", uri);
	case GNUTLS_E_PKCS11_PIN_EXPIRED:
		return stella_error(STELLA_SYSTEM, "%s: the PIN has expired: set a new one with the token's own tool", uri);
	case GNUTLS_E_PKCS11_PIN_ERROR:
		return stella_error(STELLA_SYSTEM, "%s: wrong PIN", uri);
	case GNUTLS_E_PKCS11_LOAD_ERROR:
		return stella_error(STELLA_SYSTEM, "%s: the PKCS#11 module cannot be loaded", uri);
	default:
		return stella_error(STELLA_SYSTEM, "%s: %s", uri, gnutls_strerror(code));
	}
}

static int keep_failure(struct opening *opening, const struct stella_error *err)
{
	opening->err = err;
	opening->code = err->code;
	snprintf(opening->why, sizeof opening->why, "%s", err->message);
	return GNUTLS_E_PKCS11_PIN_ERROR;
}

/* Asked again by GnuTLS as long as the token says that the PIN was wrong. */
static int ask_pin(void *context, int attempt, const char *uri, const char *label, unsigned flags, char *pin, size_t size)
{
	struct opening *opening = context;
	bool again = attempt > 0 || (flags & GNUTLS_PIN_WRONG);
	const struct stella_error *err = NULL;

	if (again)
		stella_buf_wipe(&opening->given);
	if (!opening->given.size && !opening->pin)
		return GNUTLS_E_PKCS11_PIN_ERROR;
	if (!opening->given.size) {
		stella_buf_reserve(&opening->given, size + 1); /* growing leaves no copies behind */
		err = opening->pin->ask(&opening->given, label, again, flags & GNUTLS_PIN_FINAL_TRY, opening->pin->context);
	}
	if (!err && (opening->given.size >= size || stella_span_has_nul(stella_buf_span(&opening->given)) || !opening->given.size))
		err = stella_error(STELLA_USAGE, "token \"%s\": a PIN has 1 to %zu bytes and no NUL", label, size - 1);
	if (err)
		return keep_failure(opening, err);
	memcpy(pin, opening->given.data, opening->given.size + 1);
	return 0;
}

/* p11-kit's configured modules, or the one that the URI names. */
static const struct stella_error *load_modules(const char *module)
{
	static bool loaded;
	int code = 0;

	if (!loaded)
		code = gnutls_pkcs11_init(module ? GNUTLS_PKCS11_FLAG_MANUAL : GNUTLS_PKCS11_FLAG_AUTO, NULL);
	loaded |= code >= 0;
	if (code >= 0 && module)
		code = gnutls_pkcs11_add_provider(module, NULL);
	if (code < 0)
		return module ? stella_error(STELLA_SYSTEM, "the PKCS#11 module %s cannot be loaded (%s): is it there, whole, and of this "
			"machine's kind (ldd %s)", module, gnutls_strerror(code), module) :
			stella_error(STELLA_SYSTEM, "the modules of p11-kit cannot be loaded: %s", gnutls_strerror(code));
	return NULL;
}

/* ---------------------------------------------------------------- a key */

/* An object's URI must name one: else which key signs would be left to the token's order. */
static const struct stella_error *check_one(struct opening *opening, const char *uri, unsigned class_flags)
{
	gnutls_pkcs11_obj_t *objects = NULL;
	unsigned count = 0;
	const struct stella_error *err = NULL;
	int code = gnutls_pkcs11_obj_list_import_url4(&objects, &count, uri, class_flags);

	if (code < 0)
		err = failure(opening, uri, code);
	else if (count != 1)
		err = count ? stella_error(STELLA_USAGE, "%s: %u objects match, name one with object=... or id=...", uri, count) :
			failure(opening, uri, GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	for (unsigned i = 0; i < count && code >= 0; i++)
		gnutls_pkcs11_obj_deinit(objects[i]);
	gnutls_free(objects);
	return err;
}

static void forget(struct opening *opening)
{
	gnutls_pkcs11_set_pin_function(NULL, NULL);
	stella_buf_wipe(&opening->given);
	free(opening);
}

static void token_close(struct stella_signer *signer)
{
	stella_signer_gnutls_close(signer);
	forget(signer->extra);
}

const struct stella_signer_kind stella_signer_of_token = {
	"PKCS#11 token", stella_signer_gnutls_makes, stella_signer_gnutls_sign, token_close,
};

static char *typed_uri(const struct stella_p11uri *uri, const char *type)
{
	struct stella_buf text = { 0 };

	stella_buf_put_str(&text, uri->path);
	if (!uri->type)
		stella_buf_printf(&text, ";type=%s", type);
	return stella_buf_take_str(&text);
}

const struct stella_error *stella_signer_open_token(struct stella_signer **out, const struct stella_p11uri *uri,
	const struct stella_pin *pin)
{
	struct stella_signer *signer = stella_signer_new(&stella_signer_of_token);
	struct opening *opening = stella_alloc(sizeof *opening);
	char *text = typed_uri(uri, "private");
	gnutls_privkey_t private = NULL;
	const struct stella_error *err;
	int code;

	*out = NULL;
	opening->pin = pin;
	if (uri->type && strcmp(uri->type, "private") != 0)
		err = stella_error(STELLA_USAGE, "%s: type=%s, expected type=private", uri->path, uri->type);
	else
		err = load_modules(uri->module);
	gnutls_pkcs11_set_pin_function(ask_pin, opening);
	if (!err)
		err = check_one(opening, text, GNUTLS_PKCS11_OBJ_FLAG_PRIVKEY | GNUTLS_PKCS11_OBJ_FLAG_LOGIN);
	if (err)
		goto done;
	if (gnutls_privkey_init(&private) < 0) {
		err = stella_error(STELLA_INTERNAL, "GnuTLS cannot make a key");
		goto done;
	}
	signer->private = private;
	signer->extra = opening; /* goes with it */
	code = gnutls_privkey_import_url(private, text, 0);
	if (code < 0)
		err = failure(opening, text, code);
	else
		err = stella_signer_gnutls_public(&signer->public, private);
	if (err)
		goto done;
	opening->pin = NULL; /* its caller's time is over */
	opening = NULL;
	*out = signer;
	signer = NULL;
done:
	free(text);
	if (opening && !(signer && signer->extra))
		forget(opening);
	stella_signer_free(signer);
	return err;
}

/* ---------------------------------------------------------------- a certificate */

/* What is public the token gives to everybody; text is yours. */
static const struct stella_error *begin_public(char **text, struct opening *opening, const struct stella_p11uri *uri,
	const char *type, unsigned flags)
{
	const struct stella_error *err;

	*text = typed_uri(uri, type);
	if (uri->type && strcmp(uri->type, type) != 0)
		return stella_error(STELLA_USAGE, "%s: type=%s, expected type=%s", uri->path, uri->type, type);
	err = load_modules(uri->module);
	return err ? err : check_one(opening, *text, flags);
}

const struct stella_error *stella_token_read_cert(struct stella_buf *der, const struct stella_p11uri *uri)
{
	struct opening opening = { 0 };
	gnutls_pkcs11_obj_t object = NULL;
	gnutls_datum_t data = { 0 };
	const struct stella_error *err;
	char *text;
	int code;

	err = begin_public(&text, &opening, uri, "cert", GNUTLS_PKCS11_OBJ_FLAG_CRT);
	if (err)
		goto done;
	code = gnutls_pkcs11_obj_init(&object);
	if (code >= 0)
		code = gnutls_pkcs11_obj_import_url(object, text, 0);
	if (code >= 0)
		code = gnutls_pkcs11_obj_export2(object, &data);
	if (code < 0)
		err = failure(&opening, text, code);
	else if (data.size > CERTIFICATE_MAX)
		err = stella_error(STELLA_LIMIT, "%s: a certificate of %u bytes", text, data.size);
	else
		stella_buf_put(der, data.data, data.size);
done:
	gnutls_free(data.data);
	if (object)
		gnutls_pkcs11_obj_deinit(object);
	free(text);
	return err;
}

const struct stella_error *stella_token_read_public(struct stella_pubkey **out, const struct stella_p11uri *uri)
{
	struct opening opening = { 0 };
	gnutls_pubkey_t public = NULL;
	gnutls_datum_t der = { 0 };
	const struct stella_error *err;
	char *text;
	int code;

	*out = NULL;
	err = begin_public(&text, &opening, uri, "public", GNUTLS_PKCS11_OBJ_FLAG_PUBKEY);
	if (err)
		goto done;
	code = gnutls_pubkey_init(&public);
	if (code >= 0)
		code = gnutls_pubkey_import_url(public, text, 0);
	if (code >= 0)
		code = gnutls_pubkey_export2(public, GNUTLS_X509_FMT_DER, &der);
	err = code < 0 ? failure(&opening, text, code) : stella_pubkey_parse_spki(out, stella_span(der.data, der.size));
done:
	gnutls_free(der.data);
	if (public)
		gnutls_pubkey_deinit(public);
	free(text);
	return err;
}

/* ---------------------------------------------------------------- which tokens there are */

static void take_info(struct stella_buf *out, const char *uri, gnutls_pkcs11_token_info_t what)
{
	char text[512];
	size_t size = sizeof text;

	stella_buf_put_str(out, "");
	if (gnutls_pkcs11_token_get_info(uri, what, text, &size) >= 0)
		stella_buf_put_str(out, text);
}

const struct stella_error *stella_tokens_load(struct stella_tokens *out)
{
	const struct stella_error *err = load_modules(NULL);

	*out = (struct stella_tokens){ 0 };
	for (unsigned i = 0; !err && i < TOKENS_MAX; i++) {
		struct stella_token *one;
		char *uri = NULL;
		unsigned flags = 0;

		if (gnutls_pkcs11_token_get_url(i, GNUTLS_PKCS11_URL_GENERIC, &uri) < 0)
			break; /* there are no more */
		STELLA_GROW(out->items, out->count, out->cap);
		one = &out->items[out->count++];
		*one = (struct stella_token){ 0 };
		stella_buf_put_str(&one->uri, uri);
		take_info(&one->label, uri, GNUTLS_PKCS11_TOKEN_LABEL);
		take_info(&one->model, uri, GNUTLS_PKCS11_TOKEN_MODEL);
		take_info(&one->module, uri, GNUTLS_PKCS11_TOKEN_MODNAME);
		(void)gnutls_pkcs11_token_get_flags(uri, &flags);
		one->hardware = flags & GNUTLS_PKCS11_TOKEN_HW;
		one->certificates_only = flags & GNUTLS_PKCS11_TOKEN_TRUSTED;
		one->login = flags & GNUTLS_PKCS11_TOKEN_LOGIN_REQUIRED;
		one->locked = flags & GNUTLS_PKCS11_TOKEN_USER_PIN_LOCKED;
		gnutls_free(uri);
	}
	return err;
}

void stella_tokens_free(struct stella_tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++) {
		stella_buf_free(&tokens->items[i].uri);
		stella_buf_free(&tokens->items[i].label);
		stella_buf_free(&tokens->items[i].model);
		stella_buf_free(&tokens->items[i].module);
	}
	free(tokens->items);
	*tokens = (struct stella_tokens){ 0 };
}
