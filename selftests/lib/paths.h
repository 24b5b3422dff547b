/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's files, by the names of include/uapi/linux/portquota.h.
 */
#ifndef PQ_PATHS_H
#define PQ_PATHS_H

#include <linux/portquota.h>

/* Of the reader's network namespace. */
#define PQ_DIR			"/proc/net/" PORTQUOTA_DIR
#define PQ_STAT			PQ_DIR "/" PORTQUOTA_STAT
#define PQ_ACCOUNTS		PQ_DIR "/" PORTQUOTA_ACCOUNTS
#define PQ_RESERVATIONS		PQ_DIR "/" PORTQUOTA_RESERVATIONS
#define PQ_DESTINATIONS		PQ_DIR "/" PORTQUOTA_DESTINATIONS
#define PQ_RULES		PQ_DIR "/" PORTQUOTA_RULES
#define PQ_EVENTS		PQ_DIR "/" PORTQUOTA_EVENTS

/* Of the host. */
#define PQ_HOST_DIR		"/proc/" PORTQUOTA_DIR
#define PQ_NAMESPACES		PQ_HOST_DIR "/" PORTQUOTA_NAMESPACES
#define PQ_HOST_RULES		PQ_HOST_DIR "/" PORTQUOTA_RULES
#define PQ_HOST_EVENTS		PQ_HOST_DIR "/" PORTQUOTA_EVENTS

#define PQ_PARAMETERS		"/sys/module/portquota/parameters"

#endif
