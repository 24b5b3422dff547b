// SPDX-License-Identifier: GPL-2.0-only
/* trace: the tracepoints of charge_trace.h are made here. */
#define CREATE_TRACE_POINTS
#include "charge_trace.h"

#include "lib/export.h"

EXPORT_TRACEPOINT_IF_KUNIT(portquota_charge);
EXPORT_TRACEPOINT_IF_KUNIT(portquota_uncharge);
EXPORT_TRACEPOINT_IF_KUNIT(portquota_timewait_begin);
EXPORT_TRACEPOINT_IF_KUNIT(portquota_timewait_end);
