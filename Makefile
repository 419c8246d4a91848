# Every task of the project by name. `make run` and `make test` are all that a fresh machine needs.

SWIFT  ?= swift
# One set of flags for everything, so that tests and the program share one build.
FLAGS  := -c release -Xswiftc -enable-testing
BIN     = .build/release
GOLDEN ?= ../shared/golden
OUTPUT ?= output

.PHONY: run test build golden faults bench fuzz docs format lint clean packages

## run: make a picture with the embedded model, and print its path
run: packages
	@$(SWIFT) build $(FLAGS) --product darkroom >&2
	@$(BIN)/darkroom run Workflows/txt2img.yaml --models Workflows/models --output-dir $(OUTPUT)

## test: run all tests
test: packages
	$(SWIFT) build $(FLAGS) --build-tests
	@# Building by itself, `swift test` says -enable-testing twice, which would compile everything once more.
	$(SWIFT) test $(FLAGS) --skip-build

## build: build everything
build: packages
	$(SWIFT) build $(FLAGS)

## golden: compare with reference values; GOLDEN=DIR names another folder of the same form
golden: packages
	@$(SWIFT) build $(FLAGS) --product golden >&2
	@$(BIN)/golden $(GOLDEN) --models .build/golden-models $(ARGS)

## faults: kill, starve and crowd the program, and check what it leaves behind; ARGS="--seconds 300" (Scripts/faults has them)
faults: packages
	@$(SWIFT) build $(FLAGS) --product darkroom >&2
	@$(SWIFT) build $(FLAGS) --product worker-faults >&2
	@Scripts/faults $(ARGS)

## bench: time layers and steps; ARGS=engine, reuse, runs or memory for what surrounds them, stopping for what a cancel takes
bench: packages
	@$(SWIFT) build $(FLAGS) --product darkroom >&2
	@$(SWIFT) build $(FLAGS) --product benchmarks >&2
	@$(BIN)/benchmarks $(ARGS)

## fuzz: feed damaged files to every reader for a minute each (Fuzz/README.md has the long way)
fuzz: packages
	@$(SWIFT) build $(FLAGS) --product fuzz-readers >&2
	@$(BIN)/fuzz-readers safetensors Tests/GoldenTests/Cases/models Workflows/models/embeddings --count 10000000 --seconds 60
	@$(BIN)/fuzz-readers torch Tests/GoldenTests/Cases/models --count 10000000 --seconds 60
	@$(BIN)/fuzz-readers picture Tests/PicturesTests/Samples --count 10000000 --seconds 60
	@$(BIN)/fuzz-readers workflow Workflows/txt2img.yaml Workflows/txt2img.json Workflows/hires-fix.yaml --count 10000000 --seconds 60
	@$(BIN)/fuzz-readers saved Tests/WorkflowsTests/UIForm --count 10000000 --seconds 60
	@for reader in composed metadata parameters paths values contents resume records; do \
		$(BIN)/fuzz-readers $$reader Fuzz/Samples/$$reader --count 10000000 --seconds 60 || exit; done

## docs: write the node reference from the specifications
docs: packages
	@$(SWIFT) build $(FLAGS) --product darkroom >&2
	@$(BIN)/darkroom nodes --markdown > docs/nodes.md

## format: format all Swift files
format:
	$(SWIFT) format --in-place --parallel --recursive Sources Tests Plugins Fuzz Package.swift

## lint: say where the format differs
lint:
	$(SWIFT) format lint --strict --parallel --recursive Sources Tests Plugins Fuzz Package.swift

## clean: remove what was built
clean:
	rm -rf .build

packages:
	@Scripts/install-packages
