/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reset: finds the connections that have ended and keep their port, because it
 * was bound by hand, and counts them as bound again. No hook sees such an end.
 */
#ifndef _PORTQUOTA_RESET_H
#define _PORTQUOTA_RESET_H

#include <linux/types.h>

bool pq_reservations_find_resets(void);

#endif
