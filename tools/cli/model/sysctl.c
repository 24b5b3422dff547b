// SPDX-License-Identifier: GPL-2.0-only
/* Sysctls: see sysctl.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/kfile.h"
#include "model/sysctl.h"

#define DIR	"sys/net/ipv4/"

static char *read_line(const char *name)
{
	char *file = xasprintf(DIR "%s", name), *path = kfile_path(file), *line = NULL;
	FILE *f = fopen(path, "re");
	size_t room = 0;

	if (f && getline(&line, &room, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
	} else {
		free(line);
		line = NULL;
	}
	if (f)
		fclose(f);
	free(path);
	free(file);
	return line;
}

static long read_number(const char *name)
{
	char *line = read_line(name), *end = line;
	long number = line ? strtol(line, &end, 10) : SYSCTL_UNKNOWN;

	if (end == line)
		number = SYSCTL_UNKNOWN;
	free(line);
	return number;
}

/**
 * sysctls_read - read them
 * @sysctls: filled in; sysctls_free() is due
 */
void sysctls_read(struct sysctls *sysctls)
{
	char *range = read_line("ip_local_port_range");

	*sysctls = (struct sysctls){
		.tcp_tw_reuse = read_number("tcp_tw_reuse"),
		.tcp_tw_reuse_delay = read_number("tcp_tw_reuse_delay"),
		.tcp_timestamps = read_number("tcp_timestamps"),
		.tcp_max_tw_buckets = read_number("tcp_max_tw_buckets"),
		.ip_autobind_reuse = read_number("ip_autobind_reuse"),
		.unprivileged_start = read_number("ip_unprivileged_port_start"),
		.low = SYSCTL_UNKNOWN,
		.high = SYSCTL_UNKNOWN,
		.reserved = read_line("ip_local_reserved_ports"),
	};
	if (range && sscanf(range, "%ld %ld", &sysctls->low, &sysctls->high) != 2)
		sysctls->low = SYSCTL_UNKNOWN;
	if (sysctls->low == SYSCTL_UNKNOWN)
		sysctls->high = SYSCTL_UNKNOWN;
	free(range);
}

/* The next of "1-3,7", which may be NULL; false at the end, or at what is no number. */
static bool next_range(const char **at, unsigned long *first, unsigned long *last)
{
	char *end;

	if (!*at || !**at)
		return false;
	*first = strtoul(*at, &end, 10);
	if (end == *at)
		return false;
	*last = *end == '-' ? strtoul(end + 1, &end, 10) : *first;
	*at = *end ? end + 1 : end;
	return true;
}

/**
 * sysctls_reserved - how many ports of a range ip_local_reserved_ports keeps out of it
 * @sysctls: the settings
 * @low: the first port of the range
 * @high: its last port
 */
size_t sysctls_reserved(const struct sysctls *sysctls, unsigned int low, unsigned int high)
{
	const char *at = sysctls->reserved;
	unsigned long first, last;
	size_t count = 0;

	while (next_range(&at, &first, &last)) {
		first = first < low ? low : first;
		last = last > high ? high : last;
		if (first <= last)
			count += last - first + 1;
	}
	return count;
}

/**
 * sysctls_is_reserved - whether ip_local_reserved_ports has a port
 * @sysctls: the settings
 * @port: the port
 */
bool sysctls_is_reserved(const struct sysctls *sysctls, unsigned int port)
{
	return sysctls_reserved(sysctls, port, port);
}

/**
 * sysctls_mark_reserved - mark the ports that ip_local_reserved_ports has
 * @sysctls: the settings
 * @bits: of all ports, one bit each; those are set
 */
void sysctls_mark_reserved(const struct sysctls *sysctls, unsigned char *bits)
{
	const char *at = sysctls->reserved;
	unsigned long first, last;

	while (next_range(&at, &first, &last))
		for (unsigned long port = first; port <= last && port <= UINT16_MAX; port++)
			bits[port / 8] |= 1 << port % 8;
}

/**
 * sysctls_is_loopback - whether an address is one of loopback, as the kernel looks at it
 * @address: the address, with or without a port
 */
bool sysctls_is_loopback(const char *address)
{
	return !strncmp(address, "127.", 4) || !strncmp(address, "[::1]", 5) ||
	       !strcmp(address, "::1");
}

/**
 * sysctls_reuse - whether a connect() between two addresses takes TIME_WAITs over
 * @sysctls: the settings
 * @source: the local address
 * @destination: the other one, with its port
 */
bool sysctls_reuse(const struct sysctls *sysctls, const char *source, const char *destination)
{
	if (sysctls->tcp_timestamps < 1 || sysctls->tcp_tw_reuse_delay > SYSCTL_REUSE_DELAY)
		return false;
	if (sysctls->tcp_tw_reuse == 1)
		return true;
	return sysctls->tcp_tw_reuse == 2 &&
	       (sysctls_is_loopback(source) || sysctls_is_loopback(destination));
}

/**
 * sysctls_free - give everything back
 * @sysctls: the settings
 */
void sysctls_free(struct sysctls *sysctls)
{
	free(sysctls->reserved);
	sysctls->reserved = NULL;
}
