// SPDX-License-Identifier: GPL-2.0-only
/* Series: see series.h. */
#include <stddef.h>
#include <stdlib.h>

#include "lib/cli.h"
#include "show/series.h"

/**
 * series_new - a series without values
 * @name: what it is called
 */
struct series *series_new(const char *name)
{
	struct series *series = xrealloc(NULL, 1, sizeof(*series));

	series->name = xstrdup(name);
	series->limit = 0;
	for (size_t i = 0; i < SERIES_SLOTS; i++)
		series->values[i] = -1;
	return series;
}

/**
 * series_raise - a value, of which the slot keeps the largest
 * @series: the series
 * @slot: the slot; -1 for none
 * @value: the value
 */
void series_raise(struct series *series, int slot, double value)
{
	if (slot >= 0 && value > series->values[slot])
		series->values[slot] = value;
}

/**
 * series_add - a value, of which the slot keeps the sum
 * @series: the series
 * @slot: the slot; -1 for none
 * @value: the value
 */
void series_add(struct series *series, int slot, double value)
{
	if (slot < 0 || value <= 0)
		return;
	series->values[slot] = value + (series->values[slot] < 0 ? 0 : series->values[slot]);
}

/**
 * series_most - the largest value
 * @series: the series
 *
 * Return: the value; -1 if there is none.
 */
double series_most(const struct series *series)
{
	double most = -1;

	for (size_t i = 0; i < SERIES_SLOTS; i++)
		most = series->values[i] > most ? series->values[i] : most;
	return most;
}

/**
 * series_free - give it back
 * @series: the series, or NULL
 */
void series_free(struct series *series)
{
	if (!series)
		return;
	free(series->name);
	free(series);
}
