// SPDX-License-Identifier: GPL-2.0-only
/*
 * walks: what the module does about all accounts, programs or destinations when
 * there are many: how many instructions a second go there in the background, and
 * for how long at most softirqs, preemption or rescheduling wait for it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

#define PROC		"/proc/net/portquota/"
#define DESTINATIONS	16384
#define SECONDS		10	/* two collections, and twenty ticks */
#define NAMES		20000
#define GLOBS		255
#define GLOB_CHARS	128	/* PORTQUOTA_GLOB_CHARS_MAX in all of them */

static struct sockaddr_in server;

static void named(const char *what, const char *name, double number)
{
	char text[64];

	snprintf(text, sizeof(text), "%s: %s", what, name);
	value(text, number);
}

/* What others take from a process that never sleeps; then for how long one that is due waits. */
void background(const char *name)
{
	uint64_t begin;

	sleep(2);
	begin = instructions();
	named("background", name,
	      (double)spin_stolen(begin + SECONDS * NSEC_PER_SEC) / SECONDS);
	named("stretch, background", name,	/* one collection, and twelve ticks */
	      stretch_until(instructions() + 6 * NSEC_PER_SEC));
}

static void udp_bind(void)
{
	struct sockaddr_in any = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)))
		die("bind");
	close(fd);
}

/* A process in a new cgroup has held a port once: there is an account for it. */
static void account_make(const char *cgroup)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP | CLONE_VFORK, .exit_signal = SIGCHLD
	};
	int fd, status;
	pid_t pid;

	if (mkdir(cgroup, 0755))
		die(cgroup);
	fd = open(cgroup, O_RDONLY | O_DIRECTORY);
	args.cgroup = fd;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		die("clone3");
	if (!pid) {
		udp_bind();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		die("waitpid");
	close(fd);
}

static void change_range(void)
{
	static int low = 32768;
	char text[32];

	snprintf(text, sizeof(text), "%d 60999\n", ++low);
	proc_write(RANGE, text);
}

static void connect_once(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof(server)))
		die("connect");
}

static void slurp(const char *file)
{
	static char text[65536];
	int fd = open(file, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		die(file);
	while ((n = read(fd, text, sizeof(text))) > 0)
		;
	if (n)
		die(file);
	close(fd);
}

static void read_accounts(void)
{
	slurp(PROC "accounts");
}

static void read_destinations(void)
{
	slurp(PROC "destinations");
}

static void connect_in_new_range(void)
{
	change_range();
	connect_once();
}

/* Each is a new cgroup, whose path is matched with all globs. */
static void accounts_of_globs(void)
{
	static unsigned int i;
	unsigned int n;
	char cgroup[64];

	for (n = 0; n < 16; n++) {
		snprintf(cgroup, sizeof(cgroup), "/sys/fs/cgroup/walks/x%u", i++);
		account_make(cgroup);
	}
}

/* Each account is bound anew to its rules. */
static void glob_and_a_while(void)
{
	proc_write(PROC "rules", "/walks/x* udp.max=50%\n");
	sleep(2);
}

static void stat_in_new_range(void)
{
	change_range();
	slurp(PROC "stat");
}

static void range_and_a_while(void)
{
	change_range();
	sleep(2);
}

static void many_names(void)
{
	char name[16];
	unsigned int i;

	for (i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		prctl(PR_SET_NAME, name);
		udp_bind();
	}
}

/*
 * As many characters of globs as there may be: the longest come first, and none of those
 * is for the cgroups that are made, but each has to be tried.
 */
static void globs_write(void)
{
	char line[192];
	unsigned int i;

	for (i = 1; i < GLOBS; i++) {
		snprintf(line, sizeof(line), "/walks/*[!0-9]%03u%0*u* tcp.max=50%%\n", i,
			 GLOB_CHARS - 18, 0);
		proc_write(PROC "rules", line);
	}
	proc_write(PROC "rules", "/walks/* tcp.max=50%\n");
}

static uint64_t cost(void (*work)(void))
{
	uint64_t start = instructions();

	work();
	return instructions() - start;
}

void row_accounts(unsigned int accounts)
{
	char cgroup[64];
	unsigned int i;

	listener_open(&server, INADDR_LOOPBACK);
	background("no accounts");
	globs_write();
	mkdir("/sys/fs/cgroup/walks", 0755);
	for (i = 0; i < accounts; i++) {
		snprintf(cgroup, sizeof(cgroup), "/sys/fs/cgroup/walks/%u", i);
		account_make(cgroup);
	}
	value("accounts", accounts);
	background("accounts");
	connect_once();
	named("cost", "connect()", cost(connect_once));
	change_range();
	named("cost", "connect() in a new range", cost(connect_once));
	named("cost", "reading stat in a new range", cost(stat_in_new_range));
	named("cost", "reading accounts", cost(read_accounts));
	named("stretch", "connect() in a new range", stretch_of(connect_in_new_range));
	named("stretch", "reading stat in a new range", stretch_of(stat_in_new_range));
	named("stretch", "the tick in a new range", stretch_of(range_and_a_while));
	named("stretch", "reading accounts", stretch_of(read_accounts));
	named("stretch", "accounts under 255 globs", stretch_of(accounts_of_globs));
	named("stretch", "one more glob", stretch_of(glob_and_a_while));
	/* What the kernel itself frees behind so many sockets takes as long, and is not looked at. */
	many_names();
	sleep(1);
	named("stretch", "gc of many owners", stretch_until(instructions() + 6 * NSEC_PER_SEC));
}

void row_destinations(unsigned int destinations)
{
	struct rlimit files = { .rlim_cur = 3 * destinations, .rlim_max = 3 * destinations };
	unsigned int i;
	int listener;

	if (setrlimit(RLIMIT_NOFILE, &files))
		die("files");
	listener = listener_open(&server, INADDR_ANY);
	for (i = 0; i < destinations; i++) {
		server.sin_addr.s_addr = htonl(INADDR_LOOPBACK + i);
		connect_once();
		if (accept(listener, NULL, NULL) < 0)
			die("accept");
	}
	value("destinations", destinations);
	background("destinations");
	named("cost", "reading destinations", cost(read_destinations));
	named("stretch", "destinations in a new range", stretch_of(range_and_a_while));
	named("stretch", "reading destinations", stretch_of(read_destinations));
}

/* A connection from a port that the program has chosen. */
void connect_by_hand(void)
{
	struct sockaddr_in from = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(40000),
	}, to;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	listener_open(&to, INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect by hand");
}
