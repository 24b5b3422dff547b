// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets that go from one worker to another, of whichever namespace and cgroup.
 */
#include <string.h>
#include <sys/socket.h>

#include "model/slot.h"

/* Takes a socket that another worker, of whichever namespace, has sent. -1: there is none. */
static int box_take(struct worker *w)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(model->box[w->id][0], &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	return fd;
}

/* To a slot of its own kind, so that TCP's operations find TCP. */
static void box_put(struct worker *w, int fd, unsigned int number)
{
	struct slot taken = { .fd = fd, .cookie = cookie_of(fd) }, *to;

	if (tracked_of(&taken)->proto == IPPROTO_UDP)
		to = &w->slot[SLOTS - UDP_SLOTS + number % UDP_SLOTS];
	else
		to = &w->slot[number % (SLOTS - UDP_SLOTS)];
	slot_close(to);
	*to = taken;
	came_about(OUTCOME_RECEIVED);
}

static void box_send(struct slot *s, unsigned int to)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { "x", 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &s->fd, sizeof(int));
	if (sendmsg(model->box[to][1], &m, MSG_DONTWAIT) != 1)
		return;
	came_about(OUTCOME_PASSED);
	slot_close(s);
}

void do_pass(struct worker *w, struct rng *r)
{
	unsigned int to = rng_below(r, model->run.threads);
	struct slot *s = &w->slot[rng_below(r, SLOTS)];
	bool send = rng_percent(r, 50);
	int fd;

	/* Two workers would have one socket. */
	if (w->heir)
		return;
	if (send && s->fd >= 0) {
		box_send(s, to);
		return;
	}
	fd = box_take(w);
	if (fd >= 0)
		box_put(w, fd, (unsigned int)(s - w->slot));
}

void box_drain(struct worker *w)
{
	unsigned int number = 0;
	int fd;

	while ((fd = box_take(w)) >= 0)
		box_put(w, fd, number++);
}
