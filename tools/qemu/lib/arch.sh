# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What differs by the architecture of a lane: the machine that QEMU plays, the compiler, and where a
# guest's programs come from. A lane of this machine's architecture has this machine's own; of another
# one they are unpacked packages (tools/lib/release.sh), and its programs are built by a cross compiler.
#
# arch_set LANE sets arch (Debian's name of it) and
#   arch_qemu arch_machine   QEMU, and its words for the machine and the CPU
#   arch_console             the kernel's name of the console
#   arch_build_packages      what builds for it, beside what builds for any lane
#   arch_cc                  its C compiler
#   arch_libraries           where a guest of another architecture looks for them
#   arch_guest_packages      what has the guest's programs; none: this machine does
#
# arch_guest sets guest_from: the folder below which these are, empty for this machine.
# arch_tools sets guest_tools: the words before a command that builds programs for the guest.

arch_set() {
	arch_build_packages=() arch_guest_packages=()
	case $1 in
	*-arm64)
		arch=arm64
		arch_qemu=qemu-system-aarch64
		arch_machine=(-machine 'virt,gic-version=3' -cpu cortex-a57)
		arch_console=ttyAMA0
		arch_cc=aarch64-linux-gnu-gcc-14
		arch_libraries=/lib/aarch64-linux-gnu
		# The kernel-doc of 6.12, which W=1 runs, is a Perl program.
		arch_build_packages=(gcc-14-aarch64-linux-gnu libc6-dev-arm64-cross libjansson-dev:arm64 perl)
		arch_guest_packages=({bash,busybox-static,dash,iproute2,kmod,libjansson4,nginx}:arm64)
		;;
	*)
		arch=amd64
		arch_qemu=qemu-system-x86_64
		arch_machine=(-machine q35 -cpu max)
		arch_console=ttyS0
		arch_cc=gcc
		;;
	esac
}

arch_guest() {
	guest_from=''
	((${#arch_guest_packages[@]})) || return 0
	release_tree "guest-$arch" "${arch_guest_packages[@]}"
	guest_from=$release_tree
}

arch_tools() {
	guest_tools=()
	((${#arch_guest_packages[@]})) || return 0
	arch_build_tree
	guest_tools=(in_tree "$release_tree")
}

# arch_build_tree: sets release_tree to what builds for a newer Debian, or another architecture.
arch_build_tree() {
	local name=build
	((!${#arch_build_packages[@]})) || name+=-$arch
	release_tree "$name" "${lane_build_packages[@]}" ${arch_build_packages[@]+"${arch_build_packages[@]}"}
}

# libraries FILE…: the shared libraries of those that are dynamic executables, by their names in the
# guest.
libraries() {
	if [[ $guest_from ]]; then
		libraries_read "$@"
		return
	fi
	# ldd says by its status that one of several is static: no failure here.
	{ ldd "$@" 2>/dev/null || :; } | awk '
		$2 == "=>" && $3 ~ "^/" { print $3 }
		$1 ~ "^/" && NF == 2 { print $1 }' | sort -u
}

# Of another architecture, whose loader cannot be asked: what the files name, and what these name.
libraries_read() {
	local look=("$@") names name path known=' '
	while ((${#look[@]})); do
		names=$(readelf -ldW "${look[@]}" 2>/dev/null |
			sed -nE 's/.*\(NEEDED\).*\[(.*)\]$/\1/p; s/.*interpreter: (.*)\]$/\1/p')
		look=()
		for name in $names; do
			path=$name
			[[ $name == /* ]] || path=$arch_libraries/$name
			[[ $known != *" $path "* && -e $guest_from$path ]] || continue
			known+="$path "
			look+=("$guest_from$path")
			echo "$path"
		done
	done
}
