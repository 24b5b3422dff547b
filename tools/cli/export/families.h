/* SPDX-License-Identifier: GPL-2.0-only */
/* The metrics: which there are, and their samples out of a round. */
#ifndef PORTQUOTA_EXPORT_FAMILIES_H
#define PORTQUOTA_EXPORT_FAMILIES_H

#include "export/cgroups.h"

void families_put_host(const struct round *round, double seconds);
void families_put_namespaces(const struct round *round, bool idle);
void families_put_destinations(const struct round *round, size_t most);
void families_put_cgroups(const struct cgroup_rows *rows, const struct round *round);

#endif
