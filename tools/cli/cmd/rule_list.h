/* SPDX-License-Identifier: GPL-2.0-only */
/* Rule list: the rules in force, as rule list prints them. */
#ifndef PORTQUOTA_CMD_RULE_LIST_H
#define PORTQUOTA_CMD_RULE_LIST_H

#include <stdbool.h>

int rule_list_put(bool host);

#endif
