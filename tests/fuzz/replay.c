/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target without a fuzzer: on each file of its corpus, on the beginnings of the file,
 * and on the file with single bytes changed.  `make check` does that with all of them.
 *
 *	replay [DIRECTORY...]	without one: $srcdir/tests/fuzz/corpus/<name of the program>
 *
 * To add the target `dsse`:
 * - tests/fuzz/dsse.c defines LLVMFuzzerTestOneInput (fuzz.h).  It parses what it gets, and where
 *   that succeeds it checks a property with must(): printed and parsed again it is the same, what
 *   the strict form takes the lax one takes, a reference agrees.  It keeps nothing between runs, and
 *   needs no file, clock, network or environment.
 * - tests/fuzz/corpus/dsse/ holds a few small files, good ones and bad ones, under telling names.
 * - Makefile.am, in its section for fuzz targets:
 *	FUZZ_TARGETS += tests/fuzz/dsse
 *	tests_fuzz_dsse_SOURCES = tests/fuzz/dsse.c $(FUZZ_MAIN)
 *	tests_fuzz_dsse_LDADD = $(FUZZ_LDADD)
 *
 * To fuzz: `./configure CC=clang --enable-fuzzing --enable-sanitizers && make fuzz`, then
 *	tests/fuzz/dsse -max_len=4096 -max_total_time=600 /tmp/found SRCDIR/tests/fuzz/corpus/dsse
 * What it finds: fix it, keep the input in the corpus under a telling name.
 */
#include <dirent.h>
#include <string.h>

#include "fuzz.h"

#define CHANGES 1000 /* of each kind and file, spread over it */

static unsigned long runs;

/* In memory of exactly that size, so that a sanitizer sees a read beyond its end. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *exact = stella_alloc(size);

	if (size)
		memcpy(exact, data, size);
	exact = size ? stella_realloc_array(exact, size, 1) : exact;
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	runs++;
}

static void run_changed(uint8_t *data, size_t size)
{
	size_t step = size / CHANGES + 1;

	run(data, size);
	for (size_t at = 0; at < size; at += step) {
		uint8_t old = data[at];

		run(data, at);
		data[at] = (uint8_t)(old ^ 1 << at % 8);
		run(data, size);
		data[at] = (uint8_t)(old + 1 + at);
		run(data, size);
		data[at] = old;
	}
}

static void replay_file(const char *path)
{
	struct stella_buf data = { 0 };
	uint8_t piece[4096];
	size_t got;
	FILE *f = fopen(path, "rb");

	if (!f) {
		perror(path);
		exit(2);
	}
	while ((got = fread(piece, 1, sizeof piece, f)) > 0)
		stella_buf_put(&data, piece, got);
	if (ferror(f)) {
		perror(path);
		exit(2);
	}
	fclose(f);
	run_changed(data.data, data.size);
	stella_buf_free(&data);
}

static unsigned replay_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	unsigned files = 0;

	if (!directory) {
		perror(path);
		exit(2);
	}
	while ((entry = readdir(directory))) {
		struct stella_buf name = { 0 };

		if (entry->d_name[0] == '.')
			continue;
		stella_buf_printf(&name, "%s/%s", path, entry->d_name);
		replay_file((char *)name.data);
		stella_buf_free(&name);
		files++;
	}
	closedir(directory);
	return files;
}

int main(int argc, char **argv)
{
	const char *source = getenv("srcdir"), *slash = strrchr(argv[0], '/'),
		   *name = slash ? slash + 1 : argv[0];
	struct stella_buf corpus = { 0 };
	unsigned files = 0;

	if (strncmp(name, "lt-", 3) == 0) /* as libtool runs it */
		name += 3;
	stella_buf_printf(&corpus, "%s/tests/fuzz/corpus/%s", source ? source : ".", name);
	for (int i = 1; i < argc; i++)
		files += replay_directory(argv[i]);
	if (argc < 2)
		files = replay_directory((char *)corpus.data);
	stella_buf_free(&corpus);
	printf("%s: %lu runs over %u files\n", name, runs, files);
	printf("%u passed, 0 failed\n", files);
	return files == 0;
}
