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
#include <linux/tracepoint.h>
#define EXPORT_TRACEPOINT_IF_KUNIT(name)	EXPORT_TRACEPOINT_SYMBOL_GPL(name)
#else
#define EXPORT_SYMBOL_IF_KUNIT(symbol)	static_assert(__same_type(symbol, symbol))
#define EXPORT_TRACEPOINT_IF_KUNIT(name)	\
	static_assert(__same_type(trace_##name, trace_##name))
#endif

#endif
