/* SPDX-License-Identifier: GPL-2.0-only */
/* Series: a value over time, in as many slots as a chart has pixels. */
#ifndef PORTQUOTA_SERIES_H
#define PORTQUOTA_SERIES_H

#define SERIES_SLOTS	1000	/* in which values are kept, side by side: one per pixel */

/**
 * struct series - a value over time
 * @name: what it is called
 * @limit: it is not to be higher than that; 0 for no limit
 * @values: the value of each slot, the largest that there was; below 0 for none
 */
struct series {
	char *name;
	double limit;
	float values[SERIES_SLOTS];
};

struct series *series_new(const char *name);
void series_raise(struct series *series, int slot, double value);
void series_add(struct series *series, int slot, double value);
double series_most(const struct series *series);
void series_free(struct series *series);

#endif
