// SPDX-License-Identifier: GPL-2.0-only
#include "child.h"
#include "lane.h"
#include "settle.h"

enum source { STAT, ACCOUNT, DELETED };

static long long read_one(enum source from, const char *path, size_t offset)
{
	struct stat_file s;

	switch (from) {
	case STAT:
		stat_read(&s);
		break;
	case ACCOUNT:
		account_get(path, &s.c);
		break;
	case DELETED:
		account_get_deleted(path, &s.c);
		break;
	}
	return *(long long *)((char *)&s.c + offset);
}

static long long settled(enum source from, const char *path, size_t offset, long long want)
{
	unsigned long long end = now_ms() + lane_scale(1000, 6000);
	long long seen;

	while ((seen = read_one(from, path, offset)) != want && now_ms() < end)
		sleep_ms(5);
	return seen;
}

long long stat_settled(size_t offset, long long want)
{
	return settled(STAT, NULL, offset, want);
}

long long account_settled(const char *path, size_t offset, long long want)
{
	return settled(ACCOUNT, path, offset, want);
}

long long deleted_settled(const char *path, size_t offset, long long want)
{
	return settled(DELETED, path, offset, want);
}
