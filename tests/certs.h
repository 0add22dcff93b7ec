/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of tests/data/x509, for the tests that need some. */
#ifndef STELLA_TESTS_CERTS_H
#define STELLA_TESTS_CERTS_H

#include "data.h"
#include "encode.h"
#include "text.h"
#include "x509.h"

static inline struct stella_buf read_cert(const char *name)
{
	char file[128];

	snprintf(file, sizeof file, "%s.pem", name);
	return read_data("x509", file);
}

static inline struct stella_cert *load_cert(const char *name)
{
	struct stella_buf pem = read_cert(name);
	struct stella_cert *cert;

	assert_ok(stella_cert_parse_pem(&cert, stella_buf_span(&pem)));
	stella_buf_free(&pem);
	return cert;
}

static inline int64_t time_of(const char *text)
{
	int64_t time;

	assert_ok(stella_time_parse(&time, stella_span_str(text)));
	return time;
}

#endif
