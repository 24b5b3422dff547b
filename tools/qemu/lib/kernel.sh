# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A lane's stock Debian kernel and its headers: fetched and unpacked in the cache, never installed.
#
# kernel_resolve LANE sets kernel_image, kernel_headers (package names), kernel_version (of these
# packages) and kernel_name (of their folders in the cache).
# kernel_get sets kernel_dir: vmlinuz, config, lib/modules/RELEASE (only the modules listed below).
# headers_get sets kernel_kdir, for make -C.

# What the guest can modprobe, with whatever these depend on. Some are built in on one lane.
guest_modules=(
	virtio_pci virtio_console
	inet_diag tcp_diag udp_diag raw_diag mptcp_diag unix_diag netlink_diag
	veth vrf dummy tun tls ifb sch_netem
	dccp dccp_ipv4 dccp_ipv6 dccp_diag smc smc_diag
)

lane_metapackage() {
	case $1 in
	6.1) echo linux-image-amd64 ;;
	6.12) echo linux-image-6.12-amd64 ;;
	*) die "no kernel lane '$1'" ;;
	esac
}

# newest_image SERIES FLAVOUR: of those that headers are there for, which leave the archive sooner
# than the images.
newest_image() {
	apt-cache pkgnames "linux-headers-$1." |
		sed -nE "s/^linux-headers-(${1//./\\.}\.[0-9.]+[+]deb[0-9.]+-$2)(:.*)?\$/linux-image-\1/p" |
		sort -V | tail -n 1
}

# The answer is kept: asking apt's lists takes about a second, and they seldom change.
kernel_resolve() {
	local lane=$1 answer=$CACHE/resolved-$1

	if [[ ! -e $answer ]] || ! apt_lists_unchanged_since "$answer"; then
		kernel_ask_apt "$lane" "$answer"
	fi
	read -r kernel_image kernel_headers kernel_version kernel_name <"$answer"
	: "${kernel_name:=$kernel_version}"
}

apt_lists_unchanged_since() {
	# Lists that were thrown away (as in container images) tell nothing new either.
	! apt_lists_present ||
		[[ -z $(find "$apt_lists" -maxdepth 1 -name '*_Packages*' -newer "$1" -print -quit) ]]
}

kernel_ask_apt() {
	local meta image version series flavour name=''
	if [[ $(lane_of_release "$1") ]]; then
		read -r series flavour <<<"$(lane_of_release "$1")"
		image=$(newest_image "$series" "$flavour")
		if [[ ! $image ]]; then
			apt_update
			image=$(newest_image "$series" "$flavour")
		fi
		[[ $image ]] || die "the lists of Debian's $apt_release know no headers of a kernel $series for $flavour: lane $1 needs them"
	else
		meta=$(lane_metapackage "$1")
		apt_lists_for "$meta"
		image=$(apt_depends "$meta" '^linux-image-[0-9]')
		[[ -n $image ]] || die "apt's lists know no $meta: lane $1 needs Debian 12 with its security updates as a source"
	fi
	version=$(apt_field "$image" Version)
	[[ -n $version ]] || die "apt's lists know no $image, which lane $1 needs; run 'apt-get update'"
	# All flavours of a release have one version.
	[[ ! ${flavour-} ]] || name=$version-$flavour
	echo "$image ${image/image/headers} $version $name" >"$2.partial"
	mv "$2.partial" "$2"
}

# or_with_new_lists LANE COMMAND…: a version that left the archive since the lists were taken
# cannot be downloaded: take new lists, once. Not to be called where errexit is off (in an 'if'):
# a folder half made must not get its name.
or_with_new_lists() {
	local lane=$1 status
	shift
	set +e
	(
		set -e
		"$@"
	)
	status=$?
	set -e
	if ((status)); then
		say "trying again with new package lists"
		apt_update
		kernel_ask_apt "$lane" "$CACHE/resolved-$lane"
		kernel_resolve "$lane"
		"$@"
	fi
}

kernel_get() {
	kernel_resolve "$1"
	kernel_find
	if [[ ! -e $kernel_dir ]]; then
		or_with_new_lists "$1" kernel_unpack
		kernel_find
	fi
}

kernel_find() {
	kernel_dir=$CACHE/kernel-$kernel_name
}

# kernel_parts: the packages that have the kernel's files, PACKAGE=VERSION each. Some images are none
# themselves but depend on what has them.
kernel_parts() {
	local part name found=''
	for part in binary modules base; do
		name=${kernel_image/image/$part}
		[[ ! $(apt_depends "$kernel_image" "^${name//+/[+]}\$") ]] || found+=" $name=$kernel_version"
	done
	echo "${found:-$kernel_image=$kernel_version}"
}

kernel_unpack_debs() {
	local deb
	for deb in "$1/deb/"*.deb; do
		dpkg-deb -x "$deb" "$1/all"
	done
}

kernel_unpack() {
	local new release module parts
	kernel_find
	cache_room 1500 "unpacking $kernel_image"
	new=$(cache_begin "$kernel_dir")
	mkdir "$new/deb" "$new/all"
	read -ra parts <<<"$(kernel_parts)"
	apt_fetch "$new/deb" "${parts[@]}"
	with_progress "unpacking $kernel_image" "$CACHE/logs/unpack.log" nothing_to_tell \
		kernel_unpack_debs "$new"
	[[ -e $new/all/lib ]] || ln -s usr/lib "$new/all/lib"
	release=$(basename "$new/all/lib/modules/"*)
	if [[ -e $new/all/boot ]]; then
		cp "$new/all/boot/vmlinuz-"* "$new/vmlinuz"
		cp "$new/all/boot/config-"* "$new/config"
	else
		cp "$new/all/lib/modules/$release/vmlinuz" "$new/vmlinuz"
		cp "$new/all/lib/modules/$release/config" "$new/config"
	fi
	depmod -b "$new/all" "$release"
	mkdir -p "$new/lib/modules/$release"
	cp "$new/all/lib/modules/$release/modules."{builtin,builtin.modinfo,order} "$new/lib/modules/$release"
	for module in "${guest_modules[@]}"; do
		kernel_keep_module "$module"
	done
	depmod -b "$new" "$release"
	rm -r "$new/deb" "$new/all"
	cache_end "$new" "$kernel_dir"
}

# kernel_keep_module NAME: copies it and what it needs, uncompressed. Uses new and release.
kernel_keep_module() {
	local file from=$new/all/lib/modules/$release to=$new/lib/modules/$release
	# modules.dep has one line a module: file, colon, the files it needs.
	awk -F'[: ]+' -v name="$1" '
		{ base = $1; sub(/.*\//, "", base); sub(/\.ko.*/, "", base); gsub(/-/, "_", base) }
		base == name { for (i = 1; i <= NF; i++) if ($i) print $i }' "$from/modules.dep" |
		while read -r file; do
			[[ ! -e $to/${file%.xz} ]] || continue
			mkdir -p "$(dirname "$to/$file")"
			cp "$from/$file" "$to/$file"
			[[ $file != *.xz ]] || xz -d "$to/$file"
		done
}

headers_get() {
	kernel_resolve "$1"
	headers_find
	if [[ ! -e $headers_dir ]]; then
		or_with_new_lists "$1" headers_unpack
		headers_find
	fi
	kernel_kdir=$headers_dir/usr/src/$kernel_headers
}

headers_find() {
	headers_dir=$CACHE/headers-$kernel_name
}

# The headers package of 6.12 asks for the image package: that is why they are not installed.
headers_unpack() {
	local new common kbuild deb
	headers_find
	common=$(apt_depends "$kernel_headers" '^linux-headers-.*-common')
	kbuild=$(apt_depends "$kernel_headers" '^linux-kbuild-')
	[[ -n $common && -n $kbuild ]] || die "cannot tell what $kernel_headers depends on; run 'apt-get update'"
	new=$(cache_begin "$headers_dir")
	mkdir "$new/deb"
	apt_fetch "$new/deb" "$kernel_headers=$kernel_version" "$common=$kernel_version" \
		"$kbuild"
	say "unpacking them"
	for deb in "$new/deb/"*.deb; do
		dpkg-deb -x "$deb" "$new"
	done
	rm -r "$new/deb"
	# The only absolute path in them.
	sed -i "s|/usr/src/|$headers_dir/usr/src/|" "$new/usr/src/$kernel_headers/Makefile"
	cache_end "$new" "$headers_dir"
}
