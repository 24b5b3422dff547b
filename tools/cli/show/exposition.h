/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text formats of Prometheus: 0.0.4, which node_exporter's textfile collector and every
 * Prometheus read, and OpenMetrics 1.0. A metric has the same samples in both.
 *
 * A label is UTF-8, which a cgroup's name need not be: then its odd bytes stand as \ooo, and so do
 * control characters, as this may be looked at on a terminal.
 */
#ifndef PORTQUOTA_EXPOSITION_H
#define PORTQUOTA_EXPOSITION_H

#include <stdbool.h>
#include <stdint.h>

enum metric_type { GAUGE, COUNTER };

/**
 * struct metric - a metric
 * @name: its name; to that of a counter _total is added
 * @type: its type
 * @unit: its unit, which its name ends in; NULL for a plain number
 * @help: what it is
 */
struct metric {
	const char *name;
	enum metric_type type;
	const char *unit;
	const char *help;
};

void exposition_begin(bool openmetrics);
void exposition_sample(const struct metric *metric);
void exposition_label(const char *name, const char *text);
void exposition_value(uint64_t value);
void exposition_seconds(double seconds);
void exposition_end(void);

#endif
