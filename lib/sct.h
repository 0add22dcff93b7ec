/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed certificate timestamps embedded in a certificate (RFC 6962 3.2 to 3.4): the precertificate is rebuilt and each SCT
 * verified by log and window.  Milliseconds and extensions are kept as signed.
 */
#ifndef STELLA_SCT_H
#define STELLA_SCT_H

#include "trustroot.h"

#define STELLA_SCTS_MAX 32

/*
 * NULL: at least threshold different logs of ctlogs vouch for the certificate that issuer's key issued;
 * *logs (may be NULL) is how many do.  CHAIN_INVALID with the first reason why one does not; LIMIT.
 */
const struct stella_error *stella_sct_verify(const struct stella_cert *cert, const struct stella_cert *issuer,
	const struct stella_log *ctlogs, size_t ctlog_count, unsigned threshold, size_t *logs) STELLA_MUST_USE;

#endif
