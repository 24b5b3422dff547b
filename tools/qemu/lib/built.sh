# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The kernels of the lanes debug and kcsan, built in the cache from Debian's sources, built.config and
# LANE.config.
#
# built_get LANE sets kernel_dir (vmlinuz, lib/modules) and kernel_kdir (the build folder, for make -C).
# A build that was interrupted goes on where it stopped.

# Where a lane's sanitizers look. A module is instrumented whole on either.
#
# debug: whatever our objects are handed to, so that what the kernel does with one that is freed is
# seen. The rest of the kernel is half of what there is to compile, and what slows the guest most.
#
# kcsan: nothing but modules. A race with the kernel itself shows by the value that changes meanwhile,
# and the kernel's races among itself are not ours to tell.
built_sanitized() {
	case $1 in
	debug)
		echo net/% lib/% fs/ fs/proc/ fs/kernfs/ \
			kernel/ kernel/cgroup/ kernel/locking/ kernel/rcu/ kernel/time/
		;;
	kcsan) ;;
	esac
}

# Where the barriers are told to KCSAN though nothing else is. It holds a write of ours to be under way
# until it sees a barrier, and the one that publishes it often is in a function of the kernel, such as
# spin_unlock(): without this each field under a lock would look as if it raced. Not in kcsan/ itself,
# which would call itself.
built_barriers() {
	case $1 in
	kcsan) echo kernel/ kernel/{bpf,cgroup,events,futex,irq,locking,printk,rcu,time,trace}/ lib/% net/% fs/% ;;
	esac
}

built_get() {
	sources_get
	built_lane=$1
	kernel_dir=$CACHE/$1-$(basename "$sources_dir" | sed 's/^linux-//')-$(built_key)
	kernel_kdir=$kernel_dir/build
	[[ ! -e $kernel_dir/built ]] || return 0
	built_need_tools
	mkdir -p "$kernel_kdir"
	built_configure
	cache_room 3000 "building the $1 kernel"
	with_progress "building the $1 kernel (about 10 minutes on 2 cores)" \
		"$CACHE/logs/$1-build.log" built_so_far built_make
	cp "$kernel_kdir/arch/x86/boot/bzImage" "$kernel_dir/vmlinuz"
	built_modules
	# Modules are built against what is left.
	find "$kernel_kdir" \( -path "$kernel_kdir/scripts" -o -path "$kernel_kdir/tools" \) -prune -o \
		\( -name '*.o' -o -name '*.a' -o -name '.*.cmd' \) -exec rm -f {} +
	touch "$kernel_dir/built"
	built_drop_old
}

# What LANE.config says of an option stands instead of what built.config says.
built_config() {
	awk 'NR == FNR { if (/^CONFIG_/) own[substr($0, 1, index($0, "=") - 1)] = 1; next }
		!(substr($0, 1, index($0, "=") - 1) in own)' \
		"$repo/tools/qemu/lib/$built_lane.config" "$repo/tools/qemu/lib/built.config"
	cat "$repo/tools/qemu/lib/$built_lane.config"
}

# What the kernel is made of, in eight digits.
built_key() {
	{
		built_config
		built_sanitized "$built_lane"
		built_barriers "$built_lane"
	} | sha256sum | cut -c1-8
}

built_need_tools() {
	local tool
	for tool in gcc-12 make flex bison bc xz perl; do
		command -v "$tool" >/dev/null || die "$tool is missing: run tools/deps first"
	done
}

built_kbuild() {
	make -C "$sources_dir/linux" O="$kernel_kdir" CC=gcc-12 "$@"
}

built_configure() {
	local log=$CACHE/logs/$built_lane-config.log line lost=''
	built_config >"$kernel_kdir/portquota.config"
	{
		built_kbuild KCONFIG_ALLCONFIG="$kernel_kdir/portquota.config" allnoconfig &&
			built_kbuild olddefconfig
	} >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "cannot configure the $built_lane kernel; log: $log"
	}
	while read -r line; do
		if [[ $line == CONFIG_* ]] && ! grep -qxF -e "$line" "$kernel_kdir/.config"; then
			say "$built_lane: '$line' did not take: $(built_option_of "$line")"
			lost=1
		fi
	done <"$kernel_kdir/portquota.config"
	[[ ! $lost ]] || die "the $built_lane kernel would not be what its .config files ask for"
}

built_option_of() {
	local name=${1%%=*}
	grep -E "^(# )?$name[= ]" "$kernel_kdir/.config" ||
		echo "the kernel's .config does not have it, so something it depends on is missing"
}

# Kbuild asks KASAN_SANITIZE and its like for each object that names no answer of its own; a variable
# of make's command line is evaluated there, where obj is the folder.
built_make() {
	local where sanitize barriers
	where=$(built_sanitized "$built_lane")
	sanitize=$([[ $where ]] && echo "\$(if \$(filter $where,\$(obj)/),y,n)" || echo n)
	where=$(built_barriers "$built_lane")
	barriers=$([[ $where ]] && echo "\$(if \$(filter $where,\$(obj)/),y,n)" || echo n)
	nice -n 5 make -C "$sources_dir/linux" O="$kernel_kdir" CC=gcc-12 -j"$(nproc)" \
		"KASAN_SANITIZE=$sanitize" "UBSAN_SANITIZE=$sanitize" "KCSAN_SANITIZE=$sanitize" \
		"KCSAN_INSTRUMENT_BARRIERS=$barriers" \
		bzImage modules
}

# Nearly all is built in, and modprobe wants to know that. What is not (KUnit, on kcsan) it loads.
built_modules() {
	local release folder module
	release=$(make -s -C "$kernel_kdir" kernelrelease)
	folder=$kernel_dir/lib/modules/$release
	mkdir -p "$folder"
	cp "$kernel_kdir"/modules.{builtin,builtin.modinfo,order} "$folder"
	while read -r module; do
		install -D -m 644 "$kernel_kdir/$module" "$folder/kernel/$module"
	done < <(cd "$kernel_kdir" && find . -name '*.ko' -printf '%P\n')
	depmod -b "$kernel_dir" "$release"
}

built_so_far() {
	echo "$(grep -cE '^  (CC|AS) ' "$CACHE/logs/$built_lane-build.log") of about 1100 files compiled"
}

# One older is kept, for a branch with another configuration.
built_drop_old() {
	find "$CACHE" -ignore_readdir_race -maxdepth 1 -name "$built_lane-*" ! -path "$kernel_dir" -printf '%T@ %p\n' |
		sort -rn | tail -n +2 | cut -d' ' -f2- | xargs -r rm -rf
}
