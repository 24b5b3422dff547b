/* SPDX-License-Identifier: GPL-2.0-only */
/* Alarms: counters that should be zero, and what it means if they are not. */
#ifndef PORTQUOTA_CMD_ALARMS_H
#define PORTQUOTA_CMD_ALARMS_H

#include "cmd/overview.h"

void alarms_put(const struct overview *view);

#endif
