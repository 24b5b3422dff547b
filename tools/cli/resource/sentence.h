/* SPDX-License-Identifier: GPL-2.0-only */
/* What is short, in one sentence: what check, status and top say of a resource. */
#ifndef PORTQUOTA_SENTENCE_H
#define PORTQUOTA_SENTENCE_H

#include "model/history.h"
#include "resource/resource.h"

char *resource_sentence(const struct resource *res);
char *run_sentence(const struct run *run, double now);

#endif
