/* SPDX-License-Identifier: GPL-2.0-only */
/* A file of rules that a person keeps: with comments and empty lines, taken whole or not at all. */
#ifndef PORTQUOTA_RULES_FILE_H
#define PORTQUOTA_RULES_FILE_H

#include "model/rules.h"

int rules_load(struct rules *want, const char *path);
int rules_save(const struct rules *have, const char *path);

#endif
