/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings: what is read as one is printed as the very bytes that its last paragraph has, whoever signed.
 */
#include "fuzz.h"

#include <string.h>

#include "recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stella_recording recording;
	struct stella_buf text = { 0 };
	char why[STELLA_ERROR_MAX];
	bool is_recording;

	if (stella_recording_parse(&recording, &is_recording, why, stella_span(data, size)))
		return 0;
	must(!is_recording || *why == 0);
	if (is_recording) {
		stella_recording_print(&text, &recording);
		must(text.size <= size && memcmp(data + size - text.size, text.data, text.size) == 0);
		for (size_t i = 1; i < recording.id_count; i++)
			must(memcmp(&recording.ids[i - 1], &recording.ids[i], sizeof *recording.ids) < 0);
		stella_buf_free(&text);
	}
	stella_recording_free(&recording);
	return 0;
}
