# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The module built for a lane, in a folder of the cache of its own, so that lanes never mix objects.
# Sources there are symlinks; the build is skipped when none has changed.

# Said by kbuild of every module built outside the kernel's tree, whatever its source.
known_warnings='the compiler differs from the one used to build the kernel'

module_sources() {
	(cd "$repo" && find Kbuild module include kunit -name '.?*' -prune -o \
		\( -name '*.[chS]' -o -name Kbuild -o -name Makefile -o -name Kconfig \) -print 2>/dev/null)
}

module_present() {
	[[ -e $repo/Kbuild && -d $repo/module ]]
}

# module_get LANE, after lane_kdir LANE: sets module_dir, with portquota.ko. Returns 1 if it could
# not be built.
module_get() {
	module_dir=$CACHE/build/$1-$(echo "$repo" | sha256sum | cut -c1-8)
	mkdir -p "$module_dir"
	with_lock "build-$(basename "$module_dir")" module_refresh "$1"
}

module_refresh() {
	local stamp
	stamp=$(cd "$repo" && {
		echo "$kernel_kdir"
		sha256sum "$here/module.sh"
		module_sources | sort | xargs -r stat -c '%n %Y %s'
	} | sha256sum)
	[[ ! -e $module_dir/stamp || $(<"$module_dir/stamp") != "$stamp" ]] || return 0
	rm -f "$module_dir/stamp"
	module_link
	# 'if' keeps a failed build from ending the caller, who decides what it means.
	if with_progress "building the module for lane $1" "$CACHE/logs/module-$1.log" \
		nothing_to_tell module_make; then
		echo "$stamp" >"$module_dir/stamp"
	else
		return 1
	fi
}

module_link() {
	local file
	find "$module_dir" -type l -delete
	module_sources | while read -r file; do
		mkdir -p "$module_dir/$(dirname "$file")"
		ln -s "$repo/$file" "$module_dir/$file"
	done
}

module_make() {
	local log=$module_dir/build.log
	rm -f "$module_dir"/*.ko
	make -C "$kernel_kdir" M="$module_dir" W=1 -j"$(nproc)" modules 2>&1 | tee "$log"
	((PIPESTATUS[0] == 0)) || return 1
	if grep -E 'warning:|WARNING:' "$log" | grep -vE "$known_warnings"; then
		echo "warnings are errors here"
		return 1
	fi
	[[ -e $module_dir/portquota.ko ]]
}
