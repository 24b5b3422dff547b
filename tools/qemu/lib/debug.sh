# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The debug lane's kernel, built in the cache from Debian's kernel sources and debug.config.
#
# Where KASAN and UBSAN look: whatever our objects are handed to, so that what the kernel does with one
# that is freed is seen. The rest of the kernel is half of what there is to compile, and what slows
# the guest most. Modules are instrumented whole.
debug_sanitized=(
	net/% lib/% fs/ fs/proc/ fs/kernfs/
	kernel/ kernel/cgroup/ kernel/locking/ kernel/rcu/ kernel/time/
)

# debug_get sets kernel_dir (vmlinuz, lib/modules) and kernel_kdir (the build folder, for make -C). A
# build that was interrupted goes on where it stopped.

debug_source=linux-source-6.12

# Large, and nothing of it is built; their Kconfig and Makefile are kept, which kconfig reads.
debug_left_out=(
	drivers/{ata,gpu,iio,infiniband,media,mtd,net/ethernet,net/wireless,scsi,staging,usb}
	sound Documentation tools/perf tools/testing/*/*
)

debug_get() {
	sources_get
	kernel_dir=$sources_dir
	kernel_kdir=$sources_dir/linux
	[[ ! -e $kernel_dir/built ]] || return 0
	debug_need_tools
	debug_configure
	cache_room 3000 "building the debug kernel"
	with_progress "building the debug kernel (about 10 minutes on 2 cores)" \
		"$CACHE/logs/debug-build.log" debug_so_far debug_make
	cp "$kernel_kdir/arch/x86/boot/bzImage" "$kernel_dir/vmlinuz"
	debug_modules
	# Modules are built against what is left.
	find "$kernel_kdir" \( -path "$kernel_kdir/scripts" -o -path "$kernel_kdir/tools" \) -prune -o \
		\( -name '*.o' -o -name '*.a' -o -name '.*.cmd' \) -exec rm -f {} +
	touch "$kernel_dir/built"
	debug_drop_old
}

# sources_get: the kernel's sources, in sources_dir/linux. Checks and selftests use files of them.
sources_get() {
	with_lock debug-sources sources_find
}

sources_find() {
	local source=$CACHE/source-${debug_source#linux-source-} version
	debug_resolve "$source"
	version=$(<"$source")
	sources_dir=$CACHE/debug-$version-$(debug_key)
	[[ -e $sources_dir/unpacked ]] || debug_unpack "$version"
}

# What the kernel is made of, in eight digits.
debug_key() {
	{
		cat "$repo/tools/qemu/lib/debug.config"
		echo "${debug_sanitized[@]}"
	} | sha256sum | cut -c1-8
}

debug_resolve() {
	local version
	if [[ -e $1 ]] && apt_lists_unchanged_since "$1"; then
		return
	fi
	apt_lists_for "$debug_source"
	version=$(apt_field "$debug_source" Version)
	[[ $version ]] || die "apt's lists know no $debug_source: the debug lane needs Debian 12 with its security updates as a source"
	echo "$version" >"$1.partial"
	mv "$1.partial" "$1"
}

debug_need_tools() {
	local tool
	for tool in gcc-12 make flex bison bc xz perl; do
		command -v "$tool" >/dev/null || die "$tool is missing: run tools/deps first"
	done
}

debug_unpack() {
	local new
	cache_room 3000 "unpacking $debug_source"
	new=$(cache_begin "$sources_dir")
	mkdir "$new/deb" "$new/linux"
	apt_fetch "$new/deb" "$debug_source=$1"
	with_progress "unpacking $debug_source" "$CACHE/logs/unpack.log" nothing_to_tell \
		debug_untar "$new"
	rm -r "$new/deb"
	touch "$new/unpacked"
	cache_end "$new" "$sources_dir"
}

debug_untar() {
	local folder exclude=()
	for folder in "${debug_left_out[@]}"; do
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

debug_configure() {
	local log=$CACHE/logs/debug-config.log line lost=''
	{
		make -C "$kernel_kdir" CC=gcc-12 KCONFIG_ALLCONFIG="$repo/tools/qemu/lib/debug.config" allnoconfig &&
			make -C "$kernel_kdir" CC=gcc-12 olddefconfig
	} >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "cannot configure the debug kernel; log: $log"
	}
	while read -r line; do
		if [[ $line == CONFIG_* ]] && ! grep -qxF -e "$line" "$kernel_kdir/.config"; then
			say "debug.config: '$line' did not take: $(debug_option_of "$line")"
			lost=1
		fi
	done <"$repo/tools/qemu/lib/debug.config"
	[[ ! $lost ]] || die "the debug kernel would not be what debug.config asks for"
}

debug_option_of() {
	local name=${1%%=*}
	grep -E "^(# )?$name[= ]" "$kernel_kdir/.config" ||
		echo "the kernel's .config does not have it, so something it depends on is missing"
}

# Kbuild asks KASAN_SANITIZE for each object that names no answer of its own; a variable of make's
# command line is evaluated there, where obj is the folder.
debug_make() {
	local sanitize="\$(if \$(filter ${debug_sanitized[*]},\$(obj)/),y,n)"
	nice -n 5 make -C "$kernel_kdir" CC=gcc-12 -j"$(nproc)" \
		"KASAN_SANITIZE=$sanitize" "UBSAN_SANITIZE=$sanitize" bzImage modules
}

# All is built in; modprobe wants to know that.
debug_modules() {
	local release folder
	release=$(make -s -C "$kernel_kdir" kernelrelease)
	folder=$kernel_dir/lib/modules/$release
	mkdir -p "$folder"
	cp "$kernel_kdir"/modules.{builtin,builtin.modinfo,order} "$folder"
	depmod -b "$kernel_dir" "$release"
}

debug_so_far() {
	echo "$(grep -cE '^  (CC|AS) ' "$CACHE/logs/debug-build.log") of about 1110 files compiled"
}

# One older is kept, for a branch with another debug.config.
debug_drop_old() {
	find "$CACHE" -maxdepth 1 -name 'debug-*' ! -path "$kernel_dir" -printf '%T@ %p\n' |
		sort -rn | tail -n +2 | cut -d' ' -f2- | xargs -r rm -rf
}
