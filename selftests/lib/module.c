// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "counters.h"
#include "module.h"
#include "say.h"

static int module_open(const char *name)
{
	const char *dirs[] = { getenv("PQ_MODULES"), "/lib/portquota", "/selftests/modules" };
	char path[256];
	unsigned int i;
	int fd;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (!dirs[i])
			continue;
		snprintf(path, sizeof(path), "%s/%s.ko", dirs[i], name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			return fd;
	}
	return -1;
}

bool module_have(const char *name)
{
	int fd = module_open(name);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

int module_load(const char *name, const char *params)
{
	int fd = module_open(name);
	int ret = 0;

	if (fd < 0)
		die("no %s.ko in this guest", name);
	if (syscall(SYS_finit_module, fd, params, 0))
		ret = -errno;
	close(fd);
	return ret;
}

char *module_read(const char *name, size_t *size)
{
	int fd = module_open(name);
	struct stat st;
	char *image;

	if (fd < 0 || fstat(fd, &st))
		die("no %s.ko in this guest", name);
	image = malloc((size_t)st.st_size);
	if (!image || read(fd, image, (size_t)st.st_size) != st.st_size)
		die("cannot read %s.ko", name);
	close(fd);
	*size = (size_t)st.st_size;
	return image;
}

int module_load_image(const void *image, size_t size)
{
	return syscall(SYS_init_module, image, size, "") ? -errno : 0;
}

int module_unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

bool module_is_loaded(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return !access(path, F_OK);
}

bool portquota_loaded(void)
{
	return !access(PQ_STAT, F_OK);
}

void portquota_load(void)
{
	int ret = module_load("portquota", "");

	if (ret) {
		errno = -ret;
		die("portquota does not load");
	}
}

void portquota_unload(void)
{
	int ret = module_unload("portquota");

	if (ret) {
		errno = -ret;
		die("portquota cannot be removed");
	}
}
