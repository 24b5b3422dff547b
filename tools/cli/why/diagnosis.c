// SPDX-License-Identifier: GPL-2.0-only
/*
 * Diagnosis: see diagnosis.h.
 *
 * Each cause has a function that finds it. A cause is certain if counters show it: a limit that is
 * reached, a range or a destination with no port left, a refusal between the two looks. A cause is
 * likely if it is concluded from fractions. TIME_WAIT and leaks are causes only where ports are
 * short.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "why/diagnosis.h"
#include "why/families.h"

static void find_none(const struct figures *f, struct findings *findings)
{
	const struct figures_ports *ports = &f->whole.ports[PROTO_TCP];
	uint64_t refused = f->whole.use[USE_TCP].refused + f->whole.use[USE_UDP].refused;
	uint64_t exhausted = ports->exhausted + f->whole.ports[PROTO_UDP].exhausted;
	const struct figures_destination *dest = f->destination_count ? f->destinations : NULL;
	/* In mode audit a rule counts what it would have refused, and refuses nothing. */
	struct finding *finding = findings_add(findings, CAUSE_NONE,
					       f->leaks_known && f->destinations_known, 0);
	char *busiest;

	if (dest)
		busiest = xasprintf("%ju of %ju ports are used to the busiest destination, %s",
				    (uintmax_t)dest->used, (uintmax_t)dest->usable,
				    dest->destination);
	else if (f->destinations_known)
		busiest = xstrdup("no connection uses a port");
	else
		busiest = xstrdup("this module does not report destinations");
	finding->what = xasprintf("Nothing is wrong with ports: %ju of %ju are in use; %s; "
				  "during the last %.1f seconds no call was refused, and the "
				  "kernel did not run out of ports.",
				  (uintmax_t)ports->held, (uintmax_t)ports->usable, busiest,
				  f->seconds);
	free(busiest);
	record_add_number(&finding->figures, "ports", ports->held);
	record_add_number(&finding->figures, "usable", ports->usable);
	if (dest) {
		record_add_text(&finding->who, "source", dest->source);
		record_add_text(&finding->who, "destination", dest->destination);
		record_add_number(&finding->figures, "used", dest->used);
		record_add_number(&finding->figures, "free", dest->free);
	}
	record_add_number(&finding->figures, "refused", refused);
	record_add_number(&finding->figures, "exhausted", exhausted);
}

static int in_order(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->certain != y->certain)
		return x->certain ? -1 : 1;
	if (x->cause != y->cause)
		return x->cause < y->cause ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return strcmp(x->what, y->what);
}

/**
 * diagnose - find the causes
 * @f: the figures
 * @findings: filled in, the certain first; one of CAUSE_NONE if there is no other. findings_free()
 *	is due, before the figures go
 */
void diagnose(const struct figures *f, struct findings *findings)
{
	*findings = (struct findings){ 0 };
	find_rules(f, findings);
	find_ranges(f, findings);
	find_destinations(f, findings);
	find_overflow(f, findings);
	find_churn(f, findings);
	find_leaks(f, findings);
	if (!findings->count)
		find_none(f, findings);
	qsort(findings->list, findings->count, sizeof(*findings->list), in_order);
}
