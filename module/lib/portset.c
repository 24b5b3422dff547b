// SPDX-License-Identifier: GPL-2.0-only
/* portset: see portset.h for what it promises. */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "export.h"
#include "once.h"
#include "portset.h"

#define CHUNK		256	/* ports */
#define CHUNK_WORDS	(CHUNK / BITS_PER_LONG)

struct chunk {
	atomic_t holders[CHUNK];
	unsigned long held[CHUNK_WORDS];	/* a bit for each with any holders */
};

struct pq_portset_chunks {
	struct chunk *chunk[65536 / CHUNK];
};

static struct chunk *chunk_of(const struct pq_portset *set, u16 port)
{
	const struct pq_portset_chunks *chunks = READ_ONCE(set->chunks);

	return chunks ? READ_ONCE(chunks->chunk[port / CHUNK]) : NULL;
}

static struct chunk *grow(struct pq_portset *set, u16 port)
{
	struct pq_portset_chunks *chunks = READ_ONCE(set->chunks);

	if (!chunks)
		chunks = pq_make_once(&set->chunks, sizeof(*chunks));
	if (!chunks)
		return NULL;
	return pq_make_once(&chunks->chunk[port / CHUNK], sizeof(struct chunk));
}

/*
 * The number of holders has become 0, or is 0 no more: the bit follows. Where two CPUs
 * have changed the number at the same time, the one that writes the bit last looks at
 * the number after that, and so leaves the bit right. What returns the old bit is a
 * full barrier.
 */
static void follow(struct chunk *chunk, unsigned int i)
{
	bool held;

	do {
		held = atomic_read(&chunk->holders[i]) > 0;
		if (held)
			test_and_set_bit(i, chunk->held);
		else
			test_and_clear_bit(i, chunk->held);
	} while (held != (atomic_read(&chunk->holders[i]) > 0));
}

/**
 * pq_portset_hold() - a port has one holder more
 * @set: the set
 * @port: the port, host order
 *
 * Context: any.
 */
void pq_portset_hold(struct pq_portset *set, u16 port)
{
	struct chunk *chunk = chunk_of(set, port) ?: grow(set, port);
	unsigned int i = port % CHUNK;

	if (chunk && atomic_inc_return(&chunk->holders[i]) == 1)
		follow(chunk, i);
}
EXPORT_SYMBOL_IF_KUNIT(pq_portset_hold);

/**
 * pq_portset_release() - a port has one holder less
 * @set: the set
 * @port: the port, host order
 *
 * One that could not be had when the port was held is not missed.
 *
 * Context: any.
 * Return: true if that was the last one.
 */
bool pq_portset_release(struct pq_portset *set, u16 port)
{
	struct chunk *chunk = chunk_of(set, port);
	unsigned int i = port % CHUNK;

	if (!chunk || atomic_dec_if_positive(&chunk->holders[i]))
		return false;
	follow(chunk, i);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(pq_portset_release);

/**
 * pq_portset_holders() - how many holders has a port?
 * @set: the set
 * @port: the port, host order
 *
 * Context: any.
 * Return: the number.
 */
unsigned int pq_portset_holders(const struct pq_portset *set, u16 port)
{
	const struct chunk *chunk = chunk_of(set, port);

	return chunk ? atomic_read(&chunk->holders[port % CHUNK]) : 0;
}
EXPORT_SYMBOL_IF_KUNIT(pq_portset_holders);

/* The bits of BITS_PER_LONG ports from @port on */
static unsigned long word_at(const struct pq_portset *set, unsigned int port)
{
	const struct chunk *chunk = chunk_of(set, port);

	return chunk ? READ_ONCE(chunk->held[port % CHUNK / BITS_PER_LONG]) : 0;
}

/**
 * pq_portset_count() - how many ports of a range are in a set?
 * @set: the set
 * @without: those that are in this one too do not count; or NULL
 * @reserved: nor do these, a bitmap of the 65,536 ports; or NULL
 * @low: the first port
 * @high: the last port
 *
 * Context: any; the cost grows with the size of the range, by the word.
 * Return: the number.
 */
unsigned int pq_portset_count(const struct pq_portset *set, const struct pq_portset *without,
			      const unsigned long *reserved, u16 low, u16 high)
{
	unsigned int port = low - low % BITS_PER_LONG, count = 0;
	unsigned long word;

	while (port <= high) {
		if (!chunk_of(set, port)) {
			port += CHUNK - port % CHUNK;
			continue;
		}
		word = word_at(set, port);
		if (without)
			word &= ~word_at(without, port);
		if (reserved)
			word &= ~READ_ONCE(reserved[port / BITS_PER_LONG]);
		if (port < low)
			word &= ~0UL << (low - port);
		if (port + BITS_PER_LONG - 1 > high)
			word &= ~0UL >> (port + BITS_PER_LONG - 1 - high);
		count += hweight_long(word);
		port += BITS_PER_LONG;
	}
	return count;
}
EXPORT_SYMBOL_IF_KUNIT(pq_portset_count);

/**
 * pq_portset_free() - give back a set's memory
 * @set: the set; it is not used any more
 */
void pq_portset_free(struct pq_portset *set)
{
	unsigned int i;

	for (i = 0; set->chunks && i < ARRAY_SIZE(set->chunks->chunk); i++)
		kfree(set->chunks->chunk[i]);
	kfree(set->chunks);
}
EXPORT_SYMBOL_IF_KUNIT(pq_portset_free);
