/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSH signatures, as the armoured text and, so that a fuzzer gets past base64, as the bytes inside.  What
 * is parsed names a key that can be written and read again; it signs at most one message in one
 * namespace.
 */
#include "fuzz.h"

#include "encode.h"
#include "sshsig.h"

static void check_key(const struct stella_pubkey *key)
{
	struct stella_buf line = { 0 };
	struct stella_pubkey *again;

	stella_pubkey_print_ssh(&line, key);
	must(!stella_pubkey_parse_ssh_line(&again, stella_buf_span(&line)));
	must(stella_pubkey_equal(key, again));
	stella_pubkey_free(again);
	stella_buf_free(&line);
}

static bool verifies(const struct stella_sshsig *sig, const char *name_space, const char *message)
{
	const struct stella_error *err = stella_sshsig_verify(sig, name_space, stella_span_str(message));

	must(!err || err->code == STELLA_SIGNATURE_MISMATCH);
	return !err;
}

static void run(struct stella_span armored)
{
	const struct stella_error *err;
	struct stella_sshsig *sig;

	err = stella_sshsig_parse(&sig, armored);
	if (err) {
		must(!sig && (err->code == STELLA_MALFORMED || err->code == STELLA_ALGORITHM_UNSUPPORTED));
		return;
	}
	check_key(stella_sshsig_key(sig));
	if (verifies(sig, "git", "What was signed.\n")) {
		must(!verifies(sig, "git", "What was signed."));
		must(!verifies(sig, "file", "What was signed.\n"));
	}
	stella_sshsig_free(sig);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_buf armor = { 0 };

	run(stella_span(data, size));
	stella_pem_print(&armor, "SSH SIGNATURE", stella_span(data, size));
	run(stella_buf_span(&armor));
	stella_buf_free(&armor);
	return 0;
}
