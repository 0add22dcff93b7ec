/* SPDX-License-Identifier: Apache-2.0 */
/*
 * librnp is loaded when the first OpenPGP member is met, not with the program: linking it costs 4.5 ms a start (Botan and
 * the C++ library), more than all of a warm run.
 */
#include <config.h>

#include "openpgp_internal.h"

#include <stdlib.h>
#include <string.h>

#define NEEDS "needs a stella built with OpenPGP (librnp, ./configure --with-rnp)"

#ifdef HAVE_RNP

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <rnp/rnp.h>
#include <rnp/rnp_err.h>
#include <unistd.h>

#include "encode.h"

#define FUNCTIONS(X) \
	X(rnp_version_string) X(rnp_buffer_destroy) X(rnp_ffi_create) X(rnp_ffi_destroy) \
	X(rnp_set_timestamp) X(rnp_input_from_memory) X(rnp_input_destroy) X(rnp_load_keys) X(rnp_get_public_key_count) \
	X(rnp_identifier_iterator_create) X(rnp_identifier_iterator_next) X(rnp_identifier_iterator_destroy) \
	X(rnp_locate_key) X(rnp_key_handle_destroy) X(rnp_key_is_primary) X(rnp_key_is_valid) X(rnp_key_is_revoked) \
	X(rnp_key_allows_usage) X(rnp_key_get_primary_fprint) \
	X(rnp_op_verify_detached_create) X(rnp_op_verify_execute) X(rnp_op_verify_destroy) \
	X(rnp_op_verify_get_signature_count) X(rnp_op_verify_get_signature_at) X(rnp_op_verify_signature_get_status) \
	X(rnp_op_verify_signature_get_key)

static struct {
	void *library;
#define X(name) __typeof__(name) *name;
	FUNCTIONS(X)
#undef X
} rnp;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load_library(void)
{
	void *library = dlopen(RNP_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	bool whole = library != NULL;

#define X(name) whole = whole && (rnp.name = (__typeof__(name) *)dlsym(library, #name)) != NULL;
	FUNCTIONS(X)
#undef X
	if (whole)
		rnp.library = library;
}

bool stella_openpgp_is_built(void)
{
	return true;
}

const char *stella_openpgp_version(void)
{
	pthread_once(&once, load_library);
	return rnp.library ? rnp.rnp_version_string() : "";
}

static const struct stella_error *need_library(void)
{
	pthread_once(&once, load_library);
	return rnp.library ? NULL : stella_error(STELLA_POLICY_UNSUPPORTED, "an OpenPGP key: " RNP_LIBRARY " cannot be loaded");
}

static const struct stella_error *failed(const char *what)
{
	return stella_error(STELLA_MALFORMED, "invalid OpenPGP: librnp %s", what);
}

/*
 * A librnp that was not built with NDEBUG (Debian's) logs to standard error, and nothing that it exports stops that.  What is
 * wrong is said by us; the lock is for other threads that ask the same, and for what is known.
 */
static pthread_mutex_t quiet = PTHREAD_MUTEX_INITIALIZER;

static int quiet_begin(void)
{
	int kept, null;

	pthread_mutex_lock(&quiet);
	kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null >= 0 && null != STDERR_FILENO) {
		dup2(null, STDERR_FILENO);
		close(null);
	}
	return kept;
}

static void quiet_end(int kept)
{
	if (kept >= 0) {
		dup2(kept, STDERR_FILENO);
		close(kept);
	} else {
		close(STDERR_FILENO); /* as it was */
	}
	pthread_mutex_unlock(&quiet);
}

/* ---------------------------------------------------------------- one use of the library */

/* A keyring of this certificate alone, at a time. */
static const struct stella_error *open_ring(rnp_ffi_t *out, struct stella_span cert, int64_t time)
{
	const struct stella_error *err = need_library();
	rnp_input_t input = NULL;

	*out = NULL;
	if (err)
		return err;
	if (rnp.rnp_ffi_create(out, "GPG", "GPG"))
		return stella_error(STELLA_SYSTEM, "librnp does not start");
	if (rnp.rnp_set_timestamp(*out, (uint64_t)time))
		err = stella_error(STELLA_SYSTEM, "librnp does not start");
	if (!err && (rnp.rnp_input_from_memory(&input, cert.data, cert.size, false) ||
	    rnp.rnp_load_keys(*out, "GPG", input, RNP_LOAD_SAVE_PUBLIC_KEYS)))
		err = failed("does not take the certificate");
	rnp.rnp_input_destroy(input);
	if (err) {
		rnp.rnp_ffi_destroy(*out);
		*out = NULL;
	}
	return err;
}

/* The fingerprints of all keys, and which is that of the primary key. */
static const struct stella_error *list_keys(struct stella_openpgp *cert, rnp_ffi_t ring)
{
	rnp_identifier_iterator_t each = NULL;
	const char *found = NULL;

	*cert->fingerprint = 0;
	if (rnp.rnp_identifier_iterator_create(ring, &each, "fingerprint"))
		return failed("does not list the keys");
	while (!rnp.rnp_identifier_iterator_next(each, &found) && found) {
		rnp_key_handle_t key = NULL;
		bool is_primary = false;
		char lower[FINGERPRINT_HEX + 1] = "";
		uint8_t bytes[FINGERPRINT];

		for (size_t i = 0; found[i] && i < FINGERPRINT_HEX; i++)
			lower[i] = (char)(found[i] | 0x20); /* of digits, that is set already */
		if (strlen(found) != FINGERPRINT_HEX || !stella_hex_fixed(bytes, sizeof bytes, stella_span_str(lower)))
			continue;
		stella_buf_put(&cert->fingerprints, bytes, sizeof bytes);
		if (!rnp.rnp_locate_key(ring, "fingerprint", found, &key) && key &&
		    !rnp.rnp_key_is_primary(key, &is_primary) && is_primary)
			memcpy(cert->fingerprint, found, sizeof cert->fingerprint);
		rnp.rnp_key_handle_destroy(key);
	}
	rnp.rnp_identifier_iterator_destroy(each);
	return *cert->fingerprint ? NULL : failed("finds no primary key");
}

/* ---------------------------------------------------------------- the key of a signature */

static const struct stella_error *judge_key(rnp_key_handle_t key)
{
	bool is_revoked = true, is_valid = false;

	if (rnp.rnp_key_is_revoked(key, &is_revoked) || is_revoked)
		return stella_error(STELLA_KEY_REVOKED, "the OpenPGP key is revoked");
	if (rnp.rnp_key_is_valid(key, &is_valid) || !is_valid)
		return stella_error(STELLA_KEY_EXPIRED, "the OpenPGP key had expired, or was not valid, when it says that it signed");
	return NULL;
}

/* The key and, for a subkey, what it belongs to. */
static const struct stella_error *judge_keys(rnp_ffi_t ring, rnp_key_handle_t key)
{
	const struct stella_error *err = judge_key(key);
	bool is_primary = false, may_sign = false;
	rnp_key_handle_t primary = NULL;
	char *fingerprint = NULL;

	if (!err && (rnp.rnp_key_allows_usage(key, "sign", &may_sign) || !may_sign))
		err = stella_error(STELLA_KEY_UNKNOWN, "the OpenPGP key is not for signing");
	if (err || (!rnp.rnp_key_is_primary(key, &is_primary) && is_primary))
		return err;
	if (rnp.rnp_key_get_primary_fprint(key, &fingerprint) || !fingerprint ||
	    rnp.rnp_locate_key(ring, "fingerprint", fingerprint, &primary) || !primary)
		err = stella_error(STELLA_KEY_UNKNOWN, "the OpenPGP subkey belongs to no primary key");
	if (!err)
		err = judge_key(primary);
	rnp.rnp_key_handle_destroy(primary);
	rnp.rnp_buffer_destroy(fingerprint);
	return err;
}

static const struct stella_error *judge_signature(rnp_ffi_t ring, rnp_op_verify_t op)
{
	rnp_op_verify_signature_t sig = NULL;
	const struct stella_error *err;
	rnp_key_handle_t key = NULL;
	rnp_result_t status;
	size_t count = 0;

	if (rnp.rnp_op_verify_get_signature_count(op, &count) || count != 1 ||
	    rnp.rnp_op_verify_get_signature_at(op, 0, &sig))
		return stella_error(STELLA_SIGNATURE_MISMATCH, "signature verification failed: librnp finds %zu OpenPGP signatures",
			count);
	status = rnp.rnp_op_verify_signature_get_status(sig);
	if (status == RNP_ERROR_KEY_NOT_FOUND || rnp.rnp_op_verify_signature_get_key(sig, &key) || !key)
		return stella_error(STELLA_KEY_UNKNOWN, "the OpenPGP signature is not by a key of this certificate");
	err = judge_keys(ring, key);
	if (!err && status != RNP_SUCCESS)
		err = stella_error(STELLA_SIGNATURE_MISMATCH, "signature verification failed: not an OpenPGP signature of these bytes");
	rnp.rnp_key_handle_destroy(key);
	return err;
}

static const struct stella_error *ask(const struct stella_openpgp *cert, struct stella_span signature,
	struct stella_span message, int64_t time)
{
	rnp_input_t data = NULL, detached = NULL;
	rnp_op_verify_t op = NULL;
	rnp_result_t status;
	rnp_ffi_t ring;
	const struct stella_error *err = open_ring(&ring, stella_buf_span(&cert->bytes), time);

	if (err)
		return err;
	if (rnp.rnp_input_from_memory(&data, message.data, message.size, false) ||
	    rnp.rnp_input_from_memory(&detached, signature.data, signature.size, false) ||
	    rnp.rnp_op_verify_detached_create(&op, ring, data, detached)) {
		err = stella_error(STELLA_SYSTEM, "librnp does not take the signature");
		goto done;
	}
	status = rnp.rnp_op_verify_execute(op);
	err = judge_signature(ring, op);
	if (!err && status != RNP_SUCCESS) /* both must say yes */
		err = stella_error(STELLA_SIGNATURE_MISMATCH, "signature verification failed: librnp refuses it (0x%08x)", status);
done:
	rnp.rnp_op_verify_destroy(op);
	rnp.rnp_input_destroy(detached);
	rnp.rnp_input_destroy(data);
	rnp.rnp_ffi_destroy(ring);
	return err;
}

static const struct stella_error *verify(const struct stella_openpgp *cert, struct stella_span signature,
	struct stella_span message, int64_t time)
{
	const struct stella_sha256 question = stella_openpgp_question(cert, signature, message);
	int kept = quiet_begin();
	const struct stella_error *err = NULL;

	if (!stella_openpgp_is_known(&question)) {
		err = ask(cert, signature, message, time);
		if (!err)
			stella_openpgp_keep(&question);
	}
	quiet_end(kept);
	return err;
}

/* At whatever time: a fingerprint has none. */
static const struct stella_error *load(struct stella_openpgp *cert)
{
	int kept = quiet_begin();
	const struct stella_error *err = NULL;
	rnp_ffi_t ring;

	if (stella_openpgp_find_keys(cert))
		goto done;
	err = open_ring(&ring, stella_buf_span(&cert->bytes), 1);
	if (err)
		goto done;
	err = list_keys(cert, ring);
	if (!err)
		stella_openpgp_keep_keys(cert);
	rnp.rnp_ffi_destroy(ring);
done:
	quiet_end(kept);
	return err;
}

#else

bool stella_openpgp_is_built(void)
{
	return false;
}

const char *stella_openpgp_version(void)
{
	return "";
}

static const struct stella_error *verify(const struct stella_openpgp *cert, struct stella_span signature,
	struct stella_span message, int64_t time)
{
	return stella_error(STELLA_POLICY_UNSUPPORTED, "an OpenPGP key " NEEDS);
}

static const struct stella_error *load(struct stella_openpgp *cert)
{
	return stella_error(STELLA_POLICY_UNSUPPORTED, "an OpenPGP key " NEEDS);
}

#endif

const struct stella_error *stella_openpgp_parse(struct stella_openpgp **out, struct stella_span cert)
{
	struct stella_openpgp *made = stella_alloc(sizeof *made);
	const struct stella_error *err;

	*out = NULL;
	err = stella_pgp_cert_parse(&made->keys, cert);
	if (err)
		goto done;
	stella_buf_put_span(&made->bytes, cert);
	made->id = stella_sha256(cert);
	err = load(made);
	if (err)
		goto done;
	*out = made;
	made = NULL;
done:
	stella_openpgp_free(made);
	return err;
}

void stella_openpgp_free(struct stella_openpgp *cert)
{
	if (!cert)
		return;
	stella_pgp_cert_free(&cert->keys);
	stella_buf_free(&cert->fingerprints);
	stella_buf_free(&cert->bytes);
	free(cert);
}

const char *stella_openpgp_fingerprint(const struct stella_openpgp *cert)
{
	return cert->fingerprint;
}

const char *stella_openpgp_user_id(const struct stella_openpgp *cert)
{
	return cert->keys.user_id;
}

const struct stella_pgp_cert *stella_openpgp_keys(const struct stella_openpgp *cert)
{
	return &cert->keys;
}

/* A key id is the end of a fingerprint.  Whomever the signature names, only librnp says yes, and it says so of no other. */
static bool is_named(const struct stella_openpgp *cert, const struct stella_pgp_signature *sig)
{
	for (size_t at = FINGERPRINT; at <= cert->fingerprints.size; at += FINGERPRINT) {
		const uint8_t *end = cert->fingerprints.data + at;

		if (!memcmp(end - sig->issuer_size, sig->issuer, sig->issuer_size) ||
		    (sig->has_key_id && !memcmp(end - sizeof sig->key_id, sig->key_id, sizeof sig->key_id)))
			return true;
	}
	return false;
}

const struct stella_error *stella_openpgp_verify(const struct stella_openpgp *cert, struct stella_span signature,
	struct stella_span message)
{
	struct stella_pgp_signature sig;
	const struct stella_error *err = stella_pgp_signature_parse(&sig, signature);

	if (!err && !is_named(cert, &sig))
		err = stella_error(STELLA_KEY_UNKNOWN, "the OpenPGP signature is not by a key of this certificate");
	return err ? err : verify(cert, signature, message, sig.created);
}
