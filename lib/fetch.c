/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "encode.h"

#define HEADERS_MAX (64u << 10)

/* ---------------------------------------------------------------- the library */

#define FUNCTIONS(X) X(curl_global_init) X(curl_easy_init) X(curl_easy_setopt) X(curl_easy_perform) \
	X(curl_easy_getinfo) X(curl_easy_cleanup) X(curl_easy_strerror)
#undef curl_easy_setopt /* with a check of types that knows the name alone */
#undef curl_easy_getinfo
static struct {
#define X(name) __typeof__(name) *name;
	FUNCTIONS(X)
#undef X
} curl;

static const struct stella_error *load(void)
{
	static const char *const names[] = { "libcurl-gnutls.so.4", "libcurl.so.4" }; /* one interface, two TLS libraries */
	static void *library; /* stays */

	if (library)
		return NULL;
	for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++)
		library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return stella_error(STELLA_SYSTEM, "libcurl, without which nothing is fetched, cannot be loaded: %s", dlerror());
#define X(name) \
	*(void **)&curl.name = dlsym(library, #name); \
	if (!curl.name) \
		return stella_error(STELLA_SYSTEM, "libcurl has no " #name);
	FUNCTIONS(X)
#undef X
	if (curl.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return stella_error(STELLA_SYSTEM, "libcurl cannot be initialised");
	return NULL;
}

/* ---------------------------------------------------------------- what comes in */

struct answer {
	struct stella_buf *out;
	size_t start, max, header_bytes;
	bool too_long, encoded;
};

static size_t take_body(char *data, size_t one, size_t size, void *context)
{
	struct answer *answer = context;

	if (size > answer->max - (answer->out->size - answer->start)) {
		answer->too_long = true;
		return 0;
	}
	stella_buf_put(answer->out, data, size);
	return size;
}

/* Nothing is ever unpacked, so that a few bytes stay a few bytes; 0 ends the transfer. */
static size_t take_header(char *data, size_t one, size_t size, void *context)
{
	static const char name[] = "content-encoding:";
	struct answer *answer = context;
	struct stella_span value;

	answer->header_bytes += size;
	if (answer->header_bytes > HEADERS_MAX) {
		answer->too_long = true;
		return 0;
	}
	if (size < strlen(name) || strncasecmp(data, name, strlen(name)) != 0)
		return size;
	value = stella_span(data + strlen(name), size - strlen(name));
	while (value.size && memchr(" \t\r\n", value.data[value.size - 1], 4))
		value.size--;
	while (value.size && memchr(" \t", value.data[0], 2))
		value = stella_span(value.data + 1, value.size - 1);
	answer->encoded = value.size && !stella_span_is(value, "identity");
	return answer->encoded ? 0 : size;
}

/* ---------------------------------------------------------------- one request */

#define SET(option, value) \
	do { \
		if (curl.curl_easy_setopt(handle, (option), (value)) != CURLE_OK) \
			return stella_error(STELLA_SYSTEM, "libcurl does not know " #option); \
	} while (0)

static const struct stella_error *set_tls(CURL *handle, const struct stella_fetch_options *options)
{
	struct stella_buf pin = { 0 };
	CURLcode code;

	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (options->cacert) {
		SET(CURLOPT_CAINFO, options->cacert);
		SET(CURLOPT_CAPATH, (char *)NULL);
	}
	if (!options->pin)
		return NULL;
	stella_buf_put_str(&pin, "sha256//");
	stella_base64_print(&pin, stella_span(options->pin, 32));
	code = curl.curl_easy_setopt(handle, CURLOPT_PINNEDPUBLICKEY, (char *)pin.data);
	stella_buf_free(&pin);
	return code == CURLE_OK ? NULL : stella_error(STELLA_SYSTEM, "libcurl does not pin keys");
}

static const struct stella_error *set_up(CURL *handle, const char *url, const struct stella_fetch_options *options,
	struct answer *answer, long left_ms)
{
	SET(CURLOPT_URL, url);
	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L); /* we look at each before we go */
	SET(CURLOPT_PROXY, options->proxy ? options->proxy : ""); /* "": none, whatever the environment says */
	SET(CURLOPT_NOPROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_USERAGENT, "stella");
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT, (long)STELLA_FETCH_CONNECT_SECONDS);
	SET(CURLOPT_TIMEOUT_MS, left_ms);
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)options->max);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, (void *)answer);
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_HEADERDATA, (void *)answer);
	return set_tls(handle, options);
}

static const struct stella_error *failure(CURLcode code, const struct answer *answer, const char *detail)
{
	if (answer->encoded)
		return stella_error(STELLA_SYSTEM, "the server compressed its answer, which was not asked for");
	if (answer->too_long || code == CURLE_FILESIZE_EXCEEDED)
		return stella_error(STELLA_LIMIT, "the answer is longer than %zu bytes", answer->max);
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return stella_error(STELLA_SYSTEM, "no whole answer in time (%s)", *detail ? detail : "timeout");
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return stella_error(STELLA_SYSTEM, "the server has another key than the one that is pinned");
	default:
		return stella_error(STELLA_SYSTEM, "%s", *detail ? detail : curl.curl_easy_strerror(code));
	}
}

/* What a status other than 200 means; *next gets where a redirect leads. */
static const struct stella_error *judge_status(char **next, CURL *handle, long status)
{
	const char *to = NULL;

	switch (status) {
	case 200:
		return NULL;
	case 301: case 302: case 303: case 307: case 308:
		if (curl.curl_easy_getinfo(handle, CURLINFO_REDIRECT_URL, &to) != CURLE_OK || !to)
			return stella_error(STELLA_SYSTEM, "HTTP status %ld without a place to go", status);
		*next = stella_strdup(to);
		return NULL;
	case 404: case 410:
		return stella_error(STELLA_NOT_FOUND, "HTTP status %ld: nothing is there", status);
	default:
		return stella_error(STELLA_SYSTEM, "HTTP status %ld, expected 200", status);
	}
}

/* *left_ms: for this and all that follow it. */
static const struct stella_error *get(struct stella_buf *out, char **next, long *left_ms, const char *url,
	const struct stella_fetch_options *options)
{
	char detail[CURL_ERROR_SIZE] = "";
	struct answer answer = { .out = out, .start = out->size, .max = options->max };
	CURL *handle = curl.curl_easy_init();
	const struct stella_error *err;
	curl_off_t taken = 0;
	long status = 0;
	CURLcode code;

	if (!handle)
		return stella_error(STELLA_SYSTEM, "libcurl makes no handle");
	err = set_up(handle, url, options, &answer, *left_ms);
	if (err)
		goto done;
	(void)curl.curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail);
	code = curl.curl_easy_perform(handle);
	(void)curl.curl_easy_getinfo(handle, CURLINFO_TOTAL_TIME_T, &taken);
	*left_ms -= (long)(taken / 1000);
	if (*left_ms < 1)
		*left_ms = 1; /* 0 would be for ever */
	if (code != CURLE_OK)
		err = failure(code, &answer, detail);
	else if (curl.curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
		err = stella_error(STELLA_SYSTEM, "no HTTP status");
	else
		err = judge_status(next, handle, status);
done:
	curl.curl_easy_cleanup(handle);
	return err;
}

/* ---------------------------------------------------------------- all of it */

/* Who may answer for this host was decided for this host alone. */
static const struct stella_error *check_redirect(const char *from, const char *to)
{
	struct stella_url a, b;
	const struct stella_error *err = stella_url_parse(&a, from);

	if (!err)
		err = stella_url_parse(&b, to);
	if (err || !stella_url_same_origin(&a, &b))
		return stella_error(STELLA_SYSTEM, "redirected to \"%.512s\", which is another origin and not followed: "
			"record that URL as key directory if it is right", to);
	return NULL;
}

const struct stella_error *stella_fetch(struct stella_buf *out, const char *url, const struct stella_fetch_options *options)
{
	struct stella_url parsed;
	const size_t start = out->size;
	long left_ms = (options->seconds ? options->seconds : STELLA_FETCH_SECONDS) * 1000L;
	char *at = stella_strdup(url);
	const struct stella_error *err = stella_url_parse(&parsed, url);

	if (!err && parsed.file)
		err = stella_error(STELLA_MALFORMED, "URL \"%.256s\": expected https://...", url);
	if (!err)
		err = load();
	for (unsigned i = 0; !err; i++) {
		char *next = NULL;

		err = get(out, &next, &left_ms, at, options);
		if (err || !next)
			break;
		out->size = start; /* what came with the redirect */
		err = i == STELLA_FETCH_REDIRECTS ? stella_error(STELLA_SYSTEM, "redirected more than %d times", STELLA_FETCH_REDIRECTS) :
			check_redirect(url, next);
		free(at);
		at = next;
	}
	free(at);
	return err;
}
