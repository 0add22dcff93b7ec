/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void metrics_family(struct metrics *metrics, const char *name, const char *type, const char *help)
{
	STELLA_GROW(metrics->families, metrics->count, metrics->cap);
	metrics->families[metrics->count++] = (struct family){ name, type, help, NULL, 0, 0 };
}

/* What the format asks for, and as elsewhere no byte that a terminal obeys. */
static void put_label(struct stella_buf *out, const char *value)
{
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			stella_buf_printf(out, "\\%c", *value);
		else if (*value == '\n')
			stella_buf_put_str(out, "\\n");
		else
			stella_buf_put_u8(out, (unsigned char)*value < ' ' || *value == 127 ? '?' : (uint8_t)*value);
	}
}

void metrics_add(struct metrics *metrics, const char *suffix, const char *const *labels, const char *value)
{
	struct family *family = &metrics->families[metrics->count - 1];
	struct stella_buf text = { 0 };
	struct sample *sample;

	STELLA_GROW(family->samples, family->count, family->cap);
	sample = &family->samples[family->count++];
	*sample = (struct sample){ .suffix = suffix, .json_labels = stella_json_new_object() };
	for (size_t i = 0; labels && labels[i]; i += 2) {
		stella_buf_printf(&text, "%s%s=\"", i ? "," : "", labels[i]);
		put_label(&text, labels[i + 1]);
		stella_buf_put_u8(&text, '"');
		stella_json_set_text(sample->json_labels, labels[i], labels[i + 1]);
	}
	sample->labels = stella_buf_take_str(&text);
	snprintf(sample->value, sizeof sample->value, "%s", value);
}

void metrics_add_int(struct metrics *metrics, const char *suffix, const char *const *labels, int64_t value)
{
	char text[32];

	snprintf(text, sizeof text, "%lld", (long long)value);
	metrics_add(metrics, suffix, labels, text);
}

void metrics_add_seconds(struct metrics *metrics, const char *suffix, const char *const *labels, int64_t microseconds)
{
	char text[40];
	size_t end = (size_t)snprintf(text, sizeof text, "%lld.%06lld", (long long)(microseconds / 1000000),
		(long long)(microseconds % 1000000));

	while (text[end - 1] == '0') /* a bound is written as people write it: 0.0025 */
		text[--end] = 0;
	if (text[end - 1] == '.')
		text[--end] = 0;
	metrics_add(metrics, suffix, labels, text);
}

void metrics_print(struct stella_buf *out, const struct metrics *metrics)
{
	for (size_t i = 0; i < metrics->count; i++) {
		const struct family *family = &metrics->families[i];

		if (!family->count)
			continue;
		stella_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name, family->type);
		for (size_t k = 0; k < family->count; k++) {
			const struct sample *sample = &family->samples[k];
			bool labels = *sample->labels;

			stella_buf_printf(out, "%s%s%s%s%s %s\n", family->name, sample->suffix, labels ? "{" : "", sample->labels,
				labels ? "}" : "", sample->value);
		}
	}
}

struct stella_json *metrics_json(const struct metrics *metrics)
{
	struct stella_json *array = stella_json_new_array();

	for (size_t i = 0; i < metrics->count; i++) {
		const struct family *family = &metrics->families[i];
		struct stella_json *one, *samples;

		if (!family->count)
			continue;
		one = stella_json_add(array, stella_json_new_object());
		stella_json_set_text(one, "name", family->name);
		stella_json_set_text(one, "type", family->type);
		stella_json_set_text(one, "help", family->help);
		samples = stella_json_set(one, "samples", stella_json_new_array());
		for (size_t k = 0; k < family->count; k++) {
			struct stella_json *sample = stella_json_add(samples, stella_json_new_object());

			if (*family->samples[k].suffix)
				stella_json_set_text(sample, "suffix", family->samples[k].suffix);
			stella_json_set(sample, "labels", stella_json_copy(family->samples[k].json_labels));
			stella_json_set_text(sample, "value", family->samples[k].value);
		}
	}
	return array;
}

void metrics_free(struct metrics *metrics)
{
	for (size_t i = 0; i < metrics->count; i++) {
		struct family *family = &metrics->families[i];

		for (size_t k = 0; k < family->count; k++) {
			free(family->samples[k].labels);
			stella_json_free(family->samples[k].json_labels);
		}
		free(family->samples);
	}
	free(metrics->families);
	*metrics = (struct metrics){ 0 };
}
