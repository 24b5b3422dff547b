/* SPDX-License-Identifier: GPL-2.0-only */
/* A program is an ordinary function here, with the arguments that it is declared with. */
#ifndef _CORES_BPF_TRACING_H
#define _CORES_BPF_TRACING_H

#define BPF_PROG(name, args...)	__attribute__((__unused__)) name(void *ctx, ##args)

#endif
