/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes: what /proc says of one. */
#ifndef PORTQUOTA_PROCESS_H
#define PORTQUOTA_PROCESS_H

#include <stdbool.h>

char *process_comm(int pid);
char *process_command_line(int pid);
bool process_is_gone(int pid);
bool process_is_known(const char *comm);

#endif
