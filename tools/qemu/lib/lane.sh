# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the lanes have in common: a kernel to boot and a folder to build modules against.

lanes=(6.1 6.12 debug kcsan 7 7-rt 6.12-arm64 7-arm64)

# What builds modules for kernels of a newer Debian: their headers name this compiler.
lane_build_packages=('?and(?essential,?architecture(amd64))' gcc-14 make pahole)

# lane_check LANE: ends if there is no such lane; sets what its architecture is (arch.sh).
lane_check() {
	local lane
	for lane in "${lanes[@]}"; do
		[[ $lane != "$1" ]] || {
			arch_set "$lane"
			return 0
		}
	done
	DIE_STATUS=64 die "no kernel lane '$1'; there are: ${lanes[*]}"
}

# Whether the lane's kernel is built here rather than downloaded.
lane_is_built() {
	[[ $1 == debug || $1 == kcsan ]]
}

# Of a lane whose stock kernel is of a newer Debian (tools/lib/release.sh): the kernel's series and
# flavour. Of each, it is the newest kernel there.
lane_of_release() {
	case $1 in
	7) echo 7 amd64 ;;
	7-rt) echo 7 rt-amd64 ;;
	7-arm64) echo 7 arm64 ;;
	6.12-arm64) echo 6.12 arm64 ;;
	esac
}

# lane_stock LANE COMMAND…: with the apt_ functions asking for the lane's packages.
lane_stock() {
	local of=()
	[[ ! $(lane_of_release "$1") ]] || of=(of_release)
	shift
	${of[@]+"${of[@]}"} "$@"
}

# lane_kernel LANE: sets kernel_dir, with vmlinuz and lib/modules.
lane_kernel() {
	if lane_is_built "$1"; then
		with_lock "$1" built_get "$1"
	else
		with_lock "kernel-$1" lane_stock "$1" kernel_get "$1"
	fi
}

# lane_kdir LANE: sets kernel_kdir, and kernel_tools: the words before a command that builds for it.
lane_kdir() {
	kernel_tools=()
	if lane_is_built "$1"; then
		with_lock "$1" built_get "$1"
	else
		with_lock "headers-$1" lane_stock "$1" headers_get "$1"
	fi
	if [[ $(lane_of_release "$1") ]]; then
		arch_build_tree
		kernel_tools=(in_tree "$release_tree")
	fi
}
