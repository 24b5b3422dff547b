/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * measure: what the benchmark's rows share.
 *
 * Runs in a guest whose clock counts instructions (QEMU's -icount shift=0,
 * sleep=off): rdtsc gives the number executed since the start, the kernel's
 * included. Only an idle CPU moves it otherwise, so whatever may sleep must
 * not be inside a measured span.
 *
 * A row prints what it found with value(), one line each: LABEL, name, number.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define NSEC_PER_SEC	1000000000ULL
#define TIME_WAIT_NSEC	(60 * NSEC_PER_SEC)

#define RANGE		"/proc/sys/net/ipv4/ip_local_port_range"

static inline uint64_t instructions(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* Where tools/bench/where.c begins and ends to count; see profile. */
void where_begin(void);
void where_end(void);

void die(const char *what) __attribute__((noreturn));
void value(const char *name, double number);

void spin_calibrate(void);
uint64_t spin_stolen(uint64_t until);
uint64_t spin_until(uint64_t until);
void sleep_until(uint64_t when);

uint64_t stretch_until(uint64_t until);
uint64_t stretch_of(void (*work)(void));
void background(const char *name);
void connect_by_hand(void);

/* Of one connection: see life.c */
enum stage {
	CONNECT,
	ACCEPT,
	CLOSE_CLIENT,
	ACKNOWLEDGE,
	CLOSE_SERVER,
	NR_STAGES
};

/* What connections took by stage; when the first began, and the last was closed; how many */
struct life {
	uint64_t sum[NR_STAGES];
	uint64_t begin, end;
	long made;
};

long timewaits(void);
void wait_for_none(void);
void life_first_cycle(int listener, const struct sockaddr_in *addr);
void life_cycle(int listener, const struct sockaddr_in *addr, uint64_t *sum);

#define PROGRAMS_NR	16
void programs_in_turns(unsigned int repeats, struct life *life);

long proc_number(const char *file, const char *line, const char *key);
void proc_write(const char *file, const char *text);

int listener_open(struct sockaddr_in *addr, in_addr_t at);

/* The rows; each takes the number of repeats, or of what is to be held */
void row_ports(unsigned int rounds);
void row_life(unsigned int repeats);
void row_life_fin_wait2(unsigned int repeats);
void row_life_deep(unsigned int repeats);
void row_life_deep_only(unsigned int repeats);
void row_life_programs(unsigned int repeats);
void row_life_only(unsigned int repeats);
void row_steady(unsigned int repeats);
void row_shared(unsigned int repeats);
void row_churn(unsigned int seconds);
void row_full(unsigned int repeats);
void row_cap(unsigned int repeats);
void row_stat(unsigned int held);
void row_accounts(unsigned int accounts);
void row_destinations(unsigned int destinations);
void row_levels(unsigned int levels);
void row_deep(unsigned int levels);
void row_load(unsigned int namespaces);

#endif
