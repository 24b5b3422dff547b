// SPDX-License-Identifier: GPL-2.0-only
/* privilege: see privilege.h for what it promises. */
#include <grp.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"
#include "privilege.h"
#include "say.h"

static void capabilities_set(unsigned long long caps)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	unsigned int i;

	if (syscall(SYS_capget, &header, data))
		die("cannot read the capabilities");
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= (__u32)(caps >> 32 * i);
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &header, data))
		die("cannot set the capabilities");
}

void become(uid_t uid, unsigned long long caps)
{
	/* Else they go with uid 0. */
	if (prctl(PR_SET_KEEPCAPS, 1))
		die("cannot keep capabilities");
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		die("cannot be uid %d", (int)uid);
	capabilities_set(caps);
	/* Else the process's own files in /proc belong to root. */
	if (prctl(PR_SET_DUMPABLE, 1))
		die("cannot be dumpable");
}

void become_root_of_user_namespace(void)
{
	become(UID_NOBODY, CAPS_NONE);
	if (unshare(CLONE_NEWUSER))
		die("cannot make a user namespace");
	must_write("/proc/self/setgroups", "deny");
	must_write("/proc/self/uid_map", "0 %d 1", UID_NOBODY);
	must_write("/proc/self/gid_map", "0 %d 1", UID_NOBODY);
}

void cgroup_namespace_new(void)
{
	if (unshare(CLONE_NEWCGROUP))
		die("cannot make a cgroup namespace");
}
