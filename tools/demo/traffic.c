// SPDX-License-Identifier: GPL-2.0-only
/*
 * traffic: takes ports and gives them back, as many and in such ways as it is
 * told.  No test itself; the demo and people at a shell use it.
 *
 *	traffic serve --on 127.0.0.1:80 --background
 *	traffic tcp --to 127.0.0.1:80 --number 1000 --hold 10 --close client
 *	traffic udp --to 127.0.0.1:53 --number 100 --hold 10
 *	traffic bind --number 10 --hold 10
 *
 * With --background it comes back when everything is connected or bound, and a
 * process stays behind that holds it, closes it and ends.  The first byte of a
 * connection tells the server of this program who is to close.
 */
#include <argp.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addr.h"
#include "cgroup.h"
#include "child.h"

#define ADDRESSES 64

/* What the first byte asks of the server. */
enum wish {
	WISH_WAIT = 'w',	/* the client closes first */
	WISH_CLOSE = 'c',
	WISH_RESET = 'r',
	WISH_UNREAD = 'u',	/* send something that the client will not read */
};

enum closing { CLIENT, SERVER, RST, SERVER_RST, UNREAD, MIXED };

static const char *const closing_name[] = {
	"client", "server", "rst", "server-rst", "unread", "mixed", NULL
};

static struct {
	const char *what, *cgroup;
	struct addr address[ADDRESSES];
	unsigned int addresses;
	unsigned int number, rate;
	double hold, fade;
	enum closing closing;
	bool background, quiet;
} opt = { .number = 1 };

static const struct argp_option options[] = {
	{ "to", 't', "ADDR:PORT", 0, "tcp, udp: where to; several are taken in turn", 0 },
	{ "on", 'o', "ADDR:PORT", 0, "serve: where to listen; several are possible", 0 },
	{ "number", 'n', "N", 0, "how many connections or binds (1)", 0 },
	{ "rate", 'r', "N", 0, "at most so many a second", 0 },
	{ "hold", 'h', "SECONDS", 0, "keep them so long, then close (0)", 0 },
	{ "fade", 'f', "SECONDS", 0, "spread the closing over so long (0)", 0 },
	{ "close", 'c', "HOW", 0, "client, server, rst, server-rst, unread or mixed (client)", 0 },
	{ "cgroup", 'g', "PATH", 0, "make this cgroup and enter it first", 0 },
	{ "background", 'b', NULL, 0, "come back once it is done, hold on behind", 0 },
	{ "quiet", 'q', NULL, 0, "do not say what was done", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	unsigned int i;

	switch (key) {
	case 't':
	case 'o':
		if (opt.addresses == ADDRESSES || !addr_parse(&opt.address[opt.addresses++], arg))
			argp_error(state, "'%s' is no ADDR:PORT", arg);
		return 0;
	case 'n':
		opt.number = (unsigned int)strtoul(arg, NULL, 10);
		return 0;
	case 'r':
		opt.rate = (unsigned int)strtoul(arg, NULL, 10);
		return 0;
	case 'h':
		opt.hold = strtod(arg, NULL);
		return 0;
	case 'f':
		opt.fade = strtod(arg, NULL);
		return 0;
	case 'c':
		for (i = 0; closing_name[i]; i++)
			if (!strcmp(arg, closing_name[i]))
				break;
		if (!closing_name[i])
			argp_error(state, "nothing closes as '%s'", arg);
		opt.closing = (enum closing)i;
		return 0;
	case 'g':
		opt.cgroup = arg;
		return 0;
	case 'b':
		opt.background = true;
		return 0;
	case 'q':
		opt.quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (opt.what)
			argp_usage(state);
		opt.what = arg;
		return 0;
	case ARGP_KEY_END:
		if (!opt.what)
			argp_usage(state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "serve|tcp|udp|bind|listen",
	.doc = "Takes ports and gives them back.",
};

static void said(const char *fmt, unsigned int n, const char *what)
{
	if (opt.quiet)
		return;
	printf(fmt, n, what);
	fflush(stdout);
}

static void descriptors(void)
{
	struct rlimit r = { 1 << 20, 1 << 20 };

	setrlimit(RLIMIT_NOFILE, &r);
}

/* The parent ends here; nothing of ours keeps its terminal or pipe open. */
static void go_behind(void)
{
	pid_t pid;
	int null;

	if (!opt.background)
		return;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		err(1, "cannot go behind");
	if (pid)
		_exit(0);
	setsid();
	null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
}

static void reset(int fd)
{
	struct linger l = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(fd);
}

/* One connection of the server has something to say; false when it is over. */
static void serve_one(int fd)
{
	char c = WISH_WAIT;
	ssize_t n = recv(fd, &c, 1, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0 && c == WISH_WAIT)
		return;
	if (n > 0 && c == WISH_UNREAD) {
		if (send(fd, "x", 1, MSG_NOSIGNAL) == 1)
			return;
	}
	if (n > 0 && c == WISH_RESET)
		reset(fd);
	else
		close(fd);
}

static int listen_on(const struct addr *a)
{
	int fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &a->sa, a->len))
		err(1, "bind to port %u", addr_port(a));
	if (listen(fd, 4096))
		err(1, "listen on port %u", addr_port(a));
	return fd;
}

static void serve(void)
{
	int poll = epoll_create1(EPOLL_CLOEXEC), listener[ADDRESSES], fd, n;
	struct epoll_event ready[256], e = { .events = EPOLLIN };
	unsigned int i;

	for (i = 0; i < opt.addresses; i++) {
		listener[i] = listen_on(&opt.address[i]);
		e.data.fd = listener[i];
		epoll_ctl(poll, EPOLL_CTL_ADD, listener[i], &e);
	}
	said("%u listening%s\n", opt.addresses, "");
	go_behind();
	while ((n = epoll_wait(poll, ready, 256, -1)) >= 0 || errno == EINTR) {
		for (; n > 0; n--) {
			int from = ready[n - 1].data.fd;

			for (i = 0; i < opt.addresses && listener[i] != from; i++)
				;
			if (i == opt.addresses) {
				serve_one(from);
				continue;
			}
			while ((fd = accept4(from, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
				e.data.fd = fd;
				epoll_ctl(poll, EPOLL_CTL_ADD, fd, &e);
			}
		}
	}
	err(1, "epoll");
}

/* Comes back when @done of opt.number things are due that take @ms in all. */
static void pace(unsigned int done, unsigned long long begin, double ms)
{
	unsigned long long due = begin + (unsigned long long)(ms * done / opt.number);
	unsigned long long now;

	while ((now = now_ms()) < due)
		sleep_ms((unsigned int)(due - now));
}

static void close_one(int fd, enum closing how)
{
	static const char wish[] = {
		[CLIENT] = WISH_WAIT, [SERVER] = WISH_CLOSE, [RST] = WISH_WAIT,
		[SERVER_RST] = WISH_RESET, [UNREAD] = WISH_UNREAD,
	};
	char c;

	if (how != CLIENT && how != RST)
		send(fd, &wish[how], 1, MSG_NOSIGNAL);
	if (how == RST) {
		reset(fd);
		return;
	}
	/* Until the server has closed, or its byte is there to be left unread. */
	if (how == SERVER || how == SERVER_RST)
		recv(fd, &c, 1, 0);
	else if (how == UNREAD)
		recv(fd, &c, 1, MSG_PEEK);
	close(fd);
}

static int connect_one(int type, const struct addr *to)
{
	int fd = socket(to->sa.sa_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	if (connect(fd, &to->sa, to->len))
		err(1, "connect to port %u", addr_port(to));
	return fd;
}

static int bind_one(bool listening)
{
	struct addr a = addr_make(V4, 1, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	if (bind(fd, &a.sa, a.len))
		err(1, "bind");
	if (listening && listen(fd, 128))
		err(1, "listen");
	return fd;
}

static int take_one(unsigned int i)
{
	const struct addr *to = &opt.address[i % (opt.addresses ?: 1)];

	if (!strcmp(opt.what, "tcp"))
		return connect_one(SOCK_STREAM, to);
	if (!strcmp(opt.what, "udp"))
		return connect_one(SOCK_DGRAM, to);
	return bind_one(!strcmp(opt.what, "listen"));
}

static void take_and_give_back(void)
{
	unsigned long long begin = now_ms();
	int *fd = calloc(opt.number, sizeof(*fd));
	unsigned int i;

	if (!fd && opt.number)
		err(1, "no memory for %u descriptors", opt.number);
	for (i = 0; i < opt.number; i++) {
		fd[i] = take_one(i);
		pace(i + 1, begin, opt.rate ? 1000.0 * opt.number / opt.rate : 0);
	}
	said("%u %s sockets taken\n", opt.number, opt.what);
	go_behind();
	sleep_ms((unsigned int)(opt.hold * 1000));
	begin = now_ms();
	for (i = 0; i < opt.number; i++) {
		if (strcmp(opt.what, "tcp"))
			close(fd[i]);
		else
			close_one(fd[i], opt.closing == MIXED ? i % MIXED : opt.closing);
		pace(i + 1, begin, 1000 * opt.fade);
	}
	said("%u %s sockets closed\n", opt.number, opt.what);
	free(fd);
}

int main(int argc, char **argv)
{
	bool serving, connecting;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	serving = !strcmp(opt.what, "serve");
	connecting = !strcmp(opt.what, "tcp") || !strcmp(opt.what, "udp");
	if (!serving && !connecting && strcmp(opt.what, "bind") && strcmp(opt.what, "listen"))
		errx(64, "what is '%s'?", opt.what);
	if ((serving || connecting) && !opt.addresses)
		errx(64, "%s needs %s", opt.what, serving ? "--on" : "--to");
	signal(SIGPIPE, SIG_IGN);
	descriptors();
	if (opt.cgroup) {
		cgroup_make(opt.cgroup);
		cgroup_enter(opt.cgroup);
	}
	if (serving)
		serve();
	else
		take_and_give_back();
	return 0;
}
