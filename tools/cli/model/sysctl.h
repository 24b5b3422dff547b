/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own settings of a namespace that decide what can run out, and what helps. */
#ifndef PORTQUOTA_SYSCTL_H
#define PORTQUOTA_SYSCTL_H

#include <stdbool.h>
#include <stddef.h>

#define SYSCTL_UNKNOWN	(-1)

/* tcp_tw_reuse_delay as it is by itself; with a longer one the module calls no TIME_WAIT reusable. */
#define SYSCTL_REUSE_DELAY	1000

/**
 * struct sysctls - net.ipv4.* of the namespace this process is in; SYSCTL_UNKNOWN if not to be read
 * @tcp_tw_reuse: 0 TIME_WAITs are not taken over by connect(), 1 they are, 2 on loopback only
 * @tcp_tw_reuse_delay: ms after which they are; older kernels have no such setting
 * @tcp_timestamps: without them none is taken over
 * @tcp_max_tw_buckets: how many TIME_WAITs there may be
 * @ip_autobind_reuse: bind() without a port shares one among sockets with SO_REUSEADDR
 * @unprivileged_start: lower ports need a right
 * @low: the first port of ip_local_port_range
 * @high: its last port
 * @reserved: ip_local_reserved_ports, as it is written; NULL if not to be read
 */
struct sysctls {
	long tcp_tw_reuse;
	long tcp_tw_reuse_delay;
	long tcp_timestamps;
	long tcp_max_tw_buckets;
	long ip_autobind_reuse;
	long unprivileged_start;
	long low;
	long high;
	char *reserved;
};

void sysctls_read(struct sysctls *sysctls);
size_t sysctls_reserved(const struct sysctls *sysctls, unsigned int low, unsigned int high);
bool sysctls_is_reserved(const struct sysctls *sysctls, unsigned int port);
void sysctls_mark_reserved(const struct sysctls *sysctls, unsigned char *bits);
bool sysctls_reuse(const struct sysctls *sysctls, const char *source, const char *destination);
bool sysctls_is_loopback(const char *address);
void sysctls_free(struct sysctls *sysctls);

#endif
