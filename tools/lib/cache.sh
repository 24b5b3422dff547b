# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The folder where downloads and builds are kept. What is half done never has its final name:
# everything is made in a folder of its own beside and renamed.

# cache_find: sets CACHE. HOME may be unset, or name no folder.
cache_find() {
	local home_cache=${XDG_CACHE_HOME:-}

	[[ $home_cache || ! -d ${HOME:-} ]] || home_cache=$HOME/.cache

	if [[ -n ${PORTQUOTA_CACHE:-} ]]; then
		CACHE=$PORTQUOTA_CACHE
		mkdir -p "$CACHE" || die "cannot make the cache folder $CACHE (PORTQUOTA_CACHE)"
	elif [[ -n $home_cache ]] && mkdir -p "$home_cache/portquota" 2>/dev/null; then
		CACHE=$home_cache/portquota
	else
		CACHE=/var/tmp/portquota-$UID
		mkdir -p -m 700 "$CACHE" || die "cannot make the cache folder $CACHE; set PORTQUOTA_CACHE"
		[[ -O $CACHE ]] || die "$CACHE belongs to somebody else; set PORTQUOTA_CACHE"
	fi
	CACHE=$(cd "$CACHE" && pwd -P)
	[[ $CACHE != *[[:space:]:]* ]] ||
		die "the cache folder's name has a blank or colon, which make cannot take: '$CACHE'; set PORTQUOTA_CACHE"
	mkdir -p "$CACHE/logs" "$CACHE/lock"
}

# cache_room MEGABYTES WHAT
cache_room() {
	local free
	free=$(df -Pm "$CACHE" | awk 'NR == 2 { print $4 }')
	((free >= $1)) || die "$2 needs $1 MB in $CACHE, where $free MB are free"
}

# with_lock NAME COMMAND…: COMMAND while no other run holds NAME. Gives COMMAND's status where the
# caller asks for it (in an 'if'), and ends with it where not, as any command does under errexit.
with_lock() {
	local name=$1 fd status
	shift
	exec {fd}>"$CACHE/lock/$name"
	if ! flock -w 2 "$fd"; then
		say "waiting for another run that holds '$name'"
		flock "$fd"
	fi
	"$@"
	status=$?
	exec {fd}>&-
	return "$status"
}

# cache_begin PATH: makes and prints a folder to fill; cache_end FOLDER PATH gives it its name.
cache_begin() {
	rm -rf "$1.partial"
	mkdir -p "$1.partial"
	echo "$1.partial"
}

cache_end() {
	rm -rf "$2"
	mv "$1" "$2"
}

# cache_prune: what nobody has used for long, and what a killed run left behind.
cache_prune() {
	local folder
	find "$CACHE" -ignore_readdir_race -maxdepth 1 -name 'guest.*' -mtime +1 -exec rm -rf {} +
	# Another run may be filling one, and a package's files have the time of the archive.
	find "$CACHE" -ignore_readdir_race -maxdepth 1 -name '*.partial' -ctime +1 -exec rm -rf {} +
	find "$CACHE" -ignore_readdir_race -maxdepth 1 -name 'base-*.cpio' -mtime +7 -delete
	find "$CACHE" -ignore_readdir_race -maxdepth 1 ! -name '*.partial' -name 'tree-*' -mtime +30 -exec rm -rf {} +
	find "$CACHE/logs" -ignore_readdir_race -maxdepth 1 -name 'console-*' -mtime +14 -delete
	find "$CACHE" -ignore_readdir_race -maxdepth 1 ! -name '*.partial' \
		\( -name 'kernel-*' -o -name 'headers-*' \) -mtime +1 |
		while read -r folder; do
			grep -qs -- " ${folder#"$CACHE"/*-}\$" "$CACHE"/resolved-* || rm -rf "$folder"
		done
	find "$CACHE" -ignore_readdir_race -maxdepth 1 ! -name '*.partial' -name 'linux-*' -mtime +1 |
		while read -r folder; do
			grep -qsx -- "${folder#"$CACHE"/linux-}" "$CACHE"/source-* || rm -rf "$folder"
		done
}
