/* SPDX-License-Identifier: GPL-2.0-only */
/* The performance data of check: of one namespace, of a cgroup, or of all namespaces together. */
#ifndef PORTQUOTA_CMD_CHECK_FIGURES_H
#define PORTQUOTA_CMD_CHECK_FIGURES_H

#include "resource/resources.h"
#include "show/plugin.h"

void figures_of_namespace(struct plugin *plugin, const struct resources *resources,
			  const struct thresholds *thresholds);
void figures_of_cgroup(struct plugin *plugin, const struct resources *resources,
		       const struct thresholds *thresholds, const char *cgroup);
void figures_of_all(struct plugin *plugin, const struct resources *list, size_t count,
		    const struct thresholds *thresholds, const char *cgroup);

#endif
