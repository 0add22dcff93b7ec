/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What things cost without stella, to compare with:
 *   bare start              starts, initialises libgit2, ends
 *   bare verify ALG N T     N signature checks by GnuTLS on T threads; ALG ed25519, p256 or p384; prints milliseconds,
 *                           and those of the processor
 *   bare envelopes N        N unsigned DSSE envelopes about N artifacts, one a line
 *   bare time N CMD ARG...  runs a command N times; prints the median and the least milliseconds, and of those of the
 *                           processor, which others who work beside it change little
 */
#include <git2.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

extern char **environ;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double used(const struct rusage *r)
{
	return (double)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) * 1e3 + (double)(r->ru_utime.tv_usec + r->ru_stime.tv_usec) / 1e3;
}

static void must(int ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "bare: %s failed\n", what);
		exit(1);
	}
}

/* ---------------------------------------------------------------- signature checks */

#define SIGNED 64 /* different messages, of the size of a commit */
static gnutls_pubkey_t pubkey;
static gnutls_datum_t messages[SIGNED], signatures[SIGNED];
static gnutls_sign_algorithm_t alg;

struct part {
	pthread_t thread;
	long from, to;
};

static void *check_part(void *arg)
{
	const struct part *part = arg;

	for (long i = part->from; i < part->to; i++)
		must(gnutls_pubkey_verify_data2(pubkey, alg, 0, &messages[i % SIGNED], &signatures[i % SIGNED]) >= 0, "verify");
	return NULL;
}

static void make_key(const char *name)
{
	int ed25519 = !strcmp(name, "ed25519"), p384 = !strcmp(name, "p384");
	gnutls_privkey_t privkey;
	static unsigned char text[SIGNED][600];

	must(!gnutls_privkey_init(&privkey) && !gnutls_pubkey_init(&pubkey), "init");
	must(!gnutls_privkey_generate(privkey, ed25519 ? GNUTLS_PK_EDDSA_ED25519 : GNUTLS_PK_ECDSA,
		ed25519 ? 0 : GNUTLS_CURVE_TO_BITS(p384 ? GNUTLS_ECC_CURVE_SECP384R1 : GNUTLS_ECC_CURVE_SECP256R1), 0), "generate");
	must(!gnutls_pubkey_import_privkey(pubkey, privkey, 0, 0), "import");
	alg = ed25519 ? GNUTLS_SIGN_EDDSA_ED25519 : p384 ? GNUTLS_SIGN_ECDSA_SHA384 : GNUTLS_SIGN_ECDSA_SHA256;
	for (int i = 0; i < SIGNED; i++) {
		memset(text[i], 'a' + i % 26, sizeof text[i]);
		messages[i] = (gnutls_datum_t){ text[i], sizeof text[i] };
		must(!gnutls_privkey_sign_data2(privkey, alg, 0, &messages[i], &signatures[i]), "sign");
	}
}

static int verify(const char *name, long count, long threads)
{
	struct part parts[64];
	struct rusage before, after;
	double start;

	must(threads >= 1 && threads <= 64 && count >= 1, "arguments");
	make_key(name);
	getrusage(RUSAGE_SELF, &before);
	start = now();
	for (long i = 0; i < threads; i++) {
		parts[i].from = count * i / threads;
		parts[i].to = count * (i + 1) / threads;
		must(!pthread_create(&parts[i].thread, NULL, check_part, &parts[i]), "thread");
	}
	for (long i = 0; i < threads; i++)
		pthread_join(parts[i].thread, NULL);
	start = now() - start;
	getrusage(RUSAGE_SELF, &after);
	printf("%.3f %.3f\n", start, used(&after) - used(&before));
	return 0;
}

/* ---------------------------------------------------------------- commands */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int run_times(long count, char **argv)
{
	double *times = calloc((size_t)count, sizeof *times), *cpu = calloc((size_t)count, sizeof *cpu);
	posix_spawn_file_actions_t actions;

	must(times && cpu && count >= 1, "arguments");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	for (long i = 0; i < count; i++) {
		double start = now();
		struct rusage usage;
		int status;
		pid_t pid;

		must(!posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ), "spawn");
		must(wait4(pid, &status, 0, &usage) == pid, "wait");
		must(WIFEXITED(status) && WEXITSTATUS(status) == 0, argv[0]);
		times[i] = now() - start;
		cpu[i] = used(&usage);
	}
	qsort(times, (size_t)count, sizeof *times, by_value);
	qsort(cpu, (size_t)count, sizeof *cpu, by_value);
	printf("%.3f %.3f %.3f %.3f\n", times[count / 2], times[0], cpu[count / 2], cpu[0]);
	free(times);
	free(cpu);
	return 0;
}

/* ---------------------------------------------------------------- something to store */

static int envelopes(long count)
{
	for (long i = 0; i < count; i++) {
		char payload[512], hex[65];
		unsigned char digest[32];
		gnutls_datum_t text = { (unsigned char *)payload, 0 }, base64;

		must(!gnutls_hash_fast(GNUTLS_DIG_SHA256, &i, sizeof i, digest), "hash");
		for (int k = 0; k < 32; k++)
			snprintf(hex + 2 * k, 3, "%02x", digest[k]);
		text.size = (unsigned)snprintf(payload, sizeof payload,
			"{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"a\",\"digest\":{\"sha256\":"
			"\"%s\"}}],\"predicateType\":\"https://example.org/t\",\"predicate\":{}}", hex);
		must(!gnutls_base64_encode2(&text, &base64), "base64");
		printf("{\"payload\":\"%.*s\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[{\"sig\":\"AAAA\"}]}\n",
			(int)base64.size, base64.data);
		gnutls_free(base64.data);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "start"))
		return git_libgit2_init() < 0;
	if (argc == 5 && !strcmp(argv[1], "verify"))
		return verify(argv[2], atol(argv[3]), atol(argv[4]));
	if (argc == 3 && !strcmp(argv[1], "envelopes"))
		return envelopes(atol(argv[2]));
	if (argc >= 4 && !strcmp(argv[1], "time"))
		return run_times(atol(argv[2]), argv + 3);
	fprintf(stderr, "usage: bare start | verify ALG N THREADS | envelopes N | time N COMMAND...\n");
	return 2;
}
