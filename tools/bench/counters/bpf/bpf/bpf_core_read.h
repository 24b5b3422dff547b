/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORES_BPF_CORE_READ_H
#define _CORES_BPF_CORE_READ_H

#define bpf_core_field_exists(field)			1
#define BPF_CORE_READ_BITFIELD(object, field)		((object)->field)

#endif
