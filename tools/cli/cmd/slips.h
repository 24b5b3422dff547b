/* SPDX-License-Identifier: GPL-2.0-only */
/* Slips: options that are none, and like one that is. */
#ifndef PORTQUOTA_CMD_SLIPS_H
#define PORTQUOTA_CMD_SLIPS_H

#include <argp.h>
#include <stdbool.h>

void slips_check(const struct argp_option *const tables[], int argc, char **argv, bool to_operand);

#endif
