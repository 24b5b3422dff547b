# SPDX-License-Identifier: GPL-2.0-only
#
# make help tells what there is. The kernel's build reads Kbuild, not this file.

KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
TESTS ?=
$(foreach name,DESTDIR PREFIX,$(if $(word 2,$($(name))),$(error $(name) has a blank in it, which make cannot \
	take: '$($(name))')))
# Makefiles in other folders are called with it.
override DESTDIR := $(if $(DESTDIR),$(abspath $(DESTDIR)))

all: module cli ## the module for the running kernel (or for KDIR=) and the portquota command

module: ## the module alone
	@[ -e $(KDIR)/Makefile ] || { echo "no kernel headers in $(KDIR): install" \
		"linux-headers-$(shell uname -r), or say KDIR=" >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

cli: ## the portquota command alone
	$(MAKE) -C tools/cli

install: install-module install-tools ## module, command, manual pages, units (DESTDIR=, PREFIX=/usr/local)

# The release that the module is for, and below which modprobe looks for it. Not what kernelrelease says:
# of Debian's 6.1 that is 6.1.192, and the kernel calls itself 6.1.0-56-amd64.
RELEASE = $(shell sed -n 's/^.define UTS_RELEASE "\(.*\)"$$/\1/p' $(KDIR)/include/generated/utsrelease.h)
MODULES = $(DESTDIR)/lib/modules/$(RELEASE)
INSTALLED = portquota$(if $(KUNIT), portquota-kunit)

# What modules are signed with: a kernel of one's own has the key beside its headers, DKMS on Debian and
# Ubuntu's shim-signed have one for the machine. Or as the caller says: SIGN_KEY= SIGN_CERT=
SIGN_KEY ?= $(shell for key in $(KDIR)/certs/signing_key.pem /var/lib/dkms/mok.key \
	/var/lib/shim-signed/mok/MOK.priv; do [ ! -r $$key ] || { echo $$key; break; }; done)
SIGN_CERT ?= $(patsubst %.pem,%.x509,$(patsubst %.key,%.pub,$(SIGN_KEY:.priv=.der)))
SIGN_HASH = $(or $(shell sed -n 's/^CONFIG_MODULE_SIG_HASH="\(.*\)"$$/\1/p' $(KDIR)/.config 2>/dev/null),sha256)

# The modules that make install has put below $$folder. DKMS has its own there: on Fedora in extra/, on SUSE in
# updates/, where they lie as it has them in its tree.
define installed
find $$folder/updates $$folder/extra -maxdepth 1 -name 'portquota*.ko*' 2>/dev/null | while read -r module; do \
	for dkms in $(DESTDIR)/var/lib/dkms/portquota/*/$${folder##*/}/*/module/$${module##*/}; do \
		! cmp -s $$module $$dkms || continue 2; \
	done; \
	echo $$module; \
done
endef

# Not modules_install: it tries to sign with the key of whoever built the kernel, calls depmod only where there
# is a System.map, and installs below what kernelrelease says.
install-module: module ## the module alone; with KUNIT=1 its suites, too
	[ -n "$(RELEASE)" ]
	folder=$(MODULES); rm -f $$($(installed))
	set -e; for module in $(INSTALLED); do \
		installed=$(MODULES)/updates/$$module.ko; \
		install -D -m 644 $$module.ko $$installed; \
		$(CROSS_COMPILE)strip --strip-debug $$installed; \
		if [ -n "$(SIGN_KEY)" ] && [ -x $(KDIR)/scripts/sign-file ]; then \
			$(KDIR)/scripts/sign-file $(SIGN_HASH) $(SIGN_KEY) $(SIGN_CERT) $$installed; \
		else \
			echo "not signed: there is no $(if $(SIGN_KEY),$(KDIR)/scripts/sign-file,key)"; \
		fi; \
	done
	[ -n "$(DESTDIR)" ] || depmod $(RELEASE)

install-tools: cli
	$(MAKE) -C tools/cli install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C tools/packaging install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)

# Of all kernels, because the one that it was installed for may not be the one that runs now.
uninstall: ## what install put there, for all kernels; with PURGE=1 the record, too
	$(MAKE) -C tools/packaging uninstall DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C tools/cli uninstall DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	set -e; for folder in $(DESTDIR)/lib/modules/*; do \
		modules=$$($(installed)); \
		[ -n "$$modules" ] || continue; \
		rm -f $$modules; \
		[ -n "$(DESTDIR)" ] || depmod $${folder##*/}; \
	done

deb: ## Debian packages, into the folder deb (or OUT=): apt install ./deb/portquota*.deb
	@tools/deps deb
	@tools/packaging/deb $(or $(OUT),deb)

demo: deps ## a guest with the module at work on real traffic
	tools/demo/run

day: deps ## real programs under load: do all commands tell one story, and is it true?
	tools/demo/day

check: deps ## the tests that fit into half an hour; ends with 'N passed, N failed'
	@tools/check/check

check-all: deps ## every test in its full size, with what waits for minutes: hours
	@tools/check/check --all

check-6.1 check-6.12 check-7 check-7-rt check-6.12-arm64 check-7-arm64 check-debug check-kcsan: check-%: deps ## one lane: 6.1, 6.12, 7, 7-rt, 6.12-arm64, 7-arm64, debug, kcsan (TESTS='NAME…' for some)
	@tools/check/check $* -- $(TESTS)

check-all-6.1 check-all-6.12 check-all-7 check-all-7-rt check-all-6.12-arm64 check-all-7-arm64 check-all-debug check-all-kcsan: check-all-%: deps ## the same, in full size (TESTS='NAME…')
	@tools/check/check --all $* -- $(TESTS)

matrix: ## the README's table of kernels, out of what the last checks on each lane found
	@tools/check/matrix

unit: ## the KUnit suites that need no kernel, in userspace under the sanitizers: seconds
	@$(MAKE) -s -k -j$(shell nproc) -O --no-print-directory -C tools/unit check

kunit: deps ## the KUnit suites, on the debug kernel
	@tools/check/check kunit

check-packages: deps ## the packages, in a Debian 12 and a Debian 13 of their own
	@tools/check/check packages

static: deps ## sparse, checkpatch, shellcheck, mandoc, 15 s of fuzzing
	@tools/check/check static

monitoring: deps ## what there is for monitoring, as promtool, node_exporter and Prometheus read it
	@tools/check/check monitoring

picture: deps ## the README's pictures: an hour in a guest, as the console page and portquota plot show it
	@tools/deps picture
	tools/demo/picture tools/demo/pictures

fuzz: deps ## the parser of rules, with whatever comes to mind (FUZZ_SECONDS=600)
	@bash -euc '. tools/lib/say.sh; . tools/lib/cache.sh; cache_find; \
		$(MAKE) -C tools/fuzz OUT=$$CACHE/build/fuzz'

bench: deps ## what the module costs, counted in instructions
	tools/bench/bench

compdb: deps ## compile_commands.json, for clangd
	@tools/compdb

deps: ## the Debian packages that all of this needs
	@tools/deps

clean: ## what was built in this tree; the cache folder stays
	[ ! -e $(KDIR)/Makefile ] || $(MAKE) -C $(KDIR) M=$(CURDIR) clean
	for part in tools/cli tools/demo tools/unit selftests; do \
		[ ! -e $$part/Makefile ] || $(MAKE) -C $$part clean; \
	done

help:
	@sed -nE 's/^([a-z0-9. -]+):[^#]*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r name text; do \
			case $$name in *' '*) name=$${name%% *}\ …;; esac; \
			printf '  %-16s %s\n' "$$name" "$$text"; done

.PHONY: all module cli install install-module install-tools uninstall deb demo day check check-6.1 check-6.12 check-7 check-7-rt check-debug \
	check-6.12-arm64 check-7-arm64 check-all-6.12-arm64 check-all-7-arm64 \
	check-kcsan check-all check-all-6.1 check-all-6.12 check-all-7 check-all-7-rt check-all-debug \
	check-all-kcsan matrix unit kunit check-packages static monitoring picture fuzz \
	bench compdb deps clean help
