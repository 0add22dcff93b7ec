/* SPDX-License-Identifier: Apache-2.0 */
#include "algorithms.h"

#include <stdio.h>
#include <string.h>

#include "der.h"
#include "encode.h"
#include "rawkey.h"
#include "sshsig.h"
#include "x509.h"

#define COUNT(rows) (sizeof (rows) / sizeof *(rows))

const char *stella_algorithm_use_name(enum stella_algorithm_use use)
{
	static const char *const names[] = {
		[STELLA_USE_ATTESTATION] = "attestation", [STELLA_USE_COMMIT] = "commit",
		[STELLA_USE_CERTIFICATE] = "certificate", [STELLA_USE_KEY] = "key",
	};

	return names[use];
}

static void take_answer(struct stella_algorithm *out, const struct stella_error *err)
{
	out->verify = !err;
	snprintf(out->why, sizeof out->why, "%s", err ? err->message : "");
}

/* ---------------------------------------------------------------- attestations */

static void ask_sigalg(struct stella_algorithm *out, enum stella_sigalg alg)
{
	out->use = STELLA_USE_ATTESTATION;
	out->name = stella_sigalg_name(alg);
	out->is_sigalg = true;
	out->alg = alg;
	for (unsigned type = 0; type < STELLA_KEYTYPES; type++)
		out->verify |= out->types[type] = stella_keytype_allows(type, alg);
}

/* ---------------------------------------------------------------- commits */

static const char *const ssh_names[] = { /* what ssh -Q sig and older versions of it print */
	"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-256",
	"rsa-sha2-512", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", "ssh-rsa",
};

static void put_rsa_key(struct stella_buf *out, unsigned bits, uint8_t exponent)
{
	struct stella_keyform form = { .type = STELLA_KEY_RSA };
	struct stella_buf modulus = { 0 };

	for (unsigned i = 0; i < bits / 8; i++)
		stella_buf_put_u8(&modulus, 0xff);
	form.modulus = stella_buf_span(&modulus);
	form.exponent = stella_span(&exponent, 1);
	stella_keyform_print_ssh(out, &form);
	stella_buf_free(&modulus);
}

/* What the parser says of an SSH signature under this name by an RSA key: of ssh-rsa, that it is SHA-1. */
static const struct stella_error *parse_rsa_sshsig(const char *name)
{
	struct stella_buf key = { 0 }, inside = { 0 }, blob = { 0 }, armored = { 0 };
	struct stella_sshsig *sig = NULL;
	const struct stella_error *err;

	put_rsa_key(&key, STELLA_RSA_BITS_MIN, 3);
	stella_buf_put_string(&inside, stella_span_str(name));
	stella_buf_put_string(&inside, stella_span_str("signature"));
	stella_buf_put_str(&blob, "SSHSIG");
	stella_buf_put_u32(&blob, 1);
	stella_buf_put_string(&blob, stella_buf_span(&key));
	stella_buf_put_string(&blob, stella_span_str("git"));
	stella_buf_put_string(&blob, stella_span_str(""));
	stella_buf_put_string(&blob, stella_span_str("sha512"));
	stella_buf_put_string(&blob, stella_buf_span(&inside));
	stella_pem_print(&armored, "SSH SIGNATURE", stella_buf_span(&blob));
	err = stella_sshsig_parse(&sig, stella_buf_span(&armored));
	stella_sshsig_free(sig);
	stella_buf_free(&key);
	stella_buf_free(&inside);
	stella_buf_free(&blob);
	stella_buf_free(&armored);
	return err;
}

static void ask_ssh(struct stella_algorithm *out, const char *name)
{
	out->use = STELLA_USE_COMMIT;
	out->name = name;
	for (unsigned type = 0; type < STELLA_KEYTYPES; type++)
		out->verify |= out->types[type] = stella_sshsig_allows(type, stella_span_str(name));
	if (!out->verify)
		take_answer(out, parse_rsa_sshsig(name));
}

/* ---------------------------------------------------------------- certificates */

#define BYTES(text) { (const uint8_t *)(text), sizeof(text) - 1 }
#define OID_PKCS1 "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"
static const struct {
	const char *name;
	struct stella_span der;
} certificate_algs[] = { /* RFC 3279 2.2: what old certificates are signed with; RFC 8410 3 */
	{ "sha1WithRSAEncryption", BYTES(OID_PKCS1 "\x05\x05\x00") },
	{ "md5WithRSAEncryption", BYTES(OID_PKCS1 "\x04\x05\x00") },
	{ "ecdsa-with-SHA1", BYTES("\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x04\x01") },
	{ "id-Ed448", BYTES("\x30\x05\x06\x03\x2b\x65\x71") },
};

static void ask_certificate(struct stella_algorithm *out, size_t i)
{
	out->use = STELLA_USE_CERTIFICATE;
	out->name = certificate_algs[i].name;
	out->verify = stella_cert_sigalg_find(&out->alg, certificate_algs[i].der);
	if (!out->verify)
		snprintf(out->why, sizeof out->why, "algorithm not supported: a certificate signed with %s", out->name);
}

/* ---------------------------------------------------------------- keys */

#define EC .algorithm = BYTES("\x2a\x86\x48\xce\x3d\x02\x01")
struct key_probe {
	const char *name;
	struct stella_span algorithm, parameters; /* identifiers of a SubjectPublicKeyInfo */
	const char *ssh;                          /* or a type of SSH key */
	unsigned rsa_bits;                        /* or an RSA key */
	uint8_t rsa_exponent;
};
static const struct key_probe key_probes[] = {
	{ "RSA 1024", .rsa_bits = 1024, .rsa_exponent = 3 },
	{ "RSA 2040", .rsa_bits = STELLA_RSA_BITS_MIN - 8, .rsa_exponent = 3 },
	{ "RSA 16392", .rsa_bits = STELLA_RSA_BITS_MAX + 8, .rsa_exponent = 3 },
	{ "RSA, exponent 1", .rsa_bits = STELLA_RSA_BITS_MIN, .rsa_exponent = 1 },
	{ "RSASSA-PSS key", .algorithm = BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a") },
	{ "DSA", .algorithm = BYTES("\x2a\x86\x48\xce\x38\x04\x01") },
	{ "ssh-dss", .ssh = "ssh-dss" },
	{ "Ed448", .algorithm = BYTES("\x2b\x65\x71") },
	{ "secp256k1", EC, .parameters = BYTES("\x2b\x81\x04\x00\x0a") },
	{ "P-224", EC, .parameters = BYTES("\x2b\x81\x04\x00\x21") },
	{ "brainpoolP256r1", EC, .parameters = BYTES("\x2b\x24\x03\x03\x02\x08\x01\x01\x07") },
	{ "SM2", EC, .parameters = BYTES("\x2a\x81\x1c\xcf\x55\x01\x82\x2d") },
	{ "ML-DSA-44", .algorithm = BYTES("\x60\x86\x48\x01\x65\x03\x04\x03\x11") },
	{ "ML-DSA-65", .algorithm = BYTES("\x60\x86\x48\x01\x65\x03\x04\x03\x12") },
	{ "ML-DSA-87", .algorithm = BYTES("\x60\x86\x48\x01\x65\x03\x04\x03\x13") },
	{ "SSH certificate", .ssh = "ssh-ed25519-cert-v01@openssh.com" },
};

static void put_spki(struct stella_buf *out, const struct key_probe *probe)
{
	struct stella_buf algorithm = { 0 }, content = { 0 };

	stella_der_put(&algorithm, STELLA_DER_OID, probe->algorithm);
	if (probe->parameters.size)
		stella_der_put(&algorithm, STELLA_DER_OID, probe->parameters);
	stella_der_put(&content, STELLA_DER_SEQUENCE, stella_buf_span(&algorithm));
	stella_der_put(&content, STELLA_DER_BIT_STRING, stella_span("\0key", 4));
	stella_der_put(out, STELLA_DER_SEQUENCE, stella_buf_span(&content));
	stella_buf_free(&algorithm);
	stella_buf_free(&content);
}

static void ask_key(struct stella_algorithm *out, const struct key_probe *probe)
{
	struct stella_pubkey *key = NULL;
	struct stella_buf form = { 0 };
	const struct stella_error *err;

	out->use = STELLA_USE_KEY;
	out->name = probe->name;
	if (probe->algorithm.size) {
		put_spki(&form, probe);
		err = stella_pubkey_parse_spki(&key, stella_buf_span(&form));
	} else {
		if (probe->ssh)
			stella_buf_put_string(&form, stella_span_str(probe->ssh));
		else
			put_rsa_key(&form, probe->rsa_bits, probe->rsa_exponent);
		err = stella_pubkey_parse_ssh(&key, stella_buf_span(&form));
	}
	take_answer(out, err);
	stella_pubkey_free(key);
	stella_buf_free(&form);
}

/* ---------------------------------------------------------------- all of them */

bool stella_algorithm_at(struct stella_algorithm *out, size_t i)
{
	*out = (struct stella_algorithm){ 0 };
	if (i < STELLA_SIG_COUNT) {
		ask_sigalg(out, (enum stella_sigalg)i);
		return true;
	}
	i -= STELLA_SIG_COUNT;
	if (i < COUNT(ssh_names)) {
		ask_ssh(out, ssh_names[i]);
		return true;
	}
	i -= COUNT(ssh_names);
	if (i < COUNT(certificate_algs)) {
		ask_certificate(out, i);
		return true;
	}
	i -= COUNT(certificate_algs);
	if (i >= COUNT(key_probes))
		return false;
	ask_key(out, &key_probes[i]);
	return true;
}
