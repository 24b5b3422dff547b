# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The guest's root filesystem: archives one after the other, which the kernel unpacks in order. The
# base (busybox, iproute2, kmod, the lane's modules) is kept in the cache; what changes from run to
# run follows it.
#
# No folder in an archive may stand where an earlier one has a symlink (the kernel would replace
# it), so /bin, /lib and so on are folders of their own, not links into /usr.

base_commands=(/bin/dash /bin/bash /sbin/ip /bin/ss /usr/bin/ss /sbin/tc /usr/bin/nstat /bin/kmod)
kmod_names=(modprobe insmod rmmod lsmod modinfo depmod)
base_packages=(bash busybox-static dash iproute2 kmod libc6)

# put_libraries ROOT FILE…
put_libraries() {
	local root=$1 library
	shift
	for library in $(libraries "$@"); do
		[[ ! -e $root$library ]] || continue
		mkdir -p "$root$(dirname "$library")"
		cp -L "$guest_from$library" "$root$library"
	done
}

# pack ROOT ARCHIVE
pack() {
	(cd "$1" && find . -mindepth 1 -print0 | sort -z |
		cpio --quiet --null -o -H newc -R +0:+0) >"$2"
}

# base_get LANE KERNEL_DIR, after arch_guest and arch_tools: sets base, the archive.
base_get() {
	local lane=$1 kernel=$2 key
	key=$({
		cat "$repo/tools/qemu/guest/init.c" "$repo/tools/qemu/lib/"{arch,initramfs}.sh
		echo "$kernel ${guest_modules[*]}" "$guest_from"
		[[ $guest_from ]] || dpkg-query -W "${base_packages[@]}"
	} | sha256sum | cut -c1-12)
	base=$CACHE/base-$lane-$key.cpio
	touch -c "$base"
	[[ -e $base ]] || with_lock "base-$lane" base_make "$lane" "$kernel"
}

base_make() {
	local root name command
	[[ ! -e $base ]] || return 0
	say "packing the guest's base for lane $1"
	root=$(cache_begin "$CACHE/base-$1")
	mkdir -p "$root"/{bin,sbin,dev,proc,sys,tmp,run,root,etc,lib,var,usr/{bin,sbin,local}}
	chmod 1777 "$root/tmp"
	chmod 700 "$root/root"
	ln -s ../run "$root/var/run"
	${guest_tools[@]+"${guest_tools[@]}"} "$arch_cc" -Wall -Os -static -o "$root/init" \
		"$repo/tools/qemu/guest/init.c"

	cp "$guest_from/bin/busybox" "$root/bin/busybox"
	# This machine's list: one of another architecture cannot be asked.
	for name in $(/bin/busybox --list); do
		[[ $name == busybox ]] || ln -s busybox "$root/bin/$name"
	done
	for command in "${base_commands[@]}"; do
		[[ -e $guest_from$command ]] || continue
		rm -f "$root/bin/${command##*/}"
		cp -L "$guest_from$command" "$root/bin/"
		put_libraries "$root" "$guest_from$command"
	done
	# Not busybox's shell: it takes its own ip and insmod before those on the PATH.
	ln -sf dash "$root/bin/sh"
	for name in "${kmod_names[@]}"; do
		ln -sf ../bin/kmod "$root/sbin/$name"
		rm -f "$root/bin/$name"
	done

	echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
	echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >>"$root/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
	printf '127.0.0.1\tlocalhost\n::1\tlocalhost\n' >"$root/etc/hosts"
	[[ ! -e /etc/protocols ]] || cp /etc/protocols "$root/etc/"
	[[ ! -e $2/lib ]] || cp -r "$2/lib/modules" "$root/lib/"

	pack "$root" "$base.partial"
	mv "$base.partial" "$base"
	rm -r "$root"
}

# add_default_path HOST: where --add HOST goes when nothing is said.
add_default_path() {
	local path
	path=$(realpath -s "$1")
	case $path in
	/usr/* | /bin/* | /sbin/* | /lib/* | /lib64/* | /etc/*) echo "$path" ;;
	*) echo "/${path##*/}" ;;
	esac
}

# add_to_guest ROOT HOST[:GUEST]: a file or folder, and the libraries of the programs in it.
add_to_guest() {
	local root=$1 host=${2%%:*} guest= programs
	[[ $2 != *:* ]] || guest=${2#*:}
	[[ -e $host ]] || die "--add: no '$host' here"
	[[ -n $guest ]] || guest=$(add_default_path "$host")
	[[ $guest == /* ]] || die "--add: '$guest' is no absolute path"
	mkdir -p "$root$(dirname "$guest")"
	cp -aHT "$host" "$root$guest" || die "--add: cannot copy '$host'"
	mapfile -t programs < <(find -H "$host" -type f -perm /111 ! -name '*.sh' ! -name '*.ko')
	((${#programs[@]} == 0)) || put_libraries "$root" "${programs[@]}"
}
