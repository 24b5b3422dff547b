# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Debian packages: what version apt's lists know, and fetching them without installing.
#
# apt_release names the release whose lists are asked, if it is another than this machine's: see
# release.sh.

apt_lists=/var/lib/apt/lists
apt_release=''

as_root() {
	if ((UID == 0)); then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "need to be root (or have sudo) for: $*"
	fi
}

apt_lists_present() {
	compgen -G "$apt_lists/*_Packages*" >/dev/null
}

nothing_to_tell() {
	echo "still at it"
}

apt_update() {
	local as=as_root
	[[ ! $apt_release ]] || as='env'	# they are in the cache
	with_progress "updating apt's package lists${apt_release:+ of $apt_release}" \
		"$CACHE/logs/apt-update.log" nothing_to_tell "$as" apt-get -q update
	touch "$CACHE/apt-updated$apt_release"
}

# apt_lists_for PACKAGE: takes new lists where there are none, or none that know it, as when a source
# was added since; but not over and over.
apt_lists_for() {
	[[ ! $(apt_field "$1" Version) ]] || return 0
	[[ $(find "$CACHE/apt-updated$apt_release" -mmin -10 2>/dev/null) ]] || apt_update
}

# apt_field PACKAGE[=VERSION] FIELD: of the candidate version. Reads to the end, or apt-cache would die of its pipe.
apt_field() {
	apt-cache show --no-all-versions "$1" 2>/dev/null |
		awk -v f="$2:" '$1 == f && !found { sub(/^[^ ]+ /, ""); print; found = 1 }'
}

# apt_depends PACKAGE PATTERN: the first dependency whose name matches PATTERN.
apt_depends() {
	apt_field "$1" Depends | tr ',' '\n' | awk -v p="$2" '$1 ~ p { print $1; exit }'
}

# apt_fetch FOLDER PACKAGE=VERSION…: into FOLDER/*.deb.
apt_fetch() {
	local folder=$1 package size total=0
	shift
	for package; do
		size=$(apt_field "$package" Size)
		[[ -n $size ]] || die "apt's lists know no $package; run 'apt-get update'"
		total=$((total + size))
	done
	apt_fetch_folder=$folder apt_fetch_total=$total
	cache_room $((total / 1048576 + 100)) "downloading $*"
	# A folder of root's is closed to the _apt user, hence Sandbox::User.
	with_progress "downloading $* ($(megabytes "$total"))" "$CACHE/logs/apt-download.log" \
		apt_fetch_so_far env -C "$folder" apt-get -q -o APT::Sandbox::User=root \
		-o Acquire::Retries=3 download "$@"
}

apt_fetch_so_far() {
	local have
	have=$(du -sb "$apt_fetch_folder" | cut -f1)
	echo "$(megabytes "$have") of $(megabytes "$apt_fetch_total")"
}
