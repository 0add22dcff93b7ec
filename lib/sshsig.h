/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSH signatures (OpenSSH PROTOCOL.sshsig; FIDO: PROTOCOL.u2f).  The signed message is rebuilt from
 * what the verifier expects (its namespace, its own digest of the data) and the fields received are
 * compared with it.  ssh-rsa (SHA-1), certificates, unknown hashes and trailing bytes are refused;
 * FIDO signatures need the user-presence flag, which ssh-keygen does not ask for.  Not here: who the key belongs to.
 */
#ifndef STELLA_SSHSIG_H
#define STELLA_SSHSIG_H

#include "pubkey.h"

struct stella_sshsig; /* a parsed claim */

/* The armour exactly: BEGIN line, base64 lines (of 64, 70 or 76), END line, and no more than its newline; CRLF is taken. */
const struct stella_error *stella_sshsig_parse(struct stella_sshsig **out, struct stella_span armored) STELLA_MUST_USE;
void stella_sshsig_free(struct stella_sshsig *sig);
const struct stella_pubkey *stella_sshsig_key(const struct stella_sshsig *sig); /* the key that it names */
struct stella_pubkey *stella_sshsig_take_key(struct stella_sshsig *sig); /* yours; sig has none any more */
/* NULL: that key signed exactly this message in this namespace. */
const struct stella_error *stella_sshsig_verify(const struct stella_sshsig *sig,
	const char *name_space, struct stella_span message) STELLA_MUST_USE;
/* Does a key of this type sign under this name ("rsa-sha2-256")?  Never "ssh-rsa", which is SHA-1. */
bool stella_sshsig_allows(enum stella_keytype type, struct stella_span name);

#endif
