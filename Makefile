# The few commands a person needs. Each installs missing system packages first (Scripts/setup.sh says what and how).

SWIFT ?= swift
# For the benchmarks beside other frameworks: one with the harness's requirements.
PYTHON ?= python3
BUILD ?= .build
CONFIGURATION = -c release --scratch-path $(BUILD)
# Set to -Xswiftc -warnings-as-errors where a warning of ours must stop the build (CI does).
STRICT ?=
SOURCES = Package.swift Sources Tests Benchmarks
THALWEG = $(BUILD)/release/thalweg
# The library targets: every folder of Sources but the C code and the program.
ROOMS = Thalweg $(addprefix Thalweg,$(filter-out CArchive CKernels COneDNN Thalweg thalweg-cli,$(notdir $(wildcard Sources/*))))

.PHONY: demo test bench format lint docs figures setup build help

help: ## Lists these commands.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: build ## Trains a network on handwritten digits and reports how well it does.
	@$(THALWEG) train digits

build: setup ## Builds the program.
	@$(SWIFT) build $(CONFIGURATION) --product thalweg

test: setup ## Builds and runs the whole suite. Real data is used when THALWEG_DATA names its folder.
	@Scripts/test.sh $(CONFIGURATION) $(STRICT)

bench: setup ## Runs the benchmarks (a package of its own). PEERS names a folder of the peer harness to run beside.
	@$(SWIFT) build -c release --package-path Benchmarks --product thalweg-bench
	@PEERS=$(PEERS) $(PYTHON) Scripts/bench.py

format: ## Rewrites the sources in the house style.
	@$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

lint: ## Checks the style without changing a file.
	@$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)

docs: setup ## Builds the documentation archive, with the API of every room.
	@$(SWIFT) package --scratch-path $(BUILD) generate-documentation --enable-experimental-combined-documentation \
	  $(ROOMS:%=--target %)

figures: build ## Runs every published figure again (needs THALWEG_DATA) and writes docs/FIGURES.md.
	@THALWEG=$(THALWEG) Scripts/figures.py

setup:
	@Scripts/setup.sh
