// swift-tools-version: 6.1
import PackageDescription

/// Whether this is a checkout of a package that depends on Darkroom by version: such a package may have no unsafe flags.
let isCheckout = Context.packageDirectory.contains("/checkouts/")

/// Set by `.ci/run`: a warning of the compiler fails the build. Not what others build with, since a newer compiler warns of more.
let warningsAreErrors = !isCheckout && Context.environment["DARKROOM_WARNINGS"] == "errors"

/// What every Swift target is compiled with.
let strict: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ] + (warningsAreErrors ? [.unsafeFlags(["-warnings-as-errors"])] : [])

/// What every target in C is compiled with.
let strictC: [CSetting] = warningsAreErrors ? [.unsafeFlags(["-Werror"])] : []

/// A system library behind a module map and nothing else.
func system(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

/// Debug builds of this project keep usable kernels, so that tests on small models take seconds there too.
let kernelSettings: [CSetting] = strictC + (isCheckout ? [] : [.unsafeFlags(["-O2"], .when(configuration: .debug))])

let package = Package(
    name: "darkroom",
    products: [
        .library(name: "DarkroomEngine", targets: ["Session", "Nodes", "WorkflowEngine", "Workflows", "Problems"]),
        .executable(name: "darkroom", targets: ["darkroom"]),
        .executable(name: "golden", targets: ["golden"]),
        .executable(name: "benchmarks", targets: ["Benchmarks"]),
        .executable(name: "fuzz-readers", targets: ["fuzz-readers"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        // System libraries.
        system("CPNG", pkgConfig: "libpng", apt: "libpng-dev"),
        system("CJPEG", pkgConfig: "libjpeg", apt: "libjpeg62-turbo-dev"),
        system("CWebP", pkgConfig: "libwebpdemux", apt: "libwebp-dev"),
        system("CGIF", pkgConfig: "libgif", apt: "libgif-dev"),
        system("CFreeType", pkgConfig: "freetype2", apt: "libfreetype-dev"),
        system("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
        system("CYAJL", pkgConfig: "yajl", apt: "libyajl-dev"),
        system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),

        // From the bottom upwards; ArchitectureTests holds this order.
        .target(
            name: "CTensorKernels",
            cSettings: kernelSettings,
            linkerSettings: [.linkedLibrary("m"), .linkedLibrary("pthread")]),
        // zlib comes with libpng.
        .target(name: "CPictureCodecs", dependencies: ["CPNG", "CJPEG"], cSettings: strictC, linkerSettings: [.linkedLibrary("z")]),
        .target(name: "Problems", swiftSettings: strict),
        .target(name: "Cancellations", swiftSettings: strict),
        .target(
            name: "Files", dependencies: ["Problems", .product(name: "SystemPackage", package: "swift-system")], swiftSettings: strict),
        .target(name: "Digests", dependencies: ["CCrypto"], swiftSettings: strict),
        .target(name: "Formats", dependencies: ["Problems", "Files", "CYAJL", "CYAML"], swiftSettings: strict),
        .target(name: "Tensors", dependencies: ["CTensorKernels", "Cancellations", "Problems"], swiftSettings: strict),
        .target(name: "COpenBLAS", cSettings: strictC),
        .target(name: "LinearAlgebra", dependencies: ["COpenBLAS", "Problems"], swiftSettings: strict),
        .target(name: "CMappedFiles", cSettings: strictC),
        .target(name: "CProcesses", cSettings: strictC),
        .target(
            name: "Checkpoints",
            dependencies: ["Problems", "Files", "Formats", "Cancellations", "Tensors", "Digests", "CMappedFiles"],
            swiftSettings: strict),
        .target(
            name: "Pictures",
            dependencies: ["Problems", "Files", "Cancellations", "Tensors", "CPictureCodecs", "CFreeType", "CWebP", "CGIF"],
            swiftSettings: strict),
        .target(name: "Descriptions", dependencies: ["Problems", "Tensors", "Checkpoints", "Pictures", "Digests"], swiftSettings: strict),
        .target(name: "Samplers", dependencies: ["Problems", "Tensors", "Pictures", "Descriptions"], swiftSettings: strict),
        .target(
            name: "Prompts",
            dependencies: ["Problems", "Tensors", .product(name: "HeapModule", package: "swift-collections")],
            exclude: ["Vocabulary"],
            swiftSettings: strict,
            plugins: ["EmbedFiles"]),
        .target(
            name: "Networks",
            dependencies: [
                "Prompts", "Descriptions", "Problems", "Cancellations", "Tensors", "Checkpoints", "Pictures", "Digests",
            ],
            swiftSettings: strict),
        .target(
            name: "Diffusion",
            dependencies: [
                "Networks", "Samplers", "Prompts", "Descriptions", "Problems", "Files", "Formats", "Cancellations", "Tensors",
                "LinearAlgebra", "Checkpoints", "Pictures", "Digests",
            ],
            swiftSettings: strict),
        .target(
            name: "Workflows", dependencies: ["Problems", "Files", "Formats"], swiftSettings: strict),
        .target(
            name: "WorkflowEngine",
            dependencies: [
                "Workflows", "Problems", "Files", "Formats", "Cancellations", "Digests",
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: strict),
        .target(
            name: "Nodes",
            dependencies: [
                "WorkflowEngine", "Workflows", "Diffusion", "Networks", "Samplers", "Prompts", "Descriptions", "LinearAlgebra", "Pictures",
                "Checkpoints",
                "Tensors", "Digests", "Problems", "Files", "Formats",
            ],
            swiftSettings: strict,
            plugins: ["EmbedFiles"]),
        .target(
            name: "Session",
            dependencies: [
                "Nodes", "WorkflowEngine", "Workflows", "Diffusion", "Networks", "Pictures", "Checkpoints", "Tensors", "CProcesses",
                "Problems", "Files",
                "Formats", "Cancellations",
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "darkroom",
            dependencies: [
                "Session", "Nodes", "WorkflowEngine", "Workflows", "Pictures", "Tensors", "Problems", "Files", "Formats",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "GoldenSupport", "WorkflowEngine", "Workflows", "Diffusion", "Networks", "Samplers", "Pictures", "Checkpoints", "Tensors",
                "Digests", "Cancellations",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["peers"],
            swiftSettings: strict),

        // Reference values: recipe models, cases, comparison.
        .target(
            name: "GoldenSupport",
            dependencies: [
                "Nodes", "WorkflowEngine", "Workflows", "Diffusion", "Networks", "Samplers", "Prompts", "Descriptions", "Pictures",
                "Checkpoints", "Tensors", "Digests", "Problems", "Files",
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "golden",
            dependencies: ["GoldenSupport", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: strict),

        // Damaged files for every reader: Fuzz/README.md.
        .executableTarget(
            name: "fuzz-readers",
            dependencies: ["Checkpoints", "Diffusion", "Nodes", "Pictures", "WorkflowEngine", "Workflows", "Tensors"], path: "Fuzz",
            exclude: ["README.md", "Samples", "build-libfuzzer"], swiftSettings: strict),

        // Kills workers under a queue of jobs: Scripts/faults.
        .executableTarget(
            name: "worker-faults",
            dependencies: [
                "Session", "WorkflowEngine", "Problems", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        // Files that travel inside the program: node specs, CLIP's vocabulary.
        .executableTarget(name: "embed-files", swiftSettings: strict),
        .plugin(name: "EmbedFiles", capability: .buildTool(), dependencies: ["embed-files"]),

        tests("ProblemsTests", ["Problems"]),
        tests("FilesTests", ["Files", "Problems"]),
        tests("DigestsTests", ["Digests"]),
        tests("FormatsTests", ["Formats", "Problems", "Files"]),
        tests("LinearAlgebraTests", ["LinearAlgebra", "Problems"]),
        tests("TensorsTests", ["Tensors", "CTensorKernels", "Cancellations"]),
        tests(
            "CheckpointsTests", ["Checkpoints", "Problems", "Files", "Cancellations", "Tensors", "Digests", "GoldenSupport"],
            resources: [.copy("References")]),
        tests("PicturesTests", ["Pictures", "Problems", "Cancellations", "Tensors"], resources: [.copy("Samples")]),
        tests(
            "DiffusionTests",
            [
                "Diffusion", "Networks", "Samplers", "Prompts", "Descriptions", "Problems", "Files", "Cancellations", "Checkpoints",
                "Tensors", "Pictures", "Digests", "GoldenSupport",
            ],
            resources: [.copy("Data")]),
        // Toy nodes for tests of workflows and of the engine.
        .target(name: "ToySpecs", dependencies: ["Workflows"], path: "Tests/ToySpecs", swiftSettings: strict),
        tests("WorkflowsTests", ["Workflows", "ToySpecs", "Digests", "Formats", "Problems", "Files"], resources: [.copy("UIForm")]),
        tests(
            "WorkflowEngineTests", ["WorkflowEngine", "Workflows", "ToySpecs", "Digests", "Formats", "Problems", "Files", "Cancellations"]),
        tests(
            "NodesTests",
            [
                "Nodes", "WorkflowEngine", "Workflows", "Diffusion", "Networks", "Samplers", "Prompts", "Descriptions", "LinearAlgebra",
                "Pictures",
                "Checkpoints",
                "Tensors", "Problems", "Files", "Formats", "Cancellations", "GoldenSupport", "Session",
            ],
            resources: [.copy("References")]),
        tests("GoldenTests", ["GoldenSupport", "Nodes"], resources: [.copy("Cases")]),
        tests("SessionTests", ["Session", "darkroom", "worker-faults", "Nodes", "WorkflowEngine", "Workflows", "Formats", "Problems"]),
        tests("CommandLineTests", ["darkroom", "Pictures", "Tensors", "GoldenSupport"]),
        tests("EmbeddingTests", ["Session", "WorkflowEngine", "Workflows"]),
        tests("ArchitectureTests", []),
    ],
    cLanguageStandard: .gnu17
)
