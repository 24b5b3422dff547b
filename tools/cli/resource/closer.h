/* SPDX-License-Identifier: GPL-2.0-only */
/* A closer look at resources, while it is taken: see resources_look_closer(). */
#ifndef PORTQUOTA_CLOSER_H
#define PORTQUOTA_CLOSER_H

#include "resource/portset.h"
#include "resource/resources.h"

/**
 * struct ports - which ports of a resource are held, one bit each
 * @used: by anything
 * @lost: by what is no TIME_WAIT that a connect() takes over
 * @exclusive: by bind() or listen()
 * @anywhere: on all addresses
 * @ipv4: by what an IPv4 socket on all addresses would meet
 * @address: that the others are on; NULL for none
 * @addresses: there are more than that one
 */
struct ports {
	unsigned char used[PORTSET];
	unsigned char lost[PORTSET];
	unsigned char exclusive[PORTSET];
	unsigned char anywhere[PORTSET];
	unsigned char ipv4[PORTSET];
	char *address;
	bool addresses;
};

/**
 * struct closer - a look being taken
 * @resources: what is looked at
 * @ports: of each of them; NULL for those that are not looked at
 * @read: how many reservations were read, TCP and UDP
 * @reserved: the ports that ip_local_reserved_ports has, one bit each
 * @like: an account that is looked for
 */
struct closer {
	struct resources *resources;
	struct ports **ports;
	uint64_t read[2];
	unsigned char reserved[PORTSET];
	struct record like;
};

void closer_settle(struct closer *closer);

#endif
