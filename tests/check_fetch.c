/* SPDX-License-Identifier: Apache-2.0 */
/* What needs no server; servers of all kinds are in tests/cli/issuer_keys_fetch.sh. */
#include <stdio.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#include "check.h"
#include "fetch.h"

static const struct stella_fetch_options options = { .max = 1000, .seconds = 2 };

START_TEST(what_is_no_https_url_is_refused_before_anything_is_opened)
{
	static const char *const urls[] = { "http://127.0.0.1/", "file:///etc/hostname", "https://u:p@127.0.0.1/", "ftp://a/", "" };

	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct stella_buf out = { 0 };

		assert_code(stella_fetch(&out, urls[i], &options), STELLA_MALFORMED);
		ck_assert_uint_eq(out.size, 0);
	}
}
END_TEST

/* A port that was just free: nobody listens there, or somebody listens who never answers. */
static int listen_somewhere(char url[64])
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	snprintf(url, 64, "https://127.0.0.1:%u/", ntohs(address.sin_port));
	return fd;
}

START_TEST(nobody_there_and_nobody_who_answers_are_errors_of_the_system)
{
	struct stella_buf out = { 0 };
	char url[64];
	int fd = listen_somewhere(url);

	assert_code(stella_fetch(&out, url, &options), STELLA_SYSTEM); /* after two seconds */
	close(fd);
	assert_code(stella_fetch(&out, url, &options), STELLA_SYSTEM);
	ck_assert_uint_eq(out.size, 0);
}
END_TEST

START_TEST(the_environment_sets_no_proxy)
{
	struct stella_buf out = { 0 };
	char proxy[64], url[64];
	struct timeval wait = { .tv_usec = 100000 };
	int fd = listen_somewhere(proxy), closed = listen_somewhere(url), seen;

	close(closed);
	setenv("https_proxy", proxy + 8, 1);
	setenv("HTTPS_PROXY", proxy + 8, 1);
	setenv("ALL_PROXY", proxy + 8, 1);
	assert_code(stella_fetch(&out, url, &options), STELLA_SYSTEM);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	seen = accept(fd, NULL, NULL);
	ck_assert_msg(seen < 0, "the proxy of the environment was asked");
	close(fd);
}
END_TEST

static void fill(TCase *tcase)
{
	tcase_add_test(tcase, what_is_no_https_url_is_refused_before_anything_is_opened);
	tcase_add_test(tcase, nobody_there_and_nobody_who_answers_are_errors_of_the_system);
	tcase_add_test(tcase, the_environment_sets_no_proxy);
}

CHECK_MAIN("fetch", fill)
