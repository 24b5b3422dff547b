# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The sources of Debian's kernel, unpacked in the cache. Kernels are built from them (built.sh), and
# checks and selftests use files of them.

sources_package=linux-source-6.12

# Large, and nothing of it is built; their Kconfig and Makefile are kept, which kconfig reads.
sources_left_out=(
	drivers/{ata,gpu,iio,infiniband,media,mtd,net/ethernet,net/wireless,scsi,staging,usb}
	sound Documentation tools/perf tools/testing/*/*
)

# sources_get: the kernel's sources, in sources_dir/linux. Checks and selftests use files of them.
sources_get() {
	with_lock sources sources_find
}

sources_find() {
	local source=$CACHE/source-${sources_package#linux-source-} version
	sources_resolve "$source"
	version=$(<"$source")
	sources_dir=$CACHE/linux-$version
	[[ -e $sources_dir/unpacked ]] || sources_unpack "$version"
}

sources_resolve() {
	local version
	if [[ -e $1 ]] && apt_lists_unchanged_since "$1"; then
		return
	fi
	apt_lists_for "$sources_package"
	version=$(apt_field "$sources_package" Version)
	[[ $version ]] || die "apt's lists know no $sources_package: what is built from it needs Debian 12 with its security updates as a source"
	echo "$version" >"$1.partial"
	mv "$1.partial" "$1"
}

sources_unpack() {
	local new
	cache_room 3000 "unpacking $sources_package"
	new=$(cache_begin "$sources_dir")
	mkdir "$new/deb" "$new/linux"
	apt_fetch "$new/deb" "$sources_package=$1"
	with_progress "unpacking $sources_package" "$CACHE/logs/unpack.log" nothing_to_tell \
		sources_untar "$new"
	rm -r "$new/deb"
	touch "$new/unpacked"
	cache_end "$new" "$sources_dir"
}

sources_untar() {
	local folder exclude=()
	for folder in "${sources_left_out[@]}"; do
		exclude+=("--exclude=*/$folder/*.[chS]" "--exclude=*/$folder/*.rst")
	done
	for folder in alpha arc arm arm64 csky hexagon loongarch m68k microblaze mips nios2 openrisc \
		parisc powerpc riscv s390 sh sparc xtensa; do
		exclude+=("--exclude=*/arch/$folder/*.[chS]" "--exclude=*/arch/$folder/*.dts*")
	done
	dpkg-deb --fsys-tarfile "$1/deb/"*.deb |
		tar -xO --wildcards '*/linux-source-*.tar.xz' |
		xz -dc -T0 |
		tar -x -C "$1/linux" --strip-components=1 "${exclude[@]}"
}
