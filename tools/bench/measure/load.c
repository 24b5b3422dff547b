// SPDX-License-Identifier: GPL-2.0-only
/*
 * load: what it takes to load the module, where there is one network namespace and where
 * there are many; the table of UDP sockets is to be large, see bench.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure.h"

#define MODULE "/lib/portquota/portquota.ko"

static uint64_t load_cost(void)
{
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC);
	uint64_t start = instructions(), cost;

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		die(MODULE);
	cost = instructions() - start;
	close(fd);
	if (syscall(SYS_delete_module, "portquota", 0))
		die("rmmod");
	return cost;
}

static void namespaces_make(unsigned int namespaces)
{
	int made[2];
	pid_t pid;

	if (pipe(made))
		die("pipe");
	while (namespaces--) {
		char byte = 0;

		pid = fork();
		if (pid < 0)
			die("fork");
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (unshare(CLONE_NEWNET) || write(made[1], &byte, 1) != 1)
				_exit(1);
			pause();
		}
		if (read(made[0], &byte, 1) != 1)
			die("unshare");
	}
}

void row_load(unsigned int namespaces)
{
	load_cost();	/* the first of a boot reads its file */
	value("load, one namespace", load_cost());
	namespaces_make(namespaces);
	value("load, many namespaces", load_cost());
	value("namespaces", namespaces);
}
