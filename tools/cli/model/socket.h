/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets as the kernel itself lists them: listeners, which need no reservation, and the processes
 * that have a socket open, found as `ss -p' does.
 */
#ifndef PORTQUOTA_SOCKET_H
#define PORTQUOTA_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct listener - a TCP port that somebody listens on
 * @port: the port
 * @pid: a process that has it open; 0 if none can be seen
 * @comm: its command; NULL if none can be seen
 */
struct listener {
	unsigned int port;
	int pid;
	char *comm;
};

/* Listeners by port, each once; starts as all zero. */
struct listeners {
	struct listener *list;
	size_t count;
	size_t room;
};

void listeners_read(struct listeners *listeners, unsigned int low, unsigned int high);
void listeners_free(struct listeners *listeners);

bool socket_owner(const char *proto, const char *local, const char *remote, int *pid,
		  const char **comm);
void socket_forget(void);

#endif
