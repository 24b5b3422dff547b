// SPDX-License-Identifier: GPL-2.0-only
/*
 * ports: each port of the range has been held once, as on a host that has been up for days.
 * The module takes memory for a port, and a bit in a line that all CPUs read, when it is
 * first held; thousands of connections to ports that are all new would pay for that.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

void row_ports(unsigned int rounds)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	unsigned int low, high, port;
	FILE *f = fopen(RANGE, "r");
	int fd;

	if (!f || fscanf(f, "%u %u", &low, &high) != 2)
		die(RANGE);
	fclose(f);
	while (rounds--) {
		for (port = low; port <= high; port++) {
			addr.sin_port = htons(port);
			fd = socket(AF_INET, SOCK_DGRAM, 0);
			if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
				die("bind");
			close(fd);
		}
	}
}
