/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys that everybody may know, by the names of the trust model's members, and SSH
 * signatures with them as ssh-keygen writes them.  Written apart from lib/sshsig.c on purpose.
 */
#ifndef STELLA_TESTS_TESTKEYS_H
#define STELLA_TESTS_TESTKEYS_H

#include "buf.h"

#define TEST_KEY_COUNT 10 /* a1 a2 b1 b2 c1 c2 d1 m1 m2 x1; b1 ECDSA P-256, b2 P-384, c1 RSA 2048 */

const char *testkey_name(size_t i);
size_t testkey_find(const char *name);        /* must be one */
const char *testkey_line(size_t i);           /* "ssh-ed25519 AAAA..." */
size_t testkey_of_line(const char *line);     /* TEST_KEY_COUNT: none of them */
/* The armoured SSHSIG over message in namespace "git". */
void testkey_sign(struct stella_buf *armored, size_t i, struct stella_span message);
/* A whole signed commit: the headers and message of payload with its gpgsig header. */
void testkey_sign_commit(struct stella_buf *out, size_t i, struct stella_span payload);
void testkey_put_signature(struct stella_buf *out, struct stella_span payload, struct stella_span armored);

#endif
