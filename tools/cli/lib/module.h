/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this program shares with the module: the names of its files and of what stands in them, and
 * the language of rules with its bounds. Only this header and the Makefile say where that is.
 */
#ifndef PORTQUOTA_MODULE_H
#define PORTQUOTA_MODULE_H

#include <linux/portquota.h>

#include "module/rule/rule.h"

/* A number of the module in a text that is put together while compiling. */
#define MODULE_NUMBER_AS_IS(number)	#number
#define MODULE_NUMBER(number)		MODULE_NUMBER_AS_IS(number)

#endif
