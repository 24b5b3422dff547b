# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The packages of a Debian release that is newer than this machine's, from the same archive, without
# installing any: kernels that this machine's release does not have, and what they are built with,
# which needs a newer C library than there is here.
#
# Lists are taken by an apt configuration of its own, in the cache. Packages are unpacked into a folder
# there, a tree, without being configured: for compilers and for programs of another architecture
# that is enough, and takes neither root nor an emulator.

# What apt.sh goes by is set here.
# shellcheck disable=SC2034

release_name=trixie

# of_release COMMAND…: with the apt_ functions asking for packages of that release. One of another
# architecture is called NAME:ARCHITECTURE.
of_release() {
	local apt_release=$release_name release_dir=$CACHE/apt-$release_name
	local apt_lists=$release_dir/lists
	local -x APT_CONFIG=$release_dir/apt.conf
	[[ -e $release_dir/sources ]] || with_lock apt-release release_begin
	"$@"
}

# release_archive LABEL: where it is, by the machine's own sources.
release_archive() {
	# shellcheck disable=SC2016
	env -u APT_CONFIG apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' \
		'Created-By: Packages' | awk -F'|' -v label="$1" '
		$1 == "Debian" && $2 == label && $3 == "main" { print $4; exit }'
}

release_begin() {
	local new main security keys=/usr/share/keyrings/debian-archive-keyring.gpg
	[[ ! -e $release_dir/sources ]] || return 0
	main=$(release_archive Debian)
	if [[ ! $main ]]; then	# this machine's apt may have no lists yet
		(unset APT_CONFIG && apt_release='' && apt_update)
		main=$(release_archive Debian)
	fi
	security=$(release_archive Debian-Security)
	[[ $main ]] || die "apt's sources name no archive of Debian: the packages of $release_name are looked for there"
	new=$(cache_begin "$release_dir")
	mkdir -p "$new/lists/partial" "$new/archives/partial" "$new/log"
	: >"$new/status"
	cat >"$new/apt.conf" <<-END
		Dir::State "$release_dir";
		Dir::State::status "$release_dir/status";
		Dir::Cache "$release_dir";
		Dir::Log "$release_dir/log";
		Dir::Etc::sourcelist "$release_dir/sources";
		Dir::Etc::sourceparts "-";
		Dir::Etc::preferencesparts "/dev/null";
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; "arm64"; };
		APT::Sandbox::User "root";
		Acquire::Languages "none";
	END
	{
		release_source "$main" "$release_name"
		release_source "$main" "$release_name-backports"
		[[ ! $security ]] || release_source "$security" "$release_name-security"
	} >"$new/sources"
	cache_end "$new" "$release_dir"
}

release_source() {
	echo "deb $([[ ! -e $keys ]] || echo "[signed-by=$keys] ")$1 $2 main"
}

# release_tree NAME PACKAGE…: sets release_tree to a folder with these packages and all that they
# depend on. A package may be a pattern of apt's.
release_tree() {
	local name=$1
	shift
	release_tree=$CACHE/tree-$name-$(echo "$release_name" "$@" | sha256sum | cut -c1-8)
	[[ -e $release_tree ]] || with_lock tree of_release release_tree_make "$name" "$@"
	touch "$release_tree"
}

release_tree_make() {
	local name=$1 new deb
	shift
	[[ ! -e $release_tree ]] || return 0
	[[ $(apt_field make Version) ]] || apt_update
	cache_room 2000 "unpacking $release_name's packages"
	new=$(cache_begin "$release_tree")
	rm -f "$release_dir/archives"/*.deb
	with_progress "downloading what is needed of $release_name for $name" \
		"$CACHE/logs/apt-download.log" nothing_to_tell \
		apt-get -q -y --no-install-recommends --download-only -o Debug::NoLocking=1 \
		-o Acquire::Retries=3 install "$@"
	say "unpacking that"
	mkdir -p "$new"/usr/{bin,sbin,lib,lib64} "$new/tmp"
	for deb in bin sbin lib lib64; do
		ln -s "usr/$deb" "$new/$deb"
	done
	for deb in "$release_dir/archives"/*.deb; do
		dpkg-deb -x "$deb" "$new"
	done
	rm "$release_dir/archives"/*.deb
	# Where a package leaves the choice of a name to its configuration.
	[[ ! -e $new/usr/bin/mawk ]] || ln -sf mawk "$new/usr/bin/awk"
	chmod -R u+w "$new"
	rm -rf "$new"/usr/share/{doc,man,locale,info}
	cache_end "$new" "$release_tree"
}

# in_tree TREE COMMAND…: with TREE for its root, in the same folder if it is there, and with the cache, this
# repository and the machine's own /dev and /proc where they are here. Needs root, or that users may
# make namespaces.
in_tree() {
	local tree=$1 folder unshare=(unshare --mount)
	local folders=("$CACHE" "$repo" /dev /proc)
	shift
	((UID == 0)) || unshare+=(--map-root-user)
	for folder in "${folders[@]}"; do
		mkdir -p "$tree$folder"
	done
	# shellcheck disable=SC2016
	"${unshare[@]}" sh -euc '
		tree=$1 here=$PWD
		shift
		while [ "$1" != -- ]; do
			mount --rbind "$1" "$tree$1"
			shift
		done
		shift
		[ -d "$tree$here" ] || here=/
		exec chroot "$tree" env -C "$here" PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' \
		in_tree "$tree" "${folders[@]}" -- "$@"
}
