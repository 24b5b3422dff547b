/* SPDX-License-Identifier: GPL-2.0-only */
/* A monitor has a line on standard output from check, however that ends. */
#ifndef PORTQUOTA_CMD_PROMISE_H
#define PORTQUOTA_CMD_PROMISE_H

void promise_answer(void);
void promise_kept(void);

#endif
