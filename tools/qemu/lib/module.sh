# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Modules built for a lane, in folders of the cache of their own, so that lanes never mix objects.
# Sources there are symlinks; the build is skipped when none has changed.
#
# All of these are called after lane_kdir LANE and return 1 if the build failed.

# Said by kbuild of every module built outside the kernel's tree, whatever its source.
known_warnings='the compiler differs from the one used to build the kernel'

# module_get LANE: sets module_dir, with portquota.ko.
module_get() {
	module_dir=$(build_folder "$1")
	kbuild_get "$module_dir" "$repo" "the module for lane $1" Kbuild module include kunit || return
	[[ -e $module_dir/portquota.ko ]]
}

# build_folder LANE-OR-WHAT: of this tree, whatever others there are on this machine.
build_folder() {
	echo "$CACHE/build/$1-$(sha256sum <<<"$repo" | cut -c1-8)"
}

# kbuild_get FOLDER ROOT TITLE PATH…: the modules whose sources are these files and folders of ROOT.
kbuild_get() {
	mkdir -p "$1"
	with_lock "build-$(basename "$1")" kbuild_refresh "$@"
}

kbuild_refresh() {
	local folder=$1 root=$2 title=$3 stamp files
	shift 3
	files=$(cd "$root" && find "$@" -name '.?*' -prune -o -type f \
		\( -name '*.[chS]' -o -name Kbuild -o -name Makefile \) -print 2>/dev/null | sort)
	stamp=$(cd "$root" && {
		echo "$kernel_kdir"
		sha256sum "$repo/tools/qemu/lib/module.sh"
		xargs -r -d '\n' stat -c '%n %Y %s' <<<"$files"
	} | sha256sum)
	[[ ! -e $folder/stamp || $(<"$folder/stamp") != "$stamp" ]] || return 0
	rm -f "$folder/stamp"
	kbuild_link "$folder" "$root" "$files"
	with_progress "building $title" "$CACHE/logs/build-$(basename "$folder").log" \
		nothing_to_tell kbuild_make "$folder" || return
	echo "$stamp" >"$folder/stamp"
}

kbuild_link() {
	local file
	find "$1" -type l -delete
	while read -r file; do
		mkdir -p "$1/$(dirname "$file")"
		ln -s "$2/$file" "$1/$file"
	done <<<"$3"
}

# Warnings are errors.
kbuild_make() {
	local log=$1/build.log
	rm -f "$1"/*.ko
	# The suites are built for kernels that can run them: debug.
	${kernel_tools[@]+"${kernel_tools[@]}"} make -C "$kernel_kdir" M="$1" W=1 \
		KUNIT="$(grep -s '^CONFIG_KUNIT=' "$kernel_kdir/.config")" -j"$(nproc)" modules 2>&1 | tee "$log"
	((PIPESTATUS[0] == 0)) || return 1
	if grep -E 'warning:|WARNING:' "$log" | grep -vE "$known_warnings"; then
		echo "warnings are errors here"
		return 1
	fi
}
