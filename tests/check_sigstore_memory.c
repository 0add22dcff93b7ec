/* SPDX-License-Identifier: Apache-2.0 */
/*
 * D14: the n-th allocation fails, for every n: verifying a bundle then ends the process, and is never a verdict of its
 * own, not even a no: src/memory.c, which is everybody's malloc here as in the command.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sigstorekit.h"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || !defined __GLIBC__
#define REPLACED 0
#else
#define REPLACED 1
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static long left = -1; /* allocations until one fails; negative: none does */

static bool fails(void)
{
	if (left < 0 || left-- > 0)
		return false;
	errno = ENOMEM;
	return true;
}

static void *some_malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

static void *some_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

static void *some_realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

/* The command's own, over these. */
#define __libc_malloc some_malloc
#define __libc_calloc some_calloc
#define __libc_realloc some_realloc
#include "../src/memory.c"
#endif

#define OUT_OF_MEMORY 7

#if REPLACED
/* The status of one verification, of root and bundle as texts, whose allocation n fails; 0: verified. */
static int verify(struct stella_span root_text, struct stella_span bundle_text, const struct sk_parts *parts, long n)
{
	struct stella_sha256 sha256 = stella_sha256(stella_buf_span(&parts->artifact));
	const struct stella_sigstore_thresholds thresholds = { 1, 1, 1, INT64_MAX };
	struct stella_sigstore_result result = { 0 };
	struct stella_trustroot *root = NULL;
	struct stella_bundle *bundle = NULL;
	struct stella_json *json = NULL;
	struct stella_digest digest;
	char hex[STELLA_SHA256_HEX];
	const struct stella_sigstore_artifact artifact = { .digests = &digest, .count = 1 };
	const struct stella_error *err;

	stella_out_of_memory = out_of_memory;
	stella_sha256_hex(hex, &sha256);
	left = n;
	err = stella_digest_parse(&digest, hex);
	if (!err)
		err = stella_trustroot_parse(&root, root_text);
	if (!err)
		err = stella_json_parse(&json, bundle_text);
	if (!err)
		err = stella_bundle_parse(&bundle, json);
	if (!err)
		err = stella_sigstore_verify(&result, bundle, root, NULL, &artifact, &thresholds);
	if (left >= 0) /* it had more than it needs */
		return err ? 99 : 0;
	if (err)
		fprintf(stderr, "allocation %ld: %s: %s\n", n, stella_code_word(err->code), err->message);
	return err ? (int)stella_code_exit(err->code) : 98;
}

static int run(const struct stella_buf *root, const struct stella_buf *bundle, const struct sk_parts *parts, long n)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stderr)) /* one line each */
			_exit(97);
		_exit(verify(stella_buf_span(root), stella_buf_span(bundle), parts, n));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

static void try_shape(struct sk *sk, const struct sk_shape *shape, long step)
{
	struct kit_key key = KIT_P256;
	struct sk_parts parts;
	struct stella_json *document = sk_make(sk, shape, &key, "a", &parts), *root_json = sk_root(sk);
	struct stella_buf root = { 0 }, bundle = { 0 };
	long n, ended = 0;
	int status = -1;

	stella_json_print(&root, root_json, STELLA_JSON_LINE);
	stella_json_print(&bundle, document, STELLA_JSON_LINE);
	for (n = 0; status != 0; n += step) {
		status = run(&root, &bundle, &parts, n);
		ck_assert_msg(status == 0 || status == OUT_OF_MEMORY, "%s: allocation %ld fails: status %d", shape->name, n, status);
		ended += status == OUT_OF_MEMORY;
	}
	ck_assert_int_gt(ended, 1000 / step);
	stella_buf_free(&root);
	stella_buf_free(&bundle);
	stella_json_free(root_json);
	stella_json_free(document);
	sk_parts_free(&parts);
	kit_key_free(&key);
}
#endif

START_TEST(no_memory_is_no_verdict)
{
#if REPLACED
	struct sk sk;

	sk_open(&sk);
	for (size_t i = 0; i < sk_shape_count; i += 2)
		if (!sk_shapes[i].key)
			try_shape(&sk, &sk_shapes[i], 23);
	sk_close(&sk);
#else
	puts("# NOT RUN: allocation cannot be replaced in this build");
#endif
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, no_memory_is_no_verdict);
}
CHECK_MAIN("sigstore_memory", fill)
