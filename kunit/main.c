// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota-kunit: the suites are in the other files of this folder, one for
 * each piece of the module that is logic alone. Load portquota.ko first.
 */
#include <linux/module.h>

#include "../module/lib/compat.h"

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit suites of portquota");
PQ_COMPAT_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
