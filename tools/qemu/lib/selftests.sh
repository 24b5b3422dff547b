# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Programs of ours for the guest: the portquota command, and the selftests, built in the cache: those
# that all lanes of an architecture share, and modules of the lane's own.

# cli_get, after arch_tools: sets cli, the portquota command.
cli_get() {
	local out=''
	[[ ! $guest_from ]] || out=$(build_folder "cli-$arch")/
	cli=${out:-$repo/tools/cli/}portquota
	with_lock "cli${out:+-$arch}" ${guest_tools[@]+"${guest_tools[@]}"} \
		make -s -C "$repo/tools/cli" OUT="$out" CC="$arch_cc"
}

# selftests_get LANE, after lane_kdir LANE and arch_tools: sets selftests_dir and selftests_modules.
selftests_get() {
	sources_get
	selftests_dir=$(build_folder "selftests${guest_from:+-$arch}")
	selftests_modules=$(build_folder "$1-selftests")
	with_lock "build-${selftests_dir##*/}" selftests_make || return
	kbuild_get "$selftests_modules" "$repo/selftests/modules" "the selftests' modules for lane $1" .
}

selftests_make() {
	local make=(${guest_tools[@]+"${guest_tools[@]}"} make -s -C "$repo/selftests"
		OUT="$selftests_dir" CC="$arch_cc" -j"$(nproc)"
		KSELFTEST_DIR="$sources_dir/linux/tools/testing/selftests")
	! "${make[@]}" -q 2>/dev/null || return 0
	with_progress "building the selftests" "$CACHE/logs/build-${selftests_dir##*/}.log" nothing_to_tell "${make[@]}"
}

# A real program that the tests run under a cap: sets nginx to its path, or to nothing; then they
# skip. Nothing is installed. After arch_guest.
nginx_get() {
	local folder=$CACHE/nginx
	nginx=$guest_from/usr/sbin/nginx
	[[ ! -x $nginx ]] || return 0
	nginx=$folder$nginx
	[[ ! -x $nginx ]] || return 0
	nginx=''
	[[ $(apt_field nginx Version) ]] || return 0
	mkdir -p "$folder"
	(apt_fetch "$folder" nginx && dpkg-deb -x "$folder"/nginx_*.deb "$folder") || return 0
	nginx=$folder/usr/sbin/nginx
}
