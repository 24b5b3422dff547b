# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The caller has set repo and sourced tools/qemu/lib/lanes.sh and guest.sh, to whose guest_run root_boot passes its
# variables.
# shellcheck disable=SC2034,SC2154
#
# Debians of their own, each in a folder: made by debootstrap from the archive that this machine's apt has, kept in
# the cache, copied for a test, and booted from memory in QEMU.

# What a machine has on which the packages are installed: a stock kernel with its headers, DKMS, systemd.
root_packages=(dkms linux-headers-cloud-amd64 linux-image-cloud-amd64 systemd-sysv udev kmod libjansson4)

# in_root ROOT COMMAND…: with ROOT as its root and with a /proc, which is gone when COMMAND ends.
in_root() {
	# shellcheck disable=SC2016
	as_root unshare --mount --pid --fork --kill-child sh -euc '
		root=$1
		shift
		mount -t proc proc "$root/proc"
		exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
			DEBIAN_FRONTEND=noninteractive "$@"' in_root "$@"
}

# root_get RELEASE: sets root_base, a Debian to copy. cache_prune removes it after a month, so that the kernels in
# it do not get old.
root_get() {
	root_base=$CACHE/tree-debian-$1-$(sha256sum <<<"${root_packages[*]}" | cut -c1-8)
	[[ -e $root_base ]] || with_lock "root-$1" root_make "$1"
	as_root chmod 600 "$root_base/etc/apt/apt.conf.d/90machine"
}

root_make() {
	local new main security
	[[ ! -e $root_base ]] || return 0
	apt_lists_present || apt_update
	main=$(release_archive Debian)
	security=$(release_archive Debian-Security)
	[[ $main ]] || die "apt's sources name no archive of Debian: $1 is taken from there"
	cache_room 3000 "a Debian $1"
	as_root rm -rf "$root_base.partial"
	new=$(cache_begin "$root_base")
	with_progress "making a Debian $1" "$CACHE/logs/root-$1.log" nothing_to_tell \
		as_root debootstrap --variant=minbase "$1" "$new" "$main"
	{
		echo "deb $main $1 main"
		[[ ! $security ]] || echo "deb $security $1-security main"
	} | as_root tee "$new/etc/apt/sources.list" >/dev/null
	# How this machine's apt talks to the archive, which may take a password that only root can read.
	as_root install -m 600 /dev/null "$new/etc/apt/apt.conf.d/90machine"
	apt-config dump Acquire | grep -E '^Acquire::(Check|http|https|Retries)[^ ]* "[^"]' |
		as_root tee "$new/etc/apt/apt.conf.d/90machine" >/dev/null || :
	# No unit is to be started where init does not run.
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$new/usr/sbin/policy-rc.d" >/dev/null
	as_root chmod 755 "$new/usr/sbin/policy-rc.d"
	with_progress "installing its kernel and DKMS" "$CACHE/logs/root-$1.log" nothing_to_tell root_install "$new"
	cache_end "$new" "$root_base"
}

root_install() {
	in_root "$1" apt-get -q update
	in_root "$1" apt-get -q install -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io \
		"${root_packages[@]}"
	in_root "$1" apt-get -q clean
}

# root_release ROOT: of its kernel.
root_release() {
	basename "$1"/lib/modules/*
}

# What does not go to memory: what compiles, what is read by people, the kernel's modules but for the channel by
# which the guest is heard.
root_pack() {
	# shellcheck disable=SC2016
	as_root sh -euc '
		cd "$1"
		find . -mindepth 1 \( \
			-path ./usr/src -o -path ./usr/include -o -path ./usr/lib/gcc -o -path ./usr/libexec/gcc -o \
			-path ./usr/share/doc -o -path ./usr/share/man -o -path ./usr/share/locale -o \
			-path ./usr/share/perl -o -path "./usr/lib/*-linux-gnu/perl" -o -path ./boot -o \
			-path ./var/cache -o -path ./var/lib/apt -o -path ./var/lib/dkms -o -path "./proc/*" -o \
			-path "./usr/lib/*-linux-gnu/*.a" -o -path "./usr/bin/*-linux-gnu-*" -o -path ./usr/bin/promtool -o \
			-path "*/modules/*/kernel/*" ! -path "*virtio*" -type f \
		\) -prune -o -print0 | LC_ALL=C sort -z | cpio --quiet --null -o -H newc' root_pack "$1" >"$2"
}

# root_boot ROOT TIMEOUT [icount]: boots it with its own kernel. What /check in it prints comes out here, and its status
# is the guest's. With icount its clock counts instructions, and waiting takes no time.
root_boot() {
	local folder lane=debian kernel initrd timeout=$2 memory=3072 cpus=2 icount=${3-} parallel='' allow_warnings='' \
		append='rdinit=/sbin/init systemd.mask=getty-static.service' load='' status=0 guest_pid=''
	[[ ! $icount ]] || cpus=1
	arch_set "$lane"
	folder=$(mktemp -d "$CACHE/guest.XXXXXX")
	kernel=$folder/vmlinuz initrd=$folder/initrd
	as_root cat "$1/boot/vmlinuz-$(root_release "$1")" >"$kernel"
	as_root install -m 755 "$repo/tools/packaging/check/guest.sh" "$1/check"
	as_root install -m 644 "$repo/tools/packaging/check/monitored.sh" "$repo/tools/check/monitoring.sh" "$1"
	as_root install -D -m 644 "$repo/tools/packaging/check/check.service" "$1/etc/systemd/system/check.service"
	as_root mkdir -p "$1/etc/systemd/system/multi-user.target.wants"
	as_root ln -sf ../check.service "$1/etc/systemd/system/multi-user.target.wants/check.service"
	root_pack "$1" "$initrd"
	guest_run || status=$?
	rm -rf "$folder"
	return "$status"
}
