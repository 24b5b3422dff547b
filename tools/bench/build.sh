# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Builds the programs of the benchmark.

bench_folder=$(dirname "${BASH_SOURCE[0]}")
bench_flags=(-std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror)

# build_measure PROGRAM: the one that measures, in the guest.
build_measure() {
	gcc "${bench_flags[@]}" -static -Wl,--section-start=.where_begin=0x50000000 \
		-Wl,--section-start=.where_end=0x50010000 -o "$1" "$bench_folder"/measure/*.c
}

# build_where PLUGIN: the one that QEMU loads.
build_where() {
	gcc "${bench_flags[@]}" -shared -fPIC -fvisibility=hidden -o "$1" "$bench_folder/where.c"
}

# build_count FOLDER: what the module is compared with, count.bpf.o, and count, which attaches it.
build_count() {
	clang -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter -Werror \
		-idirafter "/usr/include/$(gcc -dumpmachine)" \
		-c -o "$1/count.bpf.o" "$bench_folder/ebpf/count.bpf.c"
	gcc "${bench_flags[@]}" -static -o "$1/count" "$bench_folder/ebpf/count.c" -lbpf -lelf -lz
}
