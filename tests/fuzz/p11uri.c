/* SPDX-License-Identifier: Apache-2.0 */
/* pkcs11: URIs.  What is taken has its parts, and its path alone is taken again and is the same. */
#include "fuzz.h"

#include <string.h>

#include "p11uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_p11uri *uri, *again;
	const struct stella_error *err = stella_p11uri_parse(&uri, stella_span(data, size));

	must(!err == (uri != NULL));
	if (err) {
		must(err->code == STELLA_USAGE || err->code == STELLA_LIMIT);
		return 0;
	}
	must(stella_p11uri_is(uri->path) && !strchr(uri->path, '?'));
	must(!uri->pin_source || uri->pin_source[0] == '/');
	must(!uri->module || uri->module[0] == '/');
	err = stella_p11uri_parse(&again, stella_span_str(uri->path));
	must(!err && !strcmp(uri->path, again->path) && again->one_object == uri->one_object);
	must(!again->pin_source && !again->module && !uri->type == !again->type);
	stella_p11uri_free(uri);
	stella_p11uri_free(again);
	return 0;
}
