/* SPDX-License-Identifier: GPL-2.0-only */
/* All network namespaces of the host: what namespaces and status -A print. */
#ifndef PORTQUOTA_NETNS_ROWS_H
#define PORTQUOTA_NETNS_ROWS_H

int netns_rows_show(void);

#endif
