// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/socket.h>

#include "conn.h"
#include "model/slot.h"

/* An autobind comes first, and what the call itself says then changes nothing. */
static void udp_saw(const struct slot *s, struct tracked *t, int ret)
{
	if (t->holding != HOLDS_NOTHING)
		return;
	if (ret == -EAGAIN)
		refused(t, REFUSED_ANY);
	else if (port_of(s->fd))
		port_taken(s, t, HOLDS_AUTO, true);
	if (ret >= 0)
		came_about(t->domain == AF_INET ? OUTCOME_UDP_V4 : OUTCOME_UDP_V6);
}

void do_udp(struct worker *w, struct rng *r)
{
	struct slot *s = &w->slot[SLOTS - UDP_SLOTS + rng_below(r, UDP_SLOTS)];
	unsigned int what = rng_below(r, 8);
	struct tracked *t;
	struct addr a;

	t = s->fd < 0 ? slot_fill(w, s, r, true) : tracked_of(s);
	a = address_for(t, r, 1 + rng_below(r, 3), (uint16_t)(RANGE_LOW + rng_below(r, 800)));
	switch (what) {
	case 0:
		slot_bind(s, t, &a);
		break;
	case 1:
		addr_set_port(&a, 0);
		slot_bind(s, t, &a);
		break;
	case 2:
		udp_saw(s, t, try_connect(s->fd, &a));
		break;
	case 3:
		udp_saw(s, t, sendto(s->fd, "x", 1, MSG_DONTWAIT, &a.sa, a.len) < 0 ? -errno : 0);
		break;
	case 4:
		slot_disconnect(s, t);
		break;
	case 5:
		options_draw(s, r);
		break;
	default:
		slot_close(s);
		break;
	}
}
