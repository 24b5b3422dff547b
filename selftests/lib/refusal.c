// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "child.h"
#include "conn.h"
#include "refusal.h"
#include "say.h"

#define CAPS 16

static struct {
	unsigned long long tcp, udp;
} *seen;
static struct cap caps[CAPS];
static unsigned int n_caps;

void refusals_count(void)
{
	seen = shared_memory(sizeof(*seen));
}

void refusals_end(void)
{
	seen = NULL;
	n_caps = 0;
}

bool refusals_counted(unsigned long long *tcp, unsigned long long *udp)
{
	if (!seen)
		return false;
	*tcp = __atomic_load_n(&seen->tcp, __ATOMIC_SEQ_CST);
	*udp = __atomic_load_n(&seen->udp, __ATOMIC_SEQ_CST);
	return true;
}

static int tcp_saw(int ret, int refused)
{
	if (seen && ret == -refused)
		__atomic_add_fetch(&seen->tcp, 1, __ATOMIC_SEQ_CST);
	return ret;
}

static int udp_saw(int ret, int refused)
{
	if (seen && ret == -refused)
		__atomic_add_fetch(&seen->udp, 1, __ATOMIC_SEQ_CST);
	return ret;
}

int ask_connect(int fd, const struct addr *a)
{
	return tcp_saw(try_connect(fd, a), EADDRNOTAVAIL);
}

int ask_bind(int fd, const struct addr *a)
{
	return tcp_saw(try_bind(fd, a), EADDRINUSE);
}

int ask_listen(int fd)
{
	return tcp_saw(try_listen(fd), EADDRINUSE);
}

int ask_udp_connect(int fd, const struct addr *a)
{
	return udp_saw(try_connect(fd, a), EAGAIN);
}

int ask_udp_bind(int fd, const struct addr *a)
{
	return udp_saw(try_bind(fd, a), EADDRINUSE);
}

int ask_udp_send(int fd, const struct addr *a)
{
	return udp_saw(sendto(fd, "x", 1, 0, &a->sa, a->len) < 0 ? -errno : 0, EAGAIN);
}

void cap_holds(const char *path, long long tcp, long long udp)
{
	unsigned int i;

	for (i = 0; i < n_caps && strcmp(caps[i].path, path); i++)
		;
	if (i == CAPS)
		die("more than %d caps", CAPS);
	snprintf(caps[i].path, sizeof(caps[i].path), "%s", path);
	caps[i].tcp = tcp;
	caps[i].udp = udp;
	n_caps += i == n_caps;
}

const struct cap *cap_next(const struct cap *after)
{
	const struct cap *next = after ? after + 1 : caps;

	return next < caps + n_caps ? next : NULL;
}
