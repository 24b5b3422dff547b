/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes with fewer rights than the test has.  Each of these calls changes the
 * calling process for good, so they are for children; all die on failure.
 */
#ifndef PQ_PRIVILEGE_H
#define PQ_PRIVILEGE_H

#include <linux/capability.h>
#include <sys/types.h>

#define UID_NOBODY	65534

#define CAP(name)	(1ULL << CAP_##name)
#define CAPS_NONE	0ULL
#define CAPS_ALL	(~0ULL)

/* What Docker and containerd give to the root of a container that asks for nothing. */
#define CAPS_CONTAINER									\
	(CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FSETID) | CAP(FOWNER) | CAP(MKNOD) |	\
	 CAP(NET_RAW) | CAP(SETGID) | CAP(SETUID) | CAP(SETFCAP) | CAP(SETPCAP) |	\
	 CAP(NET_BIND_SERVICE) | CAP(SYS_CHROOT) | CAP(KILL) | CAP(AUDIT_WRITE))

/* This user and group, no other group, and of the capabilities those of @caps. */
void become(uid_t uid, unsigned long long caps);

/* uid 65534 that is root, with every capability, in a user namespace of its own. */
void become_root_of_user_namespace(void);

void cgroup_namespace_new(void);	/* the process's cgroup is the root of its view */

#endif
