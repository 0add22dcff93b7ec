/* SPDX-License-Identifier: Apache-2.0 */
#include "store_path.h"

#include <ctype.h>
#include <string.h>

#define ID_HEX 64

void stella_store_path_put(struct stella_buf *out, const struct stella_sha256 *id)
{
	char hex[STELLA_SHA256_HEX];

	stella_sha256_hex(hex, id);
	stella_buf_printf(out, "attestations/%.2s/%.2s/%s.json", hex, hex + 2, hex + 4);
}

bool stella_store_path_id(struct stella_sha256 *out, const char first[4], struct stella_span name)
{
	char hex[STELLA_SHA256_HEX];

	if (name.size != ID_HEX - 4 + 5 || memcmp(name.data + ID_HEX - 4, ".json", 5) != 0)
		return false;
	memcpy(hex, first, 4);
	memcpy(hex + 4, name.data, ID_HEX - 4);
	return stella_sha256_parse(out, stella_span(hex, ID_HEX));
}

bool stella_store_path_put_subject(struct stella_buf *out, const struct stella_digest *subject)
{
	size_t name = strlen(subject->algorithm), hex = strlen(subject->hex), i;

	if (name == 0 || name > 32 || hex <= 4 || hex > 128 || subject->algorithm[0] == '.')
		return false;
	for (i = 0; i < name; i++)
		if (!isalnum((unsigned char)subject->algorithm[i]) && !strchr("._-", subject->algorithm[i]))
			return false;
	if (strspn(subject->hex, "0123456789abcdef") != hex)
		return false;
	stella_buf_printf(out, "subjects/%s/%.2s/%.2s/%s", subject->algorithm, subject->hex, subject->hex + 2, subject->hex + 4);
	return true;
}
