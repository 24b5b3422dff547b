/* SPDX-License-Identifier: GPL-2.0-only */
/* Thresholds on the command line: of all resources, or of one. */
#ifndef PORTQUOTA_CMD_THRESHOLDS_H
#define PORTQUOTA_CMD_THRESHOLDS_H

#include "cmd/args.h"
#include "resource/resource.h"

void thresholds_take_warn(const struct args_option *option, char *arg, void *to,
			  struct argp_state *state);
void thresholds_take_crit(const struct args_option *option, char *arg, void *to,
			  struct argp_state *state);
void thresholds_settle(const struct thresholds *thresholds, struct argp_state *state);

#endif
