/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BER to DER (ITU-T X.690 8.1.3.6), as far as tools that write while they read need it (libksba, and so gpgsm): a
 * value of indefinite length gets its length.  A length that is not minimal is refused here, where lengths are written
 * anew; what is not DER otherwise is copied, and left for stella_der_check to refuse, strings in pieces too.  RFC 5652
 * allows all of BER: no tool is known to write more than this.  Not here: what a value means.
 */
#ifndef STELLA_BER_H
#define STELLA_BER_H

#include "buf.h"

/* Exactly one value.  MALFORMED with the position; LIMIT where it is nested deeper than STELLA_DER_DEPTH. */
const struct stella_error *stella_ber_to_der(struct stella_buf *out, struct stella_span ber) STELLA_MUST_USE;

#endif
