// SPDX-License-Identifier: GPL-2.0-only
/* OpenMetrics text: see openmetrics.h. */
#include <stdio.h>
#include <string.h>

#include "lib/cli.h"
#include "show/json.h"
#include "show/openmetrics.h"

/**
 * metric_head - print what a metric is
 * @name: its name, without the ending of its samples
 * @type: its type
 * @unit: its unit, which its name ends in; NULL for a plain number
 * @help: what it is
 */
void metric_head(const char *name, const char *type, const char *unit, const char *help)
{
	printf("# TYPE %s %s\n", name, type);
	if (unit)
		printf("# UNIT %s %s\n", name, unit);
	printf("# HELP %s %s\n", name, help);
}

/**
 * metric_label - print a label
 * @separator: what stands before it; a comma afterwards
 * @name: its name
 * @text: its value, any bytes
 */
void metric_label(const char **separator, const char *name, const char *text)
{
	json_t *string = json_text(text);

	printf("%s%s=\"", *separator, name);
	for (const char *at = json_string_value(string); *at; at++) {
		if (*at == '\n')
			fputs("\\n", stdout);
		else if (*at == '\\' || *at == '"')
			printf("\\%c", *at);
		else if ((unsigned char)*at < ' ' || *at == 0x7f)
			printf("\\\\%03o", (unsigned char)*at);
		else
			putchar(*at);
	}
	putchar('"');
	*separator = ",";
	json_decref(string);
}

/**
 * metric_sample - print a sample
 * @metric: the metric
 * @source: what tells it from the others of its metric
 * @netns: the namespace, where several are read; else NULL
 * @rec: the record that it is of
 * @labels: prints what tells the record from others
 * @value: its value
 */
void metric_sample(const struct metric *metric, const struct metric_source *source,
		   const char *netns, const struct record *rec, metric_labels_fn labels,
		   uint64_t value)
{
	const char *separator = "{";

	printf("%s%s", metric->name, metric->type == COUNTER ? "_total" : "");
	if (netns)
		metric_label(&separator, "netns", netns);
	labels(&separator, rec);
	if (source->label)
		metric_label(&separator, source->label, source->value);
	printf("%s %ju\n", *separator == ',' ? "}" : "", (uintmax_t)value);
}

static bool is_same(const struct record *a, const struct record *b)
{
	static const char *const keys[] = { "path", "deleted", "source", "destination", "range" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(record_text(a, keys[i]), record_text(b, keys[i])))
			return false;
	return true;
}

static uint64_t largest(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/**
 * metric_samples - print a sample per record
 * @metric: the metric
 * @source: the key that has the value, and what tells it from the others of its metric
 * @netns: the namespace, where several are read; else NULL
 * @recs: the records, sorted
 * @count: how many
 * @labels: prints what tells one record from another
 *
 * Removed cgroups of the same path have one line each, but the same labels: they become one sample,
 * see enum metric_type. Their lines follow each other, as accounts are sorted.
 */
void metric_samples(const struct metric *metric, const struct metric_source *source,
		    const char *netns, const struct record *recs, size_t count,
		    metric_labels_fn labels)
{
	uint64_t value, total;
	size_t first;
	bool any;

	for (size_t i = 0; i < count; ) {
		first = i;
		total = 0;
		any = false;
		for (; i < count && is_same(&recs[i], &recs[first]); i++) {
			if (!record_number(&recs[i], source->key, &value) ||
			    (metric->type == SETTING && record_flag(&recs[i], "deleted")))
				continue;
			total = metric->type == PEAK && any ? largest(total, value) : total + value;
			any = true;
		}
		if (any)
			metric_sample(metric, source, netns, &recs[first], labels, total);
	}
}
