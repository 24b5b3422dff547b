/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network namespaces.  A new one starts with nothing in it, and all that is
 * left in it is gone with the last process and file that refers to it: a test
 * in its own namespace waits for no TIME_WAIT of anybody.
 */
#ifndef PQ_NETNS_H
#define PQ_NETNS_H

#include <stddef.h>

void netns_new(void);			/* make one, enter it, lo up */
int netns_open(void);			/* an fd for the current one */
void netns_enter(int fd);
void netns_name(char *name, size_t size);	/* "net:[4026531840]" */

/* Waits until @name is gone from the host's list; 0 if it stays. */
int netns_wait_gone(const char *name, unsigned int ms);

#endif
