// SPDX-License-Identifier: GPL-2.0-only
/*
 * threads: connections of two threads of one program, each on a CPU of its own, to
 * one destination.
 *
 * Each thread has a listener of its own on the same port, which gets what comes
 * from the same CPU.
 *
 * shared makes them while as many TIME_WAITs end as begin, for where.c to see which
 * cache lines both CPUs write; churn as fast as it can, in a network namespace of
 * its own, and counts how many a second of the guest's clock. Neither counts
 * instructions: any clock will do.
 */
#include <errno.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

#define THREADS		2
#define EARLY_NSEC	(2 * NSEC_PER_SEC)
#define SPAN_USEC	4000000	/* in which all of the first half begin to expire */

static unsigned int each;	/* connections of a thread; or seconds */
static pthread_barrier_t barrier;

static int listener_of_cpu(int cpu, struct sockaddr_in *addr)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

	*addr = (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(80),
	};
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &cpu, sizeof(cpu)) ||
	    bind(fd, (struct sockaddr *)addr, sizeof(*addr)) || listen(fd, 65535))
		die("listen");
	return fd;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

static void cpu_take(int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (pthread_setaffinity_np(pthread_self(), sizeof(one), &one))
		die("a guest with two CPUs is needed");
}

static void lives(int listener, const struct sockaddr_in *addr, unsigned int pause_usec)
{
	uint64_t sum[NR_STAGES] = {};
	unsigned int i;

	for (i = 0; i < each; i++) {
		life_cycle(listener, addr, sum);
		usleep(pause_usec);
	}
}

static void *shared_main(void *arg)
{
	int cpu = (long)arg, listener;
	struct sockaddr_in addr;

	cpu_take(cpu);
	listener = listener_of_cpu(cpu, &addr);
	pthread_barrier_wait(&barrier);
	lives(listener, &addr, 1000);
	pthread_barrier_wait(&barrier);	/* they are to expire */
	pthread_barrier_wait(&barrier);	/* soon */
	lives(listener, &addr, SPAN_USEC / each);
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void threads_begin(void *(*main)(void *arg), pthread_t *id)
{
	long cpu;

	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (cpu = 0; cpu < THREADS; cpu++)
		if (pthread_create(&id[cpu], NULL, main, (void *)cpu))
			die("thread");
}

void row_shared(unsigned int repeats)
{
	pthread_t id[THREADS];
	uint64_t first;
	long all;

	wait_for_none();
	each = repeats / THREADS;
	threads_begin(shared_main, id);
	first = now();
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	/* A slow machine may take most of that time to make them. */
	while (now() < first + TIME_WAIT_NSEC - EARLY_NSEC)
		usleep(10000);
	all = timewaits();
	errno = EPROTO;
	if (all != THREADS * each)
		die("not every connection is in TIME_WAIT");
	where_begin();
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	/* What has begun since is all that is left. */
	while (timewaits() > all)
		usleep(100000);
	where_end();
}

static void *churn_main(void *arg)
{
	uint64_t sum[NR_STAGES] = {}, end;
	int cpu = (long)arg, listener;
	struct sockaddr_in addr;
	long made = 0;

	cpu_take(cpu);
	listener = listener_of_cpu(cpu, &addr);
	pthread_barrier_wait(&barrier);
	for (end = now() + each * NSEC_PER_SEC; now() < end; made++)
		life_cycle(listener, &addr, sum);
	return (void *)made;
}

static void new_namespace(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET))
		die("unshare");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo))
		die("lo");
	close(fd);
}

/* None of the TIME_WAITs ends before the namespace does. */
void row_churn(unsigned int seconds)
{
	pthread_t id[THREADS];
	long made = 0;
	void *of_one;
	int i;

	new_namespace();
	each = seconds;
	threads_begin(churn_main, id);
	pthread_barrier_wait(&barrier);
	for (i = 0; i < THREADS; i++) {
		pthread_join(id[i], &of_one);
		made += (long)of_one;
	}
	value("lives a second", (double)made / seconds);
}
