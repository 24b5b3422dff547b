/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scan: find the sockets and TIME_WAITs that were there before the hooks.
 *
 * The hooks are in, and every call that bypassed them is over, when the
 * kernel's tables are walked. A socket is entered under the lock of its bind
 * hash bucket: it can give its port back only after that, through a hook.
 */
#ifndef _PORTQUOTA_SCAN_H
#define _PORTQUOTA_SCAN_H

void pq_scan(void);

#endif
