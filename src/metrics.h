/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metrics for Prometheus: families with samples, as its text format (version 0.0.4) or as JSON.  Values are texts,
 * so that a counter of any size stays exact.
 */
#ifndef STELLA_METRICS_H
#define STELLA_METRICS_H

#include "cmd.h"

struct sample {
	const char *suffix;         /* "", "_bucket", "_sum", "_count" */
	char *labels;               /* as printed between braces; "" none */
	struct stella_json *json_labels;
	char value[32];
};
struct family {
	const char *name, *type, *help; /* static */
	struct sample *samples; size_t count, cap;
};
struct metrics {
	struct family *families; size_t count, cap;
};

/* The family that add_sample goes on with. */
void metrics_family(struct metrics *metrics, const char *name, const char *type, const char *help);
/* Pairs of label and value, ended by NULL; a value may hold anything. */
void metrics_add(struct metrics *metrics, const char *suffix, const char *const *labels, const char *value);
void metrics_add_int(struct metrics *metrics, const char *suffix, const char *const *labels, int64_t value);
void metrics_add_seconds(struct metrics *metrics, const char *suffix, const char *const *labels, int64_t microseconds);
void metrics_print(struct stella_buf *out, const struct metrics *metrics);
struct stella_json *metrics_json(const struct metrics *metrics); /* an array */
void metrics_free(struct metrics *metrics);

#endif
