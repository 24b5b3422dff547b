# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The selftests, built in the cache: programs that all lanes share, and modules of the lane's own.

# selftests_get LANE, after lane_kdir LANE: sets selftests_dir and selftests_modules.
selftests_get() {
	sources_get
	selftests_dir=$(build_folder selftests)
	selftests_modules=$(build_folder "$1-selftests")
	with_lock "build-${selftests_dir##*/}" selftests_make || return
	kbuild_get "$selftests_modules" "$repo/selftests/modules" "the selftests' modules for lane $1" .
}

selftests_make() {
	local make=(make -s -C "$repo/selftests" OUT="$selftests_dir" -j"$(nproc)"
		KSELFTEST_DIR="$sources_dir/linux/tools/testing/selftests")
	! "${make[@]}" -q 2>/dev/null || return 0
	with_progress "building the selftests" "$CACHE/logs/build-${selftests_dir##*/}.log" nothing_to_tell "${make[@]}"
}

# A real program that the tests run under a cap: sets nginx to its path, or to nothing; then they
# skip. Nothing is installed.
nginx_get() {
	local folder=$CACHE/nginx
	nginx=/usr/sbin/nginx
	[[ ! -x $nginx ]] || return 0
	nginx=$folder$nginx
	[[ ! -x $nginx ]] || return 0
	nginx=''
	[[ $(apt_field nginx Version) ]] || return 0
	mkdir -p "$folder"
	(apt_fetch "$folder" nginx && dpkg-deb -x "$folder"/nginx_*.deb "$folder") || return 0
	nginx=$folder/usr/sbin/nginx
}
