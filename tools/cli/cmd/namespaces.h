/* SPDX-License-Identifier: GPL-2.0-only */
/* All network namespaces of the host: what status prints with -A. */
#ifndef PORTQUOTA_NAMESPACES_H
#define PORTQUOTA_NAMESPACES_H

int namespaces_show(void);

#endif
