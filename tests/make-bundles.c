/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make-bundles DIR COUNT SHAPE [email]: good bundles of our own instance: DIR/root.json, DIR/key.pub (of the first), and for
 * each bundle DIR/N.json, DIR/N.txt, DIR/N.pub (its key) and a line of DIR/batch.jsonl.  SHAPE is a name of sigstorekit.c;
 * email: the identity, which is a URI, stands there as an email address.  Prints identity and issuer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sigstorekit.h"

static void write_file(const char *dir, const char *name, struct stella_span bytes)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f || fwrite(bytes.data, 1, bytes.size, f) != bytes.size || fclose(f)) {
		perror(path);
		exit(1);
	}
}

static void write_json(const char *dir, const char *name, const struct stella_json *v)
{
	struct stella_buf text = { 0 };

	stella_json_print(&text, v, STELLA_JSON_LINE);
	write_file(dir, name, stella_buf_span(&text));
	stella_buf_free(&text);
}

static const struct sk_shape *shape;

static void write_bundle(struct stella_buf *lines, struct sk *sk, const char *dir, long i)
{
	struct stella_json *line = stella_json_new_object(), *bundle;
	struct sk_parts parts;
	char name[64];
	struct kit_key key = KIT_P256; /* as Fulcio: a key for each signature */

	snprintf(name, sizeof name, "%ld", i);
	bundle = sk_make(sk, shape, &key, name, &parts);
	snprintf(name, sizeof name, "%ld.json", i);
	write_json(dir, name, bundle);
	stella_json_set_text(line, "bundle", name);
	snprintf(name, sizeof name, "%ld.txt", i);
	write_file(dir, name, stella_buf_span(&parts.artifact));
	stella_json_set_text(line, "artifact", name);
	stella_json_print(lines, line, STELLA_JSON_LINE);
	stella_buf_put_u8(lines, '\n');
	snprintf(name, sizeof name, "%ld.pub", i);
	write_file(dir, name, stella_span_str(key.pem));
	if (i == 1)
		write_file(dir, "key.pub", stella_span_str(key.pem));
	stella_json_free(line);
	stella_json_free(bundle);
	sk_parts_free(&parts);
	kit_key_free(&key);
}

static char **arguments;

/* A test, for the assertions of the kit need one around them. */
START_TEST(make)
{
	struct stella_buf lines = { 0 };
	struct stella_json *root;
	struct sk sk;

	sk_open(&sk);
	sk.leaf.as_email = arguments[4] != NULL;
	root = sk_root(&sk);
	write_json(arguments[1], "root.json", root);
	for (long i = 1; i <= atol(arguments[2]); i++)
		write_bundle(&lines, &sk, arguments[1], i);
	write_file(arguments[1], "batch.jsonl", stella_buf_span(&lines));
	printf("%s %s\n", SK_IDENTITY, SK_ISSUER);
	stella_json_free(root);
	stella_buf_free(&lines);
	sk_close(&sk);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("make-bundles");
	TCase *tests = tcase_create("all");
	SRunner *runner;
	int failed;

	for (size_t i = 0; (argc == 4 || argc == 5) && i < sk_shape_count; i++)
		if (strcmp(sk_shapes[i].name, argv[3]) == 0)
			shape = &sk_shapes[i];
	if (!shape) {
		fputs("usage: make-bundles DIR COUNT SHAPE [email]\n", stderr);
		return 2;
	}
	arguments = argv;
	tcase_add_test(tests, make);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
