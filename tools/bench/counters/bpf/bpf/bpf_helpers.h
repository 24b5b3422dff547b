/* SPDX-License-Identifier: GPL-2.0-only */
/* What ebpf/count.bpf.c has of libbpf, for ebpf.c, which says what the kernel's helpers do. */
#ifndef _CORES_BPF_HELPERS_H
#define _CORES_BPF_HELPERS_H

#define SEC(name)
#define __uint(name, value)	int (*name)[value]
#define __type(name, value)	__typeof__(value) *name
#define __noinline		__attribute__((__noinline__))
#ifndef __always_inline
#define __always_inline		inline __attribute__((__always_inline__))
#endif

static void *bpf_map_lookup_elem(void *map, const void *key);
static long bpf_map_update_elem(void *map, const void *key, const void *value, __u64 flags);
static long bpf_map_delete_elem(void *map, const void *key);
static long bpf_map_push_elem(void *map, const void *value, __u64 flags);
static long bpf_map_pop_elem(void *map, void *value);
static __u64 bpf_get_socket_cookie(void *sk);
static __u64 bpf_get_current_pid_tgid(void);
static __u64 bpf_jiffies64(void);
static long bpf_get_current_comm(void *to, __u32 size);
static long bpf_get_func_ret(void *ctx, __u64 *value);

#endif
