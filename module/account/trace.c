// SPDX-License-Identifier: GPL-2.0-only
/* trace: the tracepoints of charge_trace.h are made here. */
#define CREATE_TRACE_POINTS
#include "charge_trace.h"
