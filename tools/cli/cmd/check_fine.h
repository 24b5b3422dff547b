/* SPDX-License-Identifier: GPL-2.0-only */
/* What check says if nothing is wrong. */
#ifndef PORTQUOTA_CHECK_FINE_H
#define PORTQUOTA_CHECK_FINE_H

#include "resource/resources.h"
#include "resource/round.h"
#include "show/plugin.h"

void fine_ranges(struct plugin *plugin, const struct resources *resources);
void fine_cgroup(struct plugin *plugin, const struct round *round, const char *cgroup);

#endif
