/* SPDX-License-Identifier: GPL-2.0-only */
/* Held: a reservation, and of which resources it is held. */
#ifndef PORTQUOTA_HELD_H
#define PORTQUOTA_HELD_H

#include "resource/resource.h"

/* A reservation, as far as it matters here. */
struct held {
	struct holding who;
	const char *proto;
	const char *remote;
	const char *local;
	unsigned int port;
	enum user_state state;
	bool exclusive;
	bool reusable;
	bool reserved;
	bool old;
	uint64_t age;
	uint64_t left;
	uint64_t delay;
};

bool held_in_range(const struct held *held, const struct resource *res);
bool held_is_timewait(const struct held *held);
bool held_is_of(const struct held *held, const struct resource *res);
void held_add(const struct held *held, struct users *users, bool reusable);

#endif
