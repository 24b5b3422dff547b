# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the lanes have in common: a kernel to boot and a folder to build modules against.

lanes=(6.1 6.12 debug kcsan)

lane_check() {
	local lane
	for lane in "${lanes[@]}"; do
		[[ $lane != "$1" ]] || return 0
	done
	DIE_STATUS=64 die "no kernel lane '$1'; there are: ${lanes[*]}"
}

# Whether the lane's kernel is built here rather than downloaded.
lane_is_built() {
	[[ $1 == debug || $1 == kcsan ]]
}

# lane_kernel LANE: sets kernel_dir, with vmlinuz and lib/modules.
lane_kernel() {
	if lane_is_built "$1"; then
		with_lock "$1" built_get "$1"
	else
		with_lock "kernel-$1" kernel_get "$1"
	fi
}

# lane_kdir LANE: sets kernel_kdir.
lane_kdir() {
	if lane_is_built "$1"; then
		with_lock "$1" built_get "$1"
	else
		with_lock "headers-$1" headers_get "$1"
	fi
}
