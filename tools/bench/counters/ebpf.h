/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ebpf: the eBPF program that the module is compared with, in userspace.
 *
 * It is ebpf/count.bpf.c itself, compiled for this CPU as the kernel's JIT does it
 * in the guest; its maps are told again in ebpf.c.
 */
#ifndef EBPF_H
#define EBPF_H

struct ebpf_socket;

struct ebpf_socket *ebpf_socket_make(unsigned int netns, unsigned int middle, unsigned int leaf);
void ebpf_cpu(unsigned int number);
void ebpf_connect(struct ebpf_socket *socket, unsigned short port);
void ebpf_timewait(struct ebpf_socket *socket);
void ebpf_end(struct ebpf_socket *socket);
const char *ebpf_check(void);

#endif
