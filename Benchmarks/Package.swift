// swift-tools-version: 6.2
import PackageDescription

// Benchmarks are a package of their own: they see what every other package sees, and nobody who uses the library builds
// them. `make bench` builds and runs them.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
]

func vencejo(_ product: String) -> Target.Dependency { .product(name: product, package: "vencejo") }

let package = Package(
    name: "vencejo-benchmarks",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "benchmarks", targets: ["Benchmarks"]),
        .executable(name: "read-tokens", targets: ["ReadTokens"]),
    ],
    dependencies: [
        .package(name: "vencejo", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    ],
    targets: [
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                vencejo("Kernels"), vencejo("ModelFile"), vencejo("Tokenizer"), vencejo("GPT2"), vencejo("Generation"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "ReadTokens", dependencies: [vencejo("GPT2"), vencejo("Kernels")], swiftSettings: strict),
    ]
)
