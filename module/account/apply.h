/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * apply: rules have changed, so the accounts that there are get new limits.
 *
 * When a write to a rules file returns, every account goes by the new rules.
 */
#ifndef _PORTQUOTA_APPLY_H
#define _PORTQUOTA_APPLY_H

struct pq_net;

void pq_apply_net(struct pq_net *pn);
void pq_apply_glob(struct pq_net *only);
void pq_apply_later(void);
void pq_apply_stop(void);
void pq_apply_path(struct pq_net *only, const char *path);

#endif
