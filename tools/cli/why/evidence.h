/* SPDX-License-Identifier: GPL-2.0-only */
/* Evidence: what is read of a namespace, twice, to make the figures of a diagnosis from. */
#ifndef PORTQUOTA_EVIDENCE_H
#define PORTQUOTA_EVIDENCE_H

#include "model/account.h"
#include "model/destination.h"
#include "model/group.h"
#include "model/rules.h"

#define EVIDENCE_DESTINATIONS	64	/* the largest; smaller ones have ports left */

/**
 * struct look - a namespace at one moment
 * @when: seconds on a clock that only goes forward
 * @stat: its totals
 * @accounts: its accounts, in the order of the tree
 * @destinations: its largest destinations
 * @destinations_known: whether the module tells them
 * @leaks: reservations that could be leaks, counted
 * @users: reservations to destinations that are short of ports, counted
 * @complaint: why single reservations could not be looked at; NULL if they could
 */
struct look {
	double when;
	struct record stat;
	struct account_list accounts;
	struct destination_list destinations;
	bool destinations_known;
	struct groups leaks;
	struct groups users;
	char *complaint;
};

/**
 * struct evidence - all that is known of a namespace; starts as all zero
 * @netns: its name if several namespaces are looked at, else NULL
 * @looks: the first look and the second
 * @rules: its rules
 * @enforcing: whether rules refuse anything
 */
struct evidence {
	char *netns;
	struct look looks[2];
	struct rules rules;
	bool enforcing;
};

int evidence_look(struct evidence *ev, size_t which);
void evidence_free(struct evidence *ev);

#endif
