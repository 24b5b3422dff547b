// SPDX-License-Identifier: GPL-2.0-only
/*
 * refuse.so: to be preloaded. Stands in for the kernel where it refuses: a write that begins with
 * $REFUSE fails with $REFUSE_ERRNO; with $REFUSE_ALSO the same for another.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int begins(const char *text, size_t size, const char *name)
{
	const char *start = getenv(name);

	return start && size >= strlen(start) && !memcmp(text, start, strlen(start));
}

ssize_t write(int fd, const void *text, size_t size)
{
	static ssize_t (*next)(int fd, const void *text, size_t size);
	const char *number = getenv("REFUSE_ERRNO");

	if (begins(text, size, "REFUSE") || begins(text, size, "REFUSE_ALSO")) {
		errno = number ? atoi(number) : EINVAL;
		return -1;
	}
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "write");
	return next(fd, text, size);
}
