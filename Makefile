# Targets:
#   make demo           build the runtime and let the demo model write
#   make build          everything, optimised
#   make static         vencejo as one file that needs neither Swift nor libzstd to run, on Linux
#   make test           all tests, offline; builds what it needs
#   make test-long      the same under AddressSanitizer, the long tests, every instruction set that can be emulated
#   make test-arm64     the kernels' test vectors on arm64, under qemu
#   make test-emulated  the same for the x86 rows that this CPU lacks
#   make fuzz           every parser under libFuzzer and AddressSanitizer, a minute each
#   make bench          how fast the parts are (Benchmarks/), and the whole, on a synthetic model of 124M's shape
#   make bench-deterministic  a token's allocations and instructions, against what they may be
#   make format         lay the sources out; `make lint` checks that, the import arrows and the kernels' symbols
#   make examples       Examples/, as another package would use this one: built and run
#   make docc           the library's documentation and its tutorial, by DocC, in .build/documentation.doccarchive
#   make docs           check that the documents' links lead to files, and that the targets of make they name exist
#   make install        put what `make build` built, completions and the demo model below PREFIX (/usr/local)
#   make uninstall      take that away again
#   make clean

PREFIX ?= /usr/local
SWIFT ?= swift
SOURCES = Package.swift Sources converter Tests Benchmarks/Package.swift Benchmarks/Sources Examples/Package.swift Examples/Sources

# On Linux with Swift's runtime inside: programs start 8 ms sooner, take 4 MiB less and run where no Swift is installed.
BUILD_FLAGS = -c release $(if $(filter Linux,$(shell uname)),--static-swift-stdlib -Xswiftc -use-ld=lld)
# Optimised, with the traps on: docs/decisions/0006-tests-run-optimised.md.
TEST_FLAGS = -c release -Xswiftc -enable-testing --scratch-path .build/tests
# What `make fuzz` builds, against the modules of that build: it keeps up with the parsers.
CHECK_FUZZ = $(if $(filter Linux,$(shell uname)),,true ||) $(SWIFT)c -typecheck -swift-version 6 -parse-as-library -suppress-warnings -I .build/tests/release/Modules \
	-I Sources/CZstd -Xcc -fmodule-map-file=.build/tests/release/CKernels.build/module.modulemap Tests/fuzz/*.swift
SANITIZER_FLAGS = -c release -Xswiftc -enable-testing --sanitize address --scratch-path .build/sanitized
BENCHMARK_FLAGS = -c release --package-path Benchmarks --scratch-path .build/benchmarks
# One program of Swift's runtime, libzstd and the C++ library that Swift's runtime needs. The folder holds links to the
# two archives and nothing else, so that the linker finds no shared library of these names before them.
ARCHIVES = .build/archives
STATIC_FLAGS = -c release --static-swift-stdlib -Xswiftc -use-ld=lld --scratch-path .build/static -Xlinker -L$(abspath $(ARCHIVES)) \
	-Xlinker --gc-sections -Xlinker -s
SYNTHETIC = .build/synthetic/124M
VECTORS = $(abspath .build/kernels/vectors.bin)

.DEFAULT_GOAL := help
.PHONY: help zstd emulators build static demo test test-long fuzz test-arm64 test-emulated bench memory-report \
	bench-deterministic format lint docs docc examples install uninstall clean

help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

# libzstd's header and library, by the system's own package manager; nothing happens where they are at hand.
zstd:
	@sh Tests/install.sh zstd

emulators:
	@sh Tests/install.sh emulators

build: zstd
	$(SWIFT) build $(BUILD_FLAGS)

static: zstd
	@mkdir -p $(ARCHIVES)
	@for archive in libzstd.a libstdc++.a; do \
		file=$$(clang -print-file-name=$$archive); \
		test -e "$$file" || { echo "$$archive was not found; install the package that holds it" >&2; exit 1; }; \
		ln -sf "$$file" $(ARCHIVES)/; \
	done
	$(SWIFT) build $(STATIC_FLAGS) --product vencejo
	@ls -l .build/static/release/vencejo

demo: zstd
	$(SWIFT) build $(BUILD_FLAGS) --product vencejo
	@.build/release/vencejo generate -p "Once upon a time" -n 120 -s 1
	@.build/release/vencejo generate -p "Había una vez" -n 120 -s 1

test: zstd
	$(SWIFT) build --build-tests $(TEST_FLAGS)
	@$(CHECK_FUZZ)
	$(SWIFT) test --skip-build $(TEST_FLAGS)

test-long: zstd test-arm64 test-emulated bench-deterministic
	VENCEJO_LONG=1 $(SWIFT) test $(TEST_FLAGS)
	ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 $(SWIFT) test $(SANITIZER_FLAGS)
	sh Tests/emulated/bochs/run.sh $(VECTORS) $(abspath .build/kernels/bochs)
	sh Tests/long/synthetic.sh
	sh Tests/long/bare-root.sh
	sh Tests/fuzz/run.sh 60

fuzz:
	sh Tests/fuzz/run.sh 60

# What every kernel row must answer, computed by the reference row.
$(VECTORS): $(wildcard Sources/Kernels/*.swift Tests/KernelsTests/*.swift)
	mkdir -p $(@D)
	VENCEJO_VECTORS=$@ $(SWIFT) test $(TEST_FLAGS) --filter KernelVectors

test-arm64: zstd emulators $(VECTORS)
	sh Tests/emulated/replay.sh arm64 $(VECTORS) .build/kernels

test-emulated: zstd emulators $(VECTORS)
	sh Tests/emulated/replay.sh x86 $(VECTORS) .build/kernels

bench: build $(SYNTHETIC).q8z
	$(SWIFT) build $(BENCHMARK_FLAGS)
	.build/benchmarks/release/benchmarks --seconds 0.02
	.build/release/vencejo bench -m $(SYNTHETIC).q8z

# SIZES="distil 124M 355M 774M 1.5B" gives all the tables of docs/MEMORY.md; 1.5B takes 12 GB of disk and a quarter of an hour.
SIZES = 124M
memory-report: build $(SIZES:%=.build/synthetic/%.q8z)
	@for size in $(SIZES); do \
		file=.build/synthetic/$$size; \
		.build/release/vencejo repack $$file.q8z -o $$file-zstd.q8z --storage zstd --quiet && \
		python3 Benchmarks/memory.py $$size=$$file.q8z,$$file-zstd.q8z && \
		python3 Benchmarks/memory.py --budgets 8 --caches int8 $$size=$$file.q8z,$$file-zstd.q8z || exit 1; \
	done

bench-deterministic: zstd
	sh Benchmarks/deterministic.sh

# Of a published GPT-2's shape and stored raw, so that it is mapped. Speed does not depend on the weights.
.build/synthetic/%.q8z: | build
	python3 Tests/make_synthetic.py $* .build/synthetic/$*
	.build/release/vencejo-convert .build/synthetic/$* -o $@ --storage raw --quiet

lint:
	$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)
	$(SWIFT) build --build-tests $(TEST_FLAGS) --explicit-target-dependency-import-check error
	sh Tests/emulated/symbols.sh Sources/CKernels .build/kernels

format:
	$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

docs:
	python3 Tests/check_docs.py

# The programs of docs/Vencejo.docc, from the same text as there.
EXAMPLE_FLAGS = -c release --package-path Examples --scratch-path .build/examples
CATALOG = docs/Vencejo.docc

examples: zstd
	cmp $(CATALOG)/Resources/Storyteller-4.swift Examples/Sources/Storyteller/main.swift
	$(SWIFT) build $(EXAMPLE_FLAGS)
	cd .build && examples/release/Storyteller ../models/demo.q8z && examples/release/LookingInside ../models/demo.q8z

# Symbols come from the modules of a build, here that of the programs; what DocC would warn of is an error.
MODULES = .build/release
DOCUMENTED = GPT2 Generation Inspection Evaluation Probabilities Tokenizer ModelFile Kernels Report StrictJSON

docc: $(if $(filter .build/release,$(MODULES)),build)
	@rm -rf .build/symbols && mkdir -p .build/symbols
	@triple=$$($(SWIFT) -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)".*/\1/p'); \
	for module in $(DOCUMENTED); do \
		$(SWIFT) symbolgraph-extract -module-name $$module -target $$triple -minimum-access-level public \
			-I $(MODULES)/Modules -I Sources/CZstd \
			-Xcc -fmodule-map-file=$(abspath $(MODULES)/CKernels.build/module.modulemap) \
			-output-dir .build/symbols || exit 1; \
	done
	python3 Tests/check_symbols.py .build/symbols
	docc convert $(CATALOG) --additional-symbol-graph-dir .build/symbols --output-dir .build/documentation.doccarchive \
		--fallback-display-name Vencejo --fallback-bundle-identifier vencejo --warnings-as-errors

# Builds nothing, so that `sudo make install` leaves no files of root's in .build.
PROGRAMS = vencejo vencejo-convert
BIN = $(DESTDIR)$(PREFIX)/bin
SHARE = $(DESTDIR)$(PREFIX)/share
BASH_COMPLETIONS = $(SHARE)/bash-completion/completions
ZSH_COMPLETIONS = $(SHARE)/zsh/site-functions
FISH_COMPLETIONS = $(SHARE)/fish/vendor_completions.d

install:
	@for program in $(PROGRAMS); do \
		test -x .build/release/$$program || { echo "$$program is not built; run make build first" >&2; exit 1; }; \
	done
	install -d $(BIN) $(SHARE)/vencejo $(BASH_COMPLETIONS) $(ZSH_COMPLETIONS) $(FISH_COMPLETIONS)
	install -m 644 models/demo.q8z $(SHARE)/vencejo
	set -e; for program in $(PROGRAMS); do \
		install -m 755 .build/release/$$program $(BIN); \
		$(BIN)/$$program --generate-completion-script bash >$(BASH_COMPLETIONS)/$$program; \
		$(BIN)/$$program --generate-completion-script zsh >$(ZSH_COMPLETIONS)/_$$program; \
		$(BIN)/$$program --generate-completion-script fish >$(FISH_COMPLETIONS)/$$program.fish; \
	done

uninstall:
	rm -f $(PROGRAMS:%=$(BIN)/%) $(PROGRAMS:%=$(BASH_COMPLETIONS)/%) $(PROGRAMS:%=$(ZSH_COMPLETIONS)/_%) \
		$(PROGRAMS:%=$(FISH_COMPLETIONS)/%.fish) $(SHARE)/vencejo/demo.q8z
	rmdir $(SHARE)/vencejo 2>/dev/null || true

clean:
	$(SWIFT) package clean
	rm -rf .build
