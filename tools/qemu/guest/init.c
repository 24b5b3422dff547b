// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's first process. Mounts what a test needs, runs the command of the file /command (its
 * words end in NUL), passes on what it prints and tells the runner its status; then powers off.
 *
 * Two virtio ports lead to the runner: portquota.out bears the command's output and nothing else,
 * portquota.status the one line "exit N", or "load N" where the module could not be loaded, or
 * "setup WHAT" where it never came that far. The console is the kernel's alone. A guest that says
 * nothing on the status port has failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MODULE "/lib/portquota/portquota.ko"
#define MAX_WORDS 4096

static int out_port = -1;
static int status_port = -1;

static void power_off(void)
{
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t done = write(fd, data, length);

		if (done < 0 && errno != EINTR)
			return;
		if (done > 0) {
			data += done;
			length -= done;
		}
	}
}

static void __attribute__((format(printf, 2, 3))) tell(int fd, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	write_all(fd, line, strlen(line));
}

/* No port may be there yet to say it on: the console is shown when the status is missing. */
static void give_up(const char *what)
{
	int error = errno;

	tell(STDERR_FILENO, "init: %s: %s\n", what, strerror(error));
	if (status_port >= 0)
		tell(status_port, "setup %s: %s\n", what, strerror(error));
	power_off();
}

static const struct mount_point {
	const char *where;
	const char *type;
	const char *options;
	int optional;
} mount_points[] = {
	{ "/proc", "proc", NULL, 0 },
	{ "/sys", "sysfs", NULL, 0 },
	{ "/dev/pts", "devpts", "ptmxmode=666", 1 },
	{ "/dev/shm", "tmpfs", NULL, 0 },
	{ "/run", "tmpfs", NULL, 0 },
	{ "/sys/fs/cgroup", "cgroup2", NULL, 0 },
	{ "/sys/fs/bpf", "bpf", NULL, 1 },
	{ "/sys/kernel/debug", "debugfs", NULL, 0 },
	{ "/sys/kernel/tracing", "tracefs", NULL, 0 },
};

static void mount_all(void)
{
	for (size_t i = 0; i < sizeof(mount_points) / sizeof(mount_points[0]); i++) {
		const struct mount_point *m = &mount_points[i];

		mkdir(m->where, 0755);
		if (mount(m->type, m->where, m->type, 0, m->options) && !m->optional)
			give_up(m->where);
	}
	chmod("/dev/shm", 01777);
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
}

/* The rest of the kernel's start was kept off the slow console; from here on it says all. */
static void console_on(void)
{
	int fd = open("/proc/sys/kernel/printk", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		write_all(fd, "7\n", 2);
		close(fd);
	}
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
		give_up("lo up");
	close(fd);
}

/* Tests hold tens of thousands of sockets. */
static void raise_limits(void)
{
	struct rlimit files = { 1048576, 1048576 };

	setrlimit(RLIMIT_NOFILE, &files);
}

static pid_t start(char *const words[], int in, int out)
{
	sigset_t none;
	pid_t pid = fork();

	if (pid)
		return pid;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execvp(words[0], words);
	tell(STDERR_FILENO, "%s: %s\n", words[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_to_end(char *const words[], int in, int out)
{
	pid_t pid = start(words, in, out);
	int status;

	if (pid < 0)
		give_up(words[0]);
	while (waitpid(pid, &status, 0) != pid)
		;
	return exit_status(status);
}

/* Ports appear some time after their driver, and their number depends on the bus. */
static int open_port(const char *name)
{
	for (int tries = 0; tries < 1000; tries++) {
		for (int device = 0; device < 4; device++) {
			for (int port = 0; port < 4; port++) {
				char path[64], found[64] = "";
				FILE *file;

				snprintf(path, sizeof(path), "/sys/class/virtio-ports/vport%dp%d/name",
					 device, port);
				file = fopen(path, "re");
				if (!file)
					continue;
				fscanf(file, "%63s", found);
				fclose(file);
				if (strcmp(found, name))
					continue;
				snprintf(path, sizeof(path), "/dev/vport%dp%d", device, port);
				return open(path, O_WRONLY | O_CLOEXEC);
			}
		}
		usleep(10000);
	}
	errno = ENXIO;
	return -1;
}

static char **read_command(void)
{
	static char text[131072];
	static char *words[MAX_WORDS + 1];
	int fd = open("/command", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	int count = 0;

	if (length <= 0)
		give_up("/command");
	close(fd);
	for (char *word = text; word < text + length && count < MAX_WORDS; word += strlen(word) + 1)
		words[count++] = word;
	return words;
}

static void pass_on(int from, int to)
{
	char data[65536];
	ssize_t length;

	while ((length = read(from, data, sizeof(data))) > 0)
		write_all(to, data, length);
}

/*
 * A pipe stands between the command and the port: a port can be opened by one process only, and
 * programs do open /dev/stdout. What the command leaves running in the background does not hold
 * the end up.
 */
static int run_command(char *const words[], int in)
{
	struct pollfd waits[2];
	int ends[2];
	sigset_t child;
	pid_t pid;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	waits[0].fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (waits[0].fd < 0 || pipe2(ends, O_CLOEXEC))
		give_up("pipe");
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	waits[1].fd = ends[0];
	waits[0].events = POLLIN;
	waits[1].events = POLLIN;

	pid = start(words, in, ends[1]);
	if (pid < 0)
		give_up(words[0]);
	for (;;) {
		struct signalfd_siginfo info;
		pid_t done;
		int status;

		poll(waits, 2, -1);
		pass_on(ends[0], out_port);
		while (read(waits[0].fd, &info, sizeof(info)) > 0)
			;
		while ((done = waitpid(-1, &status, WNOHANG)) > 0) {
			if (done == pid) {
				pass_on(ends[0], out_port);
				return exit_status(status);
			}
		}
	}
}

int main(void)
{
	static char *const drivers[] = { "modprobe", "-a", "virtio_pci", "virtio_console", NULL };
	static char *const insmod[] = { "insmod", MODULE, NULL };
	int null, status;

	if (getpid() != 1)
		return 1;
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("TERM", "dumb", 1);
	umask(022);
	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* The kernel has opened the console for us only if the initramfs bore its node. */
	if (fcntl(STDERR_FILENO, F_GETFD) < 0) {
		int console = open("/dev/console", O_RDWR | O_CLOEXEC);

		for (int fd = 0; fd < 3; fd++)
			dup2(console, fd);
	}
	mount_all();
	raise_limits();
	loopback_up();
	run_to_end(drivers, null, STDERR_FILENO);
	status_port = open_port("portquota.status");
	out_port = open_port("portquota.out");
	if (status_port < 0 || out_port < 0)
		give_up("virtio ports");
	console_on();
	chdir("/root");

	if (getenv("PQ_LOAD")) {
		unsetenv("PQ_LOAD");
		status = run_to_end(insmod, null, out_port);
		if (status) {
			tell(status_port, "load %d\n", status);
			power_off();
		}
	}
	status = run_command(read_command(), null);
	kill(-1, SIGKILL);
	tell(status_port, "exit %d\n", status);
	power_off();
}
