/* SPDX-License-Identifier: GPL-2.0-only */
/* Rule doubt: what may be a slip of the fingers in rules that are right as such. */
#ifndef PORTQUOTA_CMD_RULE_DOUBT_H
#define PORTQUOTA_CMD_RULE_DOUBT_H

#include "model/rules.h"

void rule_doubt(const struct rules *want);

#endif
