# Targets:
#   make demo        build the runtime and let the demo model write
#   make build       everything, optimised
#   make test        all tests: about a minute once built, offline, nothing else needed
#   make test-long   sanitizers, emulated instruction sets, big synthetic models
#   make test-arm64  the kernel vectors on arm64, under qemu
#   make bench       first figures of speed on this machine
#   make format      lay the sources out; `make lint` checks that, the import arrows, and what the binary links
#   make docs        check that the documentation builds
#   make install     put vencejo, vencejo-convert and the demo model below PREFIX (/usr/local)
#   make clean

PREFIX ?= /usr/local
SWIFT ?= swift
SOURCES = Package.swift Sources converter Tests

.DEFAULT_GOAL := help
.PHONY: help zstd build demo test test-long test-arm64 bench format lint docs install clean

help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

# libzstd's header and library, by the system's own package manager; nothing happens where they are at hand.
zstd:
	@sh Tests/install-zstd.sh

build: zstd
	$(SWIFT) build -c release

demo: zstd
	$(SWIFT) build -c release --product vencejo
	@.build/release/vencejo generate -p "Once upon a time" -n 120 -s 1
	@.build/release/vencejo generate -p "Había una vez" -n 120 -s 1

# Optimised, with the traps on: docs/decisions/0006-tests-run-optimised.md.
TEST_FLAGS = -c release -Xswiftc -enable-testing --scratch-path .build/tests

test: zstd
	$(SWIFT) build --build-tests $(TEST_FLAGS)
	$(SWIFT) test --skip-build $(TEST_FLAGS)

lint:
	$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)
	$(SWIFT) build --build-tests --explicit-target-dependency-import-check error

format:
	$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

install: build
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/vencejo
	install -m 755 .build/release/vencejo .build/release/vencejo-convert $(DESTDIR)$(PREFIX)/bin
	install -m 644 models/demo.q8z $(DESTDIR)$(PREFIX)/share/vencejo

clean:
	$(SWIFT) package clean
