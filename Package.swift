// swift-tools-version: 6.2
import PackageDescription

// The rooms of this package and the only arrows between them. `make lint` builds with
// `--explicit-target-dependency-import-check error`, so an import that is not drawn here does not compile.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies, swiftSettings: strict)
}

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

let package = Package(
    name: "vencejo",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "GPT2", targets: ["GPT2"]),
        .library(name: "Generation", targets: ["Generation"]),
        .library(name: "Evaluation", targets: ["Evaluation"]),
        .library(name: "Inspection", targets: ["Inspection"]),
        .library(name: "Report", targets: ["Report"]),
        .library(name: "Tokenizer", targets: ["Tokenizer"]),
        .library(name: "ModelFile", targets: ["ModelFile"]),
        .library(name: "Kernels", targets: ["Kernels"]),
        .library(name: "Probabilities", targets: ["Probabilities"]),
        .library(name: "Checkpoints", targets: ["Checkpoints"]),
        .library(name: "Conversion", targets: ["Conversion"]),
        .executable(name: "vencejo", targets: ["vencejo"]),
        .executable(name: "vencejo-convert", targets: ["vencejo-convert"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    ],
    targets: [
        // The runtime.
        .systemLibrary(
            name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
        .target(name: "CKernels"),
        room("StrictJSON"),
        room("Probabilities"),
        room("Pages"),
        room("Kernels", ["CKernels"]),
        room("MappedMemory"),
        room("ModelFile", ["CZstd", "MappedMemory", "StrictJSON"]),
        room("Tokenizer", ["StrictJSON"]),
        room("GPT2", ["Kernels", "MappedMemory", "ModelFile", "Probabilities", "StrictJSON"]),
        room("Generation", ["GPT2", "Tokenizer", "ModelFile", "Kernels", "Probabilities", "StrictJSON"]),
        room("Evaluation", ["GPT2", "ModelFile", "Probabilities", "StrictJSON"]),
        room("Inspection", ["GPT2", "Pages", "Probabilities", "StrictJSON", "Tokenizer"]),
        room(
            "Report",
            ["Evaluation", "Generation", "GPT2", "Kernels", "ModelFile", "Pages", "StrictJSON", "Tokenizer"]),
        .executableTarget(
            name: "vencejo",
            dependencies: [
                "Evaluation", "Generation", "GPT2", "Inspection", "Kernels", "MappedMemory", "ModelFile",
                "Probabilities", "Report", "StrictJSON", "Tokenizer", arguments,
            ],
            swiftSettings: strict),

        // The converter.
        room("Checkpoints", ["MappedMemory", "StrictJSON"], path: "converter/Checkpoints"),
        room("Quantization", ["Kernels", "ModelFile"], path: "converter/Quantization"),
        room(
            "Calibration", ["Quantization", "Generation", "GPT2", "ModelFile", "Kernels"],
            path: "converter/Calibration"),
        room(
            "Conversion",
            [
                "Calibration", "Quantization", "Checkpoints", "MappedMemory", "ModelFile", "GPT2", "Generation",
                "Kernels", "Tokenizer", "StrictJSON", crypto,
            ],
            path: "converter/Conversion"),
        .executableTarget(
            name: "vencejo-convert",
            dependencies: [
                "Conversion", "Checkpoints", "GPT2", "Kernels", "MappedMemory", "ModelFile", "Report", arguments,
            ],
            path: "converter/vencejo-convert", swiftSettings: strict),

        // Tests.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        tests("StrictJSON"),
        tests("Kernels", ["CKernels"]),
        tests("ModelFile", ["StrictJSON"]),
        tests("Tokenizer", ["StrictJSON"]),
        tests("GPT2", ["Kernels", "ModelFile", "StrictJSON", "Conversion", "Checkpoints"]),
        tests(
            "Generation", ["GPT2", "Probabilities", "Tokenizer", "ModelFile", "Kernels", "Conversion", "Checkpoints"]),
        tests(
            "Evaluation",
            ["Generation", "GPT2", "Kernels", "Probabilities", "StrictJSON", "Conversion", "Checkpoints"]),
        tests(
            "Inspection",
            [
                "GPT2", "Generation", "Kernels", "Probabilities", "StrictJSON", "Tokenizer", "Conversion",
                "Checkpoints",
            ]),
        tests(
            "Report",
            [
                "Checkpoints", "Conversion", "Evaluation", "GPT2", "Generation", "Kernels", "ModelFile", "Pages",
                "StrictJSON", "Tokenizer",
            ]),
        tests("Checkpoints", ["StrictJSON"]),
        tests("Quantization", ["Checkpoints", "Kernels", "ModelFile", "StrictJSON"]),
        tests("Calibration", ["Conversion", "GPT2", "Kernels", "ModelFile", "Quantization", "StrictJSON"]),
        tests(
            "Conversion",
            ["Calibration", "Quantization", "Kernels", "Checkpoints", "ModelFile", "GPT2", "Tokenizer", "StrictJSON"]),
        .testTarget(name: "CommandLineTests", dependencies: ["TestSupport", "StrictJSON"], swiftSettings: strict),
    ]
)
