/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The links of a certificate that signed an attestation (RFC 5280 6.1 without its judgement): from the leaf up as far as
 * certificates reach that came with it or that records of the state in force hold, which record each is of, and what is
 * missing where they do not.  For people: a way that reaches a record may be refused all the same.  Not here: the
 * verdict (verify.h), chains (x509.h).
 */
#ifndef STELLA_LINKS_H
#define STELLA_LINKS_H

#include "report.h"
#include "shelf.h"

#define STELLA_LINKS_MAX 16

struct stella_cert_link {
	const struct stella_cert *cert;
	const char *record;          /* "anchors/x.json"; NULL: it came with the attestation */
	bool top;                    /* a chain may end here */
	int64_t from, until;         /* of the certificate, as its record narrows it */
};
struct stella_links {
	struct stella_cert_link items[STELLA_LINKS_MAX]; size_t count; /* leaf first; none: the leaf cannot be read */
	bool reaches;                /* the last is of a record in which a chain may end */
	bool other_key;              /* else: who should have signed the last is known by name, and did not */
	struct stella_cert **certs; size_t cert_count; /* owns what came with the attestation */
};

/*
 * The verified chain of that signature where it has one (report), else the way that its certificates (claim) go.  Borrows
 * from shelf and report.  Errors are those of reading the state.
 */
const struct stella_error *stella_links_find(struct stella_links **out, struct stella_shelf *shelf,
	const struct stella_signature *claim, const struct stella_signature_report *report) STELLA_MUST_USE;
void stella_links_free(struct stella_links *links);
/* The link that ends first; NULL: there is none. */
const struct stella_cert_link *stella_links_first_end(const struct stella_links *links);

#endif
