// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "counters.h"
#include "netns.h"
#include "say.h"

static void lo_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &ifr))
		die("cannot ask for lo");
	ifr.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		die("cannot set lo up");
	close(fd);
}

void netns_new(void)
{
	if (unshare(CLONE_NEWNET))
		die("cannot make a network namespace");
	lo_up();
}

int netns_open(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("cannot open the network namespace");
	return fd;
}

void netns_enter(int fd)
{
	if (setns(fd, CLONE_NEWNET))
		die("cannot enter the network namespace");
}

void netns_name(char *name, size_t size)
{
	ssize_t n = readlink("/proc/self/ns/net", name, size - 1);

	if (n < 0)
		die("cannot read the name of the network namespace");
	name[n] = '\0';
}

int netns_wait_gone(const char *name, unsigned int ms)
{
	struct counters c;
	unsigned int t;

	for (t = 0; namespaces_get(name, &c); t += 20) {
		if (t >= ms)
			return 0;
		usleep(20000);
	}
	return 1;
}
