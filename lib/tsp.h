/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 3161 timestamp tokens (RFC 5652 SignedData, RFC 5035 ESSCertIDv2, RFC 5816): one signer, imprint over the given
 * bytes, the authority's chain at genTime with the one critical EKU timeStamping.  Time is what the token says, never
 * the clock.  SHA-2 only.  Not here: the nonce, which is for who asked; accuracy, policy and the name of the authority,
 * which are read and not judged; when an authority was in service.
 */
#ifndef STELLA_TSP_H
#define STELLA_TSP_H

#include "x509.h"

#define STELLA_TSP_MAX 65536 /* bytes of a token */

struct stella_tsp;
/*
 * A TimeStampResp with status granted, or a bare TimeStampToken.  MALFORMED, LIMIT; TIMESTAMP_INVALID where
 * the status is another.
 */
const struct stella_error *stella_tsp_parse(struct stella_tsp **out, struct stella_span der) STELLA_MUST_USE;
void stella_tsp_free(struct stella_tsp *token);
int64_t stella_tsp_claimed_time(const struct stella_tsp *token); /* genTime, seconds; a fraction is cut off */
/*
 * NULL: the token was signed over these bytes by an authority whose certificate is embedded or among known, and
 * chains at genTime to one of roots through known or embedded ones; *time is genTime.  TIMESTAMP_INVALID; LIMIT.
 */
const struct stella_error *stella_tsp_verify(const struct stella_tsp *token, struct stella_span message,
	const struct stella_cert *const *roots, size_t root_count,
	const struct stella_cert *const *known, size_t known_count, int64_t *time) STELLA_MUST_USE;
/* The same, and by no other certificate than signer; NULL: any. */
const struct stella_error *stella_tsp_verify_signer(const struct stella_tsp *token, struct stella_span message,
	const struct stella_cert *signer, const struct stella_cert *const *roots, size_t root_count,
	const struct stella_cert *const *known, size_t known_count, int64_t *time) STELLA_MUST_USE;
/* Does the token claim to be signed with this certificate? */
bool stella_tsp_is_by(const struct stella_tsp *token, const struct stella_cert *cert);

#endif
