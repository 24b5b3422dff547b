/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Concern: which resources a cgroup needs, where only what concerns one is asked for. Pure: nothing
 * here reads a file or prints anything.
 */
#ifndef PORTQUOTA_CONCERN_H
#define PORTQUOTA_CONCERN_H

#include "resource/resource.h"

bool resource_concerns(const struct resource *res, const char *cgroup);

#endif
