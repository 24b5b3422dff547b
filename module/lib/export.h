/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * export: the suites of kunit/ (make KUNIT=1) are a module of their own, and reach into this one
 * through these.
 */
#ifndef _PORTQUOTA_EXPORT_H
#define _PORTQUOTA_EXPORT_H

#include <linux/build_bug.h>
#include <linux/compiler.h>

#ifdef PORTQUOTA_KUNIT
#include <kunit/visibility.h>
#else
#define EXPORT_SYMBOL_IF_KUNIT(symbol)	static_assert(__same_type(symbol, symbol))
#endif

#endif
