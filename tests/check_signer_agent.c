/* SPDX-License-Identifier: Apache-2.0 */
/* Against an agent that answers what a test wants; the real one is in tests/cli/agent.sh. */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data.h"
#include "encode.h"
#include "signer.h"

static char folder[] = "/tmp/stella-agent-XXXXXX";
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static pid_t agent = -1;

static void stop(void)
{
	if (agent <= 0)
		return;
	kill(agent, SIGKILL); /* check hands SIGTERM on to the whole group */
	waitpid(agent, NULL, 0);
	agent = -1;
	unlink(address.sun_path);
}

/* Answers each connection with the next of these, whatever it is asked. */
static void start(const struct stella_buf *answers, size_t count)
{
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	stop();
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(listener, 5), 0);
	agent = fork();
	ck_assert_int_ge(agent, 0);
	if (agent == 0) {
		for (size_t i = 0; i < count; i++) {
			int fd = accept(listener, NULL, NULL);
			char asked[4096];

			if (read(fd, asked, sizeof asked) < 0 ||
			    write(fd, answers[i].data, answers[i].size) != (ssize_t)answers[i].size)
				_exit(1);
			close(fd);
		}
		_exit(0);
	}
	close(listener);
}

static void set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
	setenv("SSH_AUTH_SOCK", address.sun_path, 1);
}

static void tear_down(void)
{
	stop();
	rmdir(folder);
}

static struct stella_buf frame(struct stella_buf *message)
{
	struct stella_buf framed = { 0 };

	stella_buf_put_string(&framed, stella_buf_span(message));
	stella_buf_free(message);
	return framed;
}

/* IDENTITIES_ANSWER of these blobs. */
static struct stella_buf list_of(const struct stella_buf *blobs, size_t count)
{
	struct stella_buf message = { 0 };

	stella_buf_put_u8(&message, 12);
	stella_buf_put_u32(&message, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		stella_buf_put_string(&message, stella_buf_span(&blobs[i]));
		stella_buf_put_string(&message, stella_span_str("a comment"));
	}
	return frame(&message);
}

static struct stella_buf answer_of(uint8_t kind, const char *name, struct stella_span raw)
{
	struct stella_buf message = { 0 }, sig = { 0 };

	stella_buf_put_u8(&message, kind);
	stella_buf_put_string(&sig, stella_span_str(name));
	stella_buf_put_string(&sig, raw);
	if (kind == 14)
		stella_buf_put_string(&message, stella_buf_span(&sig));
	stella_buf_free(&sig);
	return frame(&message);
}

static struct stella_signer *key_file(const char *name)
{
	struct stella_buf pem = read_data("signer", name);
	struct stella_signer *signer;

	assert_ok(stella_signer_parse(&signer, stella_buf_span(&pem), NULL, NULL));
	stella_buf_free(&pem);
	return signer;
}

static void fingerprint_of(char out[64], const struct stella_pubkey *key)
{
	struct stella_buf text = { 0 };

	stella_pubkey_print_fingerprint(&text, key);
	snprintf(out, 64, "%s", (char *)text.data);
	stella_buf_free(&text);
}

static struct stella_buf copy(struct stella_span span)
{
	struct stella_buf out = { 0 };

	stella_buf_put_span(&out, span);
	return out;
}

/* Signs by an agent that answers with name and raw; the key is that of the file. */
static const struct stella_error *sign_by(struct stella_buf *sig, const char *file, enum stella_sigalg alg, uint8_t kind,
	const char *name, struct stella_span raw)
{
	struct stella_signer *real = key_file(file), *signer;
	struct stella_buf blob = copy(stella_pubkey_ssh(stella_signer_key(real)));
	struct stella_buf answers[2] = { list_of(&blob, 1), answer_of(kind, name, raw) };
	const struct stella_error *err;
	char fingerprint[64];

	fingerprint_of(fingerprint, stella_signer_key(real));
	start(answers, 2);
	assert_ok(stella_signer_open_agent(&signer, fingerprint));
	ck_assert(stella_pubkey_equal(stella_signer_key(signer), stella_signer_key(real)));
	err = stella_signer_sign(sig, signer, alg, stella_span_str("a message"));
	stella_signer_free(signer);
	stella_signer_free(real);
	stella_buf_free(&blob);
	stella_buf_free(&answers[0]);
	stella_buf_free(&answers[1]);
	return err;
}

START_TEST(a_raw_signature_becomes_what_is_wanted_outside_ssh)
{
	struct stella_signer *real = key_file("ed25519.pem");
	struct stella_buf sig = { 0 }, made = { 0 };

	assert_ok(stella_signer_sign(&sig, real, STELLA_SIG_ED25519, stella_span_str("a message")));
	assert_ok(sign_by(&made, "ed25519.pem", STELLA_SIG_ED25519, 14, "ssh-ed25519", stella_buf_span(&sig)));
	ck_assert(stella_span_equal(stella_buf_span(&made), stella_buf_span(&sig)));
	stella_signer_free(real);
	stella_buf_free(&sig);
	stella_buf_free(&made);
	real = key_file("rsa2048.pem");
	assert_ok(stella_signer_sign(&sig, real, STELLA_SIG_RSA_SHA512, stella_span_str("a message")));
	assert_ok(sign_by(&made, "rsa2048.pem", STELLA_SIG_RSA_SHA512, 14, "rsa-sha2-512", stella_buf_span(&sig)));
	ck_assert(stella_span_equal(stella_buf_span(&made), stella_buf_span(&sig)));
	stella_signer_free(real);
	stella_buf_free(&sig);
	stella_buf_free(&made);
}
END_TEST

/* r and s as mpints, from DER: both short and with a zero in front. */
START_TEST(mpints_become_der)
{
	struct stella_signer *real = key_file("p256.pem");

	for (unsigned i = 0; i < 20; i++) {
		struct stella_buf sig = { 0 }, made = { 0 }, numbers = { 0 };
		struct stella_cursor c;
		struct stella_span part;
		uint8_t skipped;

		assert_ok(stella_signer_sign(&sig, real, STELLA_SIG_ECDSA_SHA256, stella_span_str("a message")));
		c = stella_cursor(stella_buf_span(&sig));
		ck_assert(stella_cursor_take(&c, 2, &part)); /* SEQUENCE of under 128 bytes */
		for (unsigned n = 0; n < 2; n++) {
			ck_assert(stella_cursor_u8(&c, &skipped) && stella_cursor_u8(&c, &skipped));
			ck_assert(stella_cursor_take(&c, skipped, &part));
			stella_buf_put_string(&numbers, part); /* an INTEGER's content is an mpint's */
		}
		assert_ok(sign_by(&made, "p256.pem", STELLA_SIG_ECDSA_SHA256, 14, "ecdsa-sha2-nistp256", stella_buf_span(&numbers)));
		ck_assert(stella_span_equal(stella_buf_span(&made), stella_buf_span(&sig)));
		stella_buf_put_u8(&numbers, 0);
		stella_buf_free(&made);
		assert_code(sign_by(&made, "p256.pem", STELLA_SIG_ECDSA_SHA256, 14, "ecdsa-sha2-nistp256", stella_buf_span(&numbers)),
			STELLA_HELPER);
		ck_assert_uint_eq(made.size, 0);
		stella_buf_free(&sig);
		stella_buf_free(&numbers);
	}
	stella_signer_free(real);
}
END_TEST

START_TEST(an_agent_that_refuses_or_lies_signs_nothing)
{
	struct stella_signer *real = key_file("ed25519.pem");
	struct stella_buf good = { 0 }, sig = { 0 };
	uint8_t zero[64] = { 0 };

	assert_ok(stella_signer_sign(&good, real, STELLA_SIG_ED25519, stella_span_str("a message")));
	assert_code(sign_by(&sig, "ed25519.pem", STELLA_SIG_ED25519, 5, "", stella_span(NULL, 0)), STELLA_HELPER);
	assert_code(sign_by(&sig, "ed25519.pem", STELLA_SIG_ED25519, 6, "", stella_span(NULL, 0)), STELLA_HELPER);
	assert_code(sign_by(&sig, "ed25519.pem", STELLA_SIG_ED25519, 14, "ssh-rsa", stella_buf_span(&good)), STELLA_HELPER);
	assert_code(sign_by(&sig, "ed25519.pem", STELLA_SIG_ED25519, 14, "ssh-ed25519", stella_span(zero, 64)),
		STELLA_INTERNAL);
	assert_code(sign_by(&sig, "rsa2048.pem", STELLA_SIG_RSA_SHA256, 14, "ssh-rsa", stella_span(zero, 64)), STELLA_HELPER);
	ck_assert_uint_eq(sig.size, 0);
	stella_buf_free(&good);
	stella_signer_free(real);
}
END_TEST

START_TEST(what_ssh_cannot_make_is_refused_before_the_agent_is_asked)
{
	struct stella_buf sig = { 0 };
	struct stella_span none = { 0 };

	assert_code(sign_by(&sig, "rsa2048.pem", STELLA_SIG_PSS_SHA256, 14, "x", none), STELLA_ALGORITHM_UNSUPPORTED);
	assert_code(sign_by(&sig, "rsa2048.pem", STELLA_SIG_RSA_SHA384, 14, "x", none), STELLA_ALGORITHM_UNSUPPORTED);
	assert_code(sign_by(&sig, "p256.pem", STELLA_SIG_ECDSA_SHA384, 14, "x", none), STELLA_ALGORITHM_UNSUPPORTED);
	assert_code(sign_by(&sig, "ed25519.pem", STELLA_SIG_ED25519PH, 14, "x", none), STELLA_ALGORITHM_UNSUPPORTED);
}
END_TEST

START_TEST(a_broken_list_of_keys_is_refused)
{
	static const struct { const char *bytes; size_t size; enum stella_code code; } lists[] = {
		{ "", 0, STELLA_HELPER },
		{ "\0\0", 2, STELLA_HELPER },
		{ "\0\0\0\0", 4, STELLA_HELPER },
		{ "\xff\xff\xff\xff\x0c", 5, STELLA_HELPER },
		{ "\0\0\0\1\5", 5, STELLA_HELPER },
		{ "\0\0\0\5\x0c\0\0\0\1", 9, STELLA_HELPER },
		{ "\0\0\0\5\x0c\xff\xff\xff\xff", 9, STELLA_LIMIT },
		{ "\0\0\0\6\x0c\0\0\0\0x", 10, STELLA_HELPER },
		{ "\0\0\0\5\x0c\0\0\0", 8, STELLA_HELPER },
	};

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct stella_buf answer = copy(stella_span(lists[i].bytes, lists[i].size));
		struct stella_agent_keys keys;

		start(&answer, 1);
		assert_code(stella_agent_load(&keys), lists[i].code);
		ck_assert(!keys.items);
		stella_buf_free(&answer);
	}
}
END_TEST

START_TEST(keys_that_cannot_be_used_are_listed_and_not_found)
{
	struct stella_buf blobs[3] = { 0 }, answers[2], line = { 0 };
	struct stella_agent_keys keys;
	struct stella_signer *real = key_file("ed25519.pem"), *signer;
	char fingerprint[64];

	stella_buf_put_string(&blobs[0], stella_span_str("ssh-dss"));
	stella_buf_put_span(&blobs[1], stella_pubkey_ssh(stella_signer_key(real)));
	stella_buf_put_str(&blobs[2], "garbage");
	answers[0] = list_of(blobs, 3);
	start(answers, 1);
	assert_ok(stella_agent_load(&keys));
	ck_assert_uint_eq(keys.count, 3);
	ck_assert(!keys.items[0].key && strstr(keys.items[0].why, "ssh-dss"));
	ck_assert(keys.items[1].key && !*keys.items[1].why);
	ck_assert(!keys.items[2].key);
	assert_span_is(stella_buf_span(&keys.items[0].comment), "a comment");
	stella_agent_free(&keys);
	stella_buf_free(&answers[0]);

	answers[0] = list_of(blobs, 1);
	fingerprint_of(fingerprint, stella_signer_key(real));
	start(answers, 1);
	assert_code(stella_signer_open_agent(&signer, fingerprint), STELLA_NOT_FOUND);
	start(answers, 1);
	stella_pubkey_print_ssh(&line, stella_signer_key(real));
	assert_code(stella_signer_open_agent_key(&signer, stella_buf_span(&line)), STELLA_NOT_FOUND);
	assert_code(stella_signer_open_agent(&signer, "SHA256:short"), STELLA_USAGE);
	assert_code(stella_signer_open_agent(&signer, "MD5:d4:1d"), STELLA_USAGE);
	stella_buf_free(&answers[0]);
	stella_buf_free(&line);
	for (size_t i = 0; i < 3; i++)
		stella_buf_free(&blobs[i]);
	stella_signer_free(real);
}
END_TEST

START_TEST(a_fido_key_makes_no_dsse_signature)
{
	struct stella_buf blob = { 0 }, answer, line = { 0 };
	struct stella_pubkey *key;
	struct stella_signer *signer;
	char fingerprint[64];

	stella_buf_put_string(&blob, stella_span_str("sk-ssh-ed25519@openssh.com"));
	{
		struct stella_signer *real = key_file("ed25519.pem");
		struct stella_span ssh = stella_pubkey_ssh(stella_signer_key(real));

		stella_buf_put_string(&blob, stella_span(ssh.data + ssh.size - 32, 32));
		stella_signer_free(real);
	}
	stella_buf_put_string(&blob, stella_span_str("ssh:"));
	assert_ok(stella_pubkey_parse_ssh(&key, stella_buf_span(&blob)));
	fingerprint_of(fingerprint, key);
	stella_pubkey_print_ssh(&line, key);
	answer = list_of(&blob, 1);
	start(&answer, 1);
	assert_code(stella_signer_open_agent(&signer, fingerprint), STELLA_ALGORITHM_UNSUPPORTED);
	ck_assert_ptr_null(signer);
	assert_code(stella_signer_open_agent_key(&signer, stella_buf_span(&line)), STELLA_ALGORITHM_UNSUPPORTED);
	stella_buf_free(&answer);
	stella_buf_free(&blob);
	stella_buf_free(&line);
	stella_pubkey_free(key);
}
END_TEST

START_TEST(without_an_agent_it_says_how_to_have_one)
{
	struct stella_agent_keys keys;

	unsetenv("SSH_AUTH_SOCK");
	assert_code(stella_agent_load(&keys), STELLA_NOT_FOUND);
	setenv("SSH_AUTH_SOCK", "", 1);
	assert_code(stella_agent_load(&keys), STELLA_NOT_FOUND);
	setenv("SSH_AUTH_SOCK", "/nonexistent/socket", 1);
	assert_code(stella_agent_load(&keys), STELLA_SYSTEM);
}
END_TEST

static void fill(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_raw_signature_becomes_what_is_wanted_outside_ssh);
	tcase_add_test(tcase, mpints_become_der);
	tcase_add_test(tcase, an_agent_that_refuses_or_lies_signs_nothing);
	tcase_add_test(tcase, what_ssh_cannot_make_is_refused_before_the_agent_is_asked);
	tcase_add_test(tcase, a_broken_list_of_keys_is_refused);
	tcase_add_test(tcase, keys_that_cannot_be_used_are_listed_and_not_found);
	tcase_add_test(tcase, a_fido_key_makes_no_dsse_signature);
	tcase_add_test(tcase, without_an_agent_it_says_how_to_have_one);
}

CHECK_MAIN("signer_agent", fill)
