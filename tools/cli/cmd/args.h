/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line: the global options, which stand before or after the command. */
#ifndef PORTQUOTA_ARGS_H
#define PORTQUOTA_ARGS_H

#include <argp.h>

int args_globals(const char *doc, char *(*help)(int key, const char *text, void *input),
		 int argc, char **argv);
void args_parse(const struct argp *own, int argc, char **argv, void *input);

#endif
