/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys in ssh-agent (draft-miller-ssh-agent): which it offers, and a raw signature by one, turned into the
 * form that is wanted outside SSH.  The agent is this user's own, and still what it says is bounded and checked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "der.h"
#include "signer_internal.h"

#define MESSAGE_MAX (256u << 10) /* what OpenSSH's agent takes */
#define KEYS_MAX 1000
#define WAIT_SECONDS 120         /* for a person to confirm, or to touch something */

enum { /* section 5.1 */
	AGENT_FAILURE = 5, REQUEST_IDENTITIES = 11, IDENTITIES_ANSWER = 12, SIGN_REQUEST = 13, SIGN_RESPONSE = 14,
};
enum { RSA_SHA2_256 = 2, RSA_SHA2_512 = 4 }; /* section 5.3 */

/* ---------------------------------------------------------------- talking */

static const struct stella_error *dial(int *out)
{
	const char *path = getenv("SSH_AUTH_SOCK");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = WAIT_SECONDS };
	int fd;

	*out = -1;
	if (!path || !*path)
		return stella_error(STELLA_NOT_FOUND, "ssh-agent: none is running here (SSH_AUTH_SOCK is not set): "
			"eval \"$(ssh-agent)\" && ssh-add");
	if (strlen(path) >= sizeof address.sun_path)
		return stella_error(STELLA_SYSTEM, "ssh-agent: the path in SSH_AUTH_SOCK is too long");
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return stella_error_errno("ssh-agent");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) != 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		const struct stella_error *err = stella_error_errno("ssh-agent at %s", path);

		close(fd);
		return err;
	}
	*out = fd;
	return NULL;
}

static const struct stella_error *broken(void)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return stella_error(STELLA_HELPER, "ssh-agent: no answer in %d seconds", WAIT_SECONDS);
	return stella_error_errno("ssh-agent");
}

static const struct stella_error *send_all(int fd, struct stella_span bytes)
{
	while (bytes.size) {
		ssize_t n = send(fd, bytes.data, bytes.size, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return broken();
		bytes = stella_span(bytes.data + n, bytes.size - (size_t)n);
	}
	return NULL;
}

static const struct stella_error *receive(struct stella_buf *out, int fd, size_t size)
{
	uint8_t piece[4096];

	while (size) {
		ssize_t n = recv(fd, piece, size < sizeof piece ? size : sizeof piece, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return broken();
		if (n == 0)
			return stella_error(STELLA_HELPER, "ssh-agent: closed the connection in the middle of its answer");
		stella_buf_put(out, piece, (size_t)n);
		size -= (size_t)n;
	}
	return NULL;
}

/* One question, and the answer without its length. */
static const struct stella_error *ask(struct stella_buf *answer, struct stella_span question)
{
	struct stella_buf framed = { 0 }, header = { 0 };
	struct stella_cursor c;
	const struct stella_error *err;
	uint32_t size = 0;
	int fd;

	if (question.size > MESSAGE_MAX)
		return stella_error(STELLA_LIMIT, "ssh-agent takes at most %u bytes to sign: use a key file or a token", MESSAGE_MAX);
	stella_buf_put_string(&framed, question);
	err = dial(&fd);
	if (!err)
		err = send_all(fd, stella_buf_span(&framed));
	if (!err)
		err = receive(&header, fd, 4);
	if (err)
		goto done;
	c = stella_cursor(stella_buf_span(&header));
	if (!stella_cursor_u32(&c, &size) || size == 0 || size > MESSAGE_MAX) {
		err = stella_error(STELLA_HELPER, "ssh-agent: an answer of %u bytes", size);
		goto done;
	}
	err = receive(answer, fd, size);
done:
	if (fd >= 0)
		close(fd);
	stella_buf_free(&framed);
	stella_buf_free(&header);
	return err;
}

/* ---------------------------------------------------------------- which keys */

static const struct stella_error *add_key(struct stella_agent_keys *out, struct stella_cursor *c)
{
	struct stella_span blob, comment;
	struct stella_agent_key *one;
	const struct stella_error *err;

	if (!stella_cursor_string(c, &blob) || !stella_cursor_string(c, &comment))
		return stella_error(STELLA_HELPER, "ssh-agent: a list of keys that is cut off");
	STELLA_GROW(out->items, out->count, out->cap);
	one = &out->items[out->count++];
	*one = (struct stella_agent_key){ 0 };
	stella_buf_put_str(&one->comment, "");
	stella_buf_put_span(&one->comment, comment);
	err = stella_pubkey_parse_ssh(&one->key, blob);
	if (err) /* certificates, DSA and what else is there: listed, never used */
		snprintf(one->why, sizeof one->why, "%s", err->message);
	return NULL;
}

const struct stella_error *stella_agent_load(struct stella_agent_keys *out)
{
	static const uint8_t question[] = { REQUEST_IDENTITIES };
	struct stella_buf answer = { 0 };
	struct stella_cursor c;
	uint32_t count = 0;
	uint8_t kind = 0;
	const struct stella_error *err = ask(&answer, stella_span(question, sizeof question));

	*out = (struct stella_agent_keys){ 0 };
	if (err)
		goto done;
	c = stella_cursor(stella_buf_span(&answer));
	if (!stella_cursor_u8(&c, &kind) || kind != IDENTITIES_ANSWER || !stella_cursor_u32(&c, &count)) {
		err = stella_error(STELLA_HELPER, "ssh-agent: does not say which keys it has (answer %u)", kind);
		goto done;
	}
	if (count > KEYS_MAX)
		err = stella_error(STELLA_LIMIT, "ssh-agent: %u keys, at most %d are looked at", count, KEYS_MAX);
	for (uint32_t i = 0; i < count && !err; i++)
		err = add_key(out, &c);
	if (!err && c.left)
		err = stella_error(STELLA_HELPER, "ssh-agent: bytes after its list of keys");
done:
	if (err)
		stella_agent_free(out);
	stella_buf_free(&answer);
	return err;
}

void stella_agent_free(struct stella_agent_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++) {
		stella_pubkey_free(keys->items[i].key);
		stella_buf_free(&keys->items[i].comment);
	}
	free(keys->items);
	*keys = (struct stella_agent_keys){ 0 };
}

/* ---------------------------------------------------------------- signing */

/* SSH fixes the hash by the curve (RFC 5656 6.2.1), has no PSS and no SHA-384 with RSA (RFC 8332). */
static bool agent_makes(enum stella_keytype type, enum stella_sigalg alg)
{
	switch (type) {
	case STELLA_KEY_ED25519:
		return alg == STELLA_SIG_ED25519;
	case STELLA_KEY_P256:
		return alg == STELLA_SIG_ECDSA_SHA256;
	case STELLA_KEY_P384:
		return alg == STELLA_SIG_ECDSA_SHA384;
	case STELLA_KEY_P521:
		return alg == STELLA_SIG_ECDSA_SHA512;
	case STELLA_KEY_RSA:
		return alg == STELLA_SIG_RSA_SHA256 || alg == STELLA_SIG_RSA_SHA512;
	default:
		return false;
	}
}

/* RFC 5656 3.1.2: two mpints; outside SSH they stand in a SEQUENCE. */
static bool put_ecdsa(struct stella_buf *sig, struct stella_span numbers)
{
	struct stella_cursor c = stella_cursor(numbers);
	struct stella_buf inside = { 0 };
	struct stella_span r, s;

	if (!stella_cursor_string(&c, &r) || !stella_cursor_string(&c, &s) || c.left)
		return false;
	stella_der_put_uint(&inside, r);
	stella_der_put_uint(&inside, s);
	stella_der_put(sig, STELLA_DER_SEQUENCE, stella_buf_span(&inside));
	stella_buf_free(&inside);
	return true;
}

/* RFC 8332 3: a modulus' size, but OpenSSH leaves zeros out in front in what it makes for some keys. */
static void put_rsa(struct stella_buf *sig, const struct stella_pubkey *key, struct stella_span number)
{
	size_t size = (stella_pubkey_bits(key) + 7) / 8;

	for (size_t i = number.size; i < size; i++)
		stella_buf_put_u8(sig, 0);
	stella_buf_put_span(sig, number);
}

static const struct stella_error *convert(struct stella_buf *sig, const struct stella_pubkey *key,
	enum stella_sigalg alg, struct stella_span answer)
{
	struct stella_cursor c = stella_cursor(answer), inside;
	struct stella_span whole, name, raw;
	const char *wanted = stella_keytype_ssh(stella_pubkey_type(key));
	uint8_t kind = 0;

	if (alg == STELLA_SIG_RSA_SHA256 || alg == STELLA_SIG_RSA_SHA512)
		wanted = alg == STELLA_SIG_RSA_SHA256 ? "rsa-sha2-256" : "rsa-sha2-512";
	if (!stella_cursor_u8(&c, &kind) || kind == AGENT_FAILURE)
		return stella_error(STELLA_HELPER, "ssh-agent: refused to sign (locked, not confirmed, or the key is gone)");
	if (kind != SIGN_RESPONSE || !stella_cursor_string(&c, &whole) || c.left)
		return stella_error(STELLA_HELPER, "ssh-agent: no signature in its answer (%u)", kind);
	inside = stella_cursor(whole);
	if (!stella_cursor_string(&inside, &name) || !stella_cursor_string(&inside, &raw) || inside.left)
		return stella_error(STELLA_HELPER, "ssh-agent: a signature that is cut off");
	if (!stella_span_is(name, wanted))
		return stella_error(STELLA_HELPER, "ssh-agent: signed with \"%.*s\", expected \"%s\"",
			(int)(name.size < 64 ? name.size : 64), (const char *)name.data, wanted);
	switch (stella_pubkey_type(key)) {
	case STELLA_KEY_ED25519:
		stella_buf_put_span(sig, raw);
		return NULL;
	case STELLA_KEY_RSA:
		put_rsa(sig, key, raw);
		return NULL;
	default:
		return put_ecdsa(sig, raw) ? NULL : stella_error(STELLA_HELPER, "ssh-agent: not r and s of ECDSA");
	}
}

static const struct stella_error *agent_sign(struct stella_buf *sig, const struct stella_signer *signer,
	enum stella_sigalg alg, struct stella_span message)
{
	struct stella_buf question = { 0 }, answer = { 0 };
	const struct stella_error *err;

	stella_buf_put_u8(&question, SIGN_REQUEST);
	stella_buf_put_string(&question, stella_pubkey_ssh(signer->public));
	stella_buf_put_string(&question, message);
	stella_buf_put_u32(&question, alg == STELLA_SIG_RSA_SHA256 ? RSA_SHA2_256 :
		alg == STELLA_SIG_RSA_SHA512 ? RSA_SHA2_512 : 0);
	err = ask(&answer, stella_buf_span(&question));
	if (!err)
		err = convert(sig, signer->public, alg, stella_buf_span(&answer));
	stella_buf_free(&question);
	stella_buf_free(&answer);
	return err;
}

const struct stella_signer_kind stella_signer_of_agent = { "ssh-agent", agent_makes, agent_sign, NULL };

/* ---------------------------------------------------------------- one of its keys */

static bool is_named(const struct stella_agent_key *one, const char *name)
{
	struct stella_buf fingerprint = { 0 };
	bool same;

	if (!one->key)
		return false;
	stella_pubkey_print_fingerprint(&fingerprint, one->key);
	same = stella_span_is(stella_buf_span(&fingerprint), name);
	stella_buf_free(&fingerprint);
	return same;
}

/* WebAuthn signs the authenticator's flags and counter too, and a DSSE signature has no place for them. */
static const struct stella_error *refuse_fido(const struct stella_pubkey *key)
{
	if (!stella_keytype_is_fido(stella_pubkey_type(key)))
		return NULL;
	return stella_error(STELLA_ALGORITHM_UNSUPPORTED, "algorithm not supported: a FIDO key signs commits and approvals, "
		"no attestations: its signature holds flags and a counter, for which DSSE has no place");
}

const struct stella_error *stella_signer_open_agent(struct stella_signer **out, const char *fingerprint)
{
	struct stella_agent_keys keys;
	struct stella_signer *signer = NULL;
	const struct stella_error *err;

	*out = NULL;
	if (strncmp(fingerprint, "SHA256:", 7) != 0 || strlen(fingerprint) != 7 + 43)
		return stella_error(STELLA_USAGE, "ssh-agent:%s: expected ssh-agent:SHA256:... as ssh-add -l prints it", fingerprint);
	err = stella_agent_load(&keys);
	if (err)
		return err;
	for (size_t i = 0; i < keys.count && !err && !signer; i++) {
		if (!is_named(&keys.items[i], fingerprint))
			continue;
		err = refuse_fido(keys.items[i].key);
		if (err)
			break;
		signer = stella_signer_new(&stella_signer_of_agent);
		signer->public = keys.items[i].key;
		keys.items[i].key = NULL;
	}
	if (!err && !signer)
		err = stella_error(STELLA_NOT_FOUND, "ssh-agent: has no key %s among its %zu (ssh-add -l; a locked agent shows none)",
			fingerprint, keys.count);
	*out = signer;
	stella_agent_free(&keys);
	return err;
}

const struct stella_error *stella_signer_open_agent_key(struct stella_signer **out, struct stella_span line)
{
	struct stella_buf fingerprint = { 0 };
	struct stella_pubkey *key = NULL;
	const struct stella_error *err = stella_pubkey_parse_ssh_line(&key, line);

	*out = NULL;
	if (!err)
		err = refuse_fido(key);
	if (!err) {
		stella_pubkey_print_fingerprint(&fingerprint, key);
		err = stella_signer_open_agent(out, (const char *)fingerprint.data);
	}
	stella_buf_free(&fingerprint);
	stella_pubkey_free(key);
	return err;
}
