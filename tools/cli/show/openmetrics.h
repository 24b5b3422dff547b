/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * OpenMetrics text, from records.
 *
 * A label is UTF-8, which a cgroup's name need not be: then its odd bytes stand as \ooo, and so do
 * control characters, as this may be looked at on a terminal.
 */
#ifndef PORTQUOTA_OPENMETRICS_H
#define PORTQUOTA_OPENMETRICS_H

#include "lib/record.h"

/*
 * What becomes of removed cgroups of one path: gauges and counters are added up, of peaks the largest
 * is taken, and a setting holds for none of them any more.
 */
enum metric_type { GAUGE, PEAK, SETTING, COUNTER };

/* A key of a file, and what tells it from the others of its metric: @label="@value". */
struct metric_source {
	const char *key;
	const char *label;
	const char *value;
};

/**
 * struct metric - a metric
 * @name: its name
 * @type: its type; to the samples of a counter _total is added
 * @unit: its unit, which its name ends in; NULL for a plain number
 * @help: what it is
 * @sources: where it is from, ends with an empty one
 */
struct metric {
	const char *name;
	enum metric_type type;
	const char *unit;
	const char *help;
	struct metric_source sources[6];
};

/* Prints the labels that tell one record from another; the separator is as of metric_label(). */
typedef void (*metric_labels_fn)(const char **separator, const struct record *rec);

void metric_head(const char *name, const char *type, const char *unit, const char *help);
void metric_label(const char **separator, const char *name, const char *text);
void metric_sample(const struct metric *metric, const struct metric_source *source,
		   const char *netns, const struct record *rec, metric_labels_fn labels,
		   uint64_t value);
void metric_samples(const struct metric *metric, const struct metric_source *source,
		    const char *netns, const struct record *recs, size_t count,
		    metric_labels_fn labels);

#endif
