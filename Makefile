# Thin: Meson does the work. `make help` tells what there is.
BUILD ?= build
ASAN ?= build-asan
FUZZ ?= build-fuzz
FUZZ_SECONDS ?= 60
PYTHON ?= /usr/bin/python3
# What users run; test programs are built with sanitizers only.
PROGRAMS = src/outband/outband src/sim/amtsim src/agent/rpc src/agent/lms src/agent/librpc.so.3 src/agent/rpc.1 \
	src/agent/rpc.bash tests/bench/load

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD) $(PROGRAMS)

help:
	@echo "make         build into $(BUILD)/"
	@echo "make deps    install the packages that building and testing need"
	@echo "make demo    server and virtual devices on loopback, each step shown (ONCE=1: stop after the steps)"
	@echo "make test    all tests under sanitizers; ends with 'N passed, N failed'"
	@echo "make install outband, rpc, lms, librpc and amtsim into /usr/local (DESTDIR is honoured)"
	@echo "make bench   measurements as a table"
	@echo "make fuzz    each fuzz target for FUZZ_SECONDS ($(FUZZ_SECONDS))"
	@echo "make lint    format, spelling, include rules"
	@echo "make deb     Debian packages of rpc and lms into build-package/"
	@echo "make docs    the tables in docs/configuration.md and docs/virtual-device.md"

deps:
	@scripts/deps

$(BUILD)/build.ninja:
	@scripts/deps
	@meson setup $(BUILD) >/dev/null

$(ASAN)/build.ninja:
	@scripts/deps
	@meson setup $(ASAN) -Db_sanitize=address,undefined -Db_lundef=false >/dev/null

$(FUZZ)/build.ninja:
	@scripts/deps
	@CC=clang meson setup $(FUZZ) -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false >/dev/null

demo: all
	@$(BUILD)/src/outband/outband demo $(if $(ONCE),--once)

test: all $(ASAN)/build.ninja
	@ninja -C $(ASAN)
	@$(PYTHON) tests/run.py --build $(BUILD) --asan $(ASAN)

install: all
	@meson install -C $(BUILD) --no-rebuild --quiet

bench: all
	@$(PYTHON) tests/bench/bench.py --build $(BUILD) $(BENCH_ARGS)

fuzz: $(FUZZ)/build.ninja
	@ninja -C $(FUZZ)
	@scripts/fuzz $(FUZZ) $(FUZZ_SECONDS)

lint:
	@scripts/deps
	@scripts/lint

docs: all
	@scripts/docs $(BUILD)

deb:
	@scripts/deps
	@scripts/package

clean:
	@rm -rf $(BUILD) $(ASAN) $(FUZZ)

.PHONY: all help deps demo test install bench fuzz lint docs deb clean
