/* SPDX-License-Identifier: GPL-2.0-only */
/* Overview: what status tells of a namespace, or of a cgroup in it, and how it is printed. */
#ifndef PORTQUOTA_CMD_OVERVIEW_H
#define PORTQUOTA_CMD_OVERVIEW_H

#include "model/limit.h"
#include "resource/resources.h"

/**
 * struct overview - what is looked at; starts as all zero, but for @cgroup
 * @cgroup: the cgroup that it is about; NULL for the whole namespace
 * @of: the counters of what it is about: its account, or stat
 * @of_before: the same at the first of two looks, if there were two
 * @nothing: stands for the account that a cgroup has not
 * @netns: where that is
 * @mode: of the module
 * @now: all that is read of the namespace
 * @before: the first of two looks, else all zero
 * @resources: what can run out there
 * @limits: those that concern what it is about
 * @top: so many of the accounts of @now are told, the first
 */
struct overview {
	const char *cgroup;
	const struct record *of;
	const struct record *of_before;
	struct record nothing;
	char netns[32];
	char mode[16];
	struct survey now;
	struct survey before;
	struct resources resources;
	struct limit_list limits;
	size_t top;
};

int overview_take(struct overview *view);
bool overview_is_empty(const struct overview *view);
bool overview_owner(const struct overview *view, struct culprit *owner);
void overview_put_text(const struct overview *view);
void overview_put_json(const struct overview *view);
void overview_free(struct overview *view);

#endif
