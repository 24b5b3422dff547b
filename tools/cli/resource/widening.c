// SPDX-License-Identifier: GPL-2.0-only
/* Widening: see widening.h. */
#include <stdlib.h>

#include "lib/cli.h"
#include "model/socket.h"
#include "resource/widening.h"

#define PLAIN_LOW	32768	/* the kernel's own range */
#define PLAIN_HIGH	60999
#define HIGHEST		65535
#define LOWEST		1024
#define ROUND		1000
#define NAMED		8	/* services that are named; the ports of all are reserved */

/* Twice as many ports, or the kernel's own range if that is more. */
static void choose(struct widening *widening, const struct sysctls *sysctls)
{
	long low = sysctls->low, high = sysctls->high, size = high - low + 1, lowest = LOWEST;

	if (sysctls->unprivileged_start > lowest)
		lowest = sysctls->unprivileged_start;
	if (low < lowest || high > HIGHEST || size <= 0 || (low == lowest && high == HIGHEST))
		return;
	if (low >= PLAIN_LOW && high <= PLAIN_HIGH && 2 * size <= PLAIN_HIGH - PLAIN_LOW + 1) {
		widening->low = PLAIN_LOW;
		widening->high = PLAIN_HIGH;
		return;
	}
	low = HIGHEST - 2 * size + 1;
	low -= low % ROUND;
	if (low > sysctls->low)
		low = sysctls->low;
	widening->low = low < lowest ? lowest : low;
	widening->high = HIGHEST;
}

static void append(char **to, const char *separator, char *more)
{
	char *longer = *to ? xasprintf("%s%s%s", *to, separator, more) : xstrdup(more);

	free(*to);
	free(more);
	*to = longer;
}

/**
 * widening_reserve - what ip_local_reserved_ports is to be to have some ports more in it
 * @sysctls: the settings
 * @ports: the ports, with commas
 *
 * Return: the value, for the caller to free().
 */
char *widening_reserve(const struct sysctls *sysctls, const char *ports)
{
	if (sysctls->reserved && *sysctls->reserved)
		return xasprintf("%s,%s", sysctls->reserved, ports);
	return xstrdup(ports);
}

static void add_services(struct widening *widening, const struct sysctls *sysctls)
{
	struct listeners listeners;
	char *ports = NULL;
	size_t named = 0;

	listeners_read(&listeners, widening->low, widening->high);
	for (size_t i = 0; i < listeners.count; i++) {
		const struct listener *one = &listeners.list[i];

		if (((long)one->port >= sysctls->low && (long)one->port <= sysctls->high) ||
		    sysctls_is_reserved(sysctls, one->port))
			continue;
		append(&ports, ",", xasprintf("%u", one->port));
		if (++named <= NAMED)
			append(&widening->services, ", ",
			       xasprintf("%u%s%s", one->port, one->comm ? " " : "",
					 one->comm ?: ""));
	}
	if (named > NAMED)
		append(&widening->services, " ", xasprintf("and %zu more", named - NAMED));
	if (ports)
		widening->reserve = widening_reserve(sysctls, ports);
	free(ports);
	listeners_free(&listeners);
	socket_forget();
}

/**
 * widening_plan - choose a larger range
 * @widening: filled in; widening_free() is due
 * @sysctls: the settings
 *
 * Return: whether there is a larger one.
 */
bool widening_plan(struct widening *widening, const struct sysctls *sysctls)
{
	*widening = (struct widening){ 0 };
	if (sysctls->low > 0)
		choose(widening, sysctls);
	if (widening->low)
		add_services(widening, sysctls);
	return widening->low;
}

/**
 * widening_free - give everything back
 * @widening: the widening
 */
void widening_free(struct widening *widening)
{
	free(widening->services);
	free(widening->reserve);
	*widening = (struct widening){ 0 };
}
