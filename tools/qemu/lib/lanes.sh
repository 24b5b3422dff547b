# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash source-path=SCRIPTDIR/../../..
#
# Everything that fetches and builds for a lane. The caller has set repo, the top of the tree.

PATH=$PATH:/usr/sbin:/sbin
source "$repo/tools/lib/say.sh"
source "$repo/tools/lib/cache.sh"
source "$repo/tools/lib/apt.sh"
source "$repo/tools/lib/release.sh"
source "$repo/tools/qemu/lib/kernel.sh"
source "$repo/tools/qemu/lib/sources.sh"
source "$repo/tools/qemu/lib/built.sh"
source "$repo/tools/qemu/lib/arch.sh"
source "$repo/tools/qemu/lib/lane.sh"
source "$repo/tools/qemu/lib/module.sh"
