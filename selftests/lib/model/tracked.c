// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "model/tracked.h"
#include "say.h"

#define BITS 16
#define SIZE (1U << BITS)

static struct tracked *table;

void tracked_init(void)
{
	table = shared_memory(SIZE * sizeof(*table));
}

static unsigned int home_of(uint64_t cookie)
{
	return (unsigned int)((cookie * 0x9e3779b97f4a7c15ULL) >> (64 - BITS));
}

struct tracked *tracked_find(uint64_t cookie)
{
	unsigned int i = home_of(cookie), n;

	for (n = 0; n < SIZE; n++, i = (i + 1) % SIZE) {
		uint64_t there = __atomic_load_n(&table[i].cookie, __ATOMIC_ACQUIRE);

		if (there == cookie)
			return &table[i];
		if (!there)
			break;
	}
	return NULL;
}

struct tracked *tracked_add(uint64_t cookie)
{
	unsigned int i = home_of(cookie), n;

	for (n = 0; n < SIZE; n++, i = (i + 1) % SIZE) {
		uint64_t none = 0;

		if (__atomic_compare_exchange_n(&table[i].cookie, &none, cookie, false,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return &table[i];
		if (none == cookie)
			die("two sockets have the cookie %llu", (unsigned long long)cookie);
	}
	die("more than %u sockets between two stops", SIZE);
}

struct tracked *tracked_next(struct tracked *after)
{
	struct tracked *t = after ? after + 1 : table;

	while (t < table + SIZE && !t->cookie)
		t++;
	return t < table + SIZE ? t : NULL;
}

unsigned int tracked_count(void)
{
	struct tracked *t = NULL;
	unsigned int n = 0;

	while ((t = tracked_next(t)))
		n++;
	return n;
}

void tracked_take(struct tracked *t, struct held now)
{
	if (t->now.port)
		t->past[t->pasts++ % PASTS] = t->now;
	t->now = now;
}

struct held *tracked_held(struct tracked *t, uint16_t port, bool remainder)
{
	struct held *found = t->now.port == port ? &t->now : NULL;
	unsigned int i, n = t->pasts < PASTS ? t->pasts : PASTS;

	for (i = 0; remainder && i < n; i++) {
		struct held *h = &t->past[i];

		if (h->port != port)
			continue;
		if (!found)
			found = h;
		else if (memcmp(found, h, sizeof(*h)))
			return NULL;
	}
	return found;
}

void tracked_sweep(void)
{
	struct tracked *kept = malloc(SIZE * sizeof(*kept)), *t = NULL;
	size_t n = 0, i;

	if (!kept)
		die("no memory");
	while ((t = tracked_next(t)))
		if (t->keep)
			kept[n++] = *t;
	memset(table, 0, SIZE * sizeof(*table));
	for (i = 0; i < n; i++) {
		t = tracked_add(kept[i].cookie);
		*t = kept[i];
		t->keep = false;
	}
	free(kept);
}
