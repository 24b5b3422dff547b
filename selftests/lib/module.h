/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loading and removing modules without modprobe, so that the errno is seen.
 * Modules are looked for in $PQ_MODULES, /lib/portquota and /selftests/modules.
 */
#ifndef PQ_MODULE_H
#define PQ_MODULE_H

#include <stdbool.h>
#include <stddef.h>

int module_load(const char *name, const char *params);	/* 0 or -errno */
char *module_read(const char *name, size_t *size);	/* its .ko; the caller frees */
int module_load_image(const void *image, size_t size);	/* 0 or -errno */
int module_unload(const char *name);			/* 0 or -errno */
bool module_have(const char *name);			/* its .ko is in the guest */
bool module_is_loaded(const char *name);

bool portquota_loaded(void);
void portquota_load(void);				/* die on failure */
void portquota_unload(void);

#endif
