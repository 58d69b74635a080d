// swift-tools-version: 6.2
import PackageDescription

// Small programs that use the library as anybody's would; docs/Vencejo.docc explains them step by step.

let settings: [SwiftSetting] = [.swiftLanguageMode(.v6)]

func vencejo(_ product: String) -> Target.Dependency { .product(name: product, package: "vencejo") }

let package = Package(
    name: "examples",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "vencejo", path: "..")],
    targets: [
        .executableTarget(
            name: "Storyteller", dependencies: [vencejo("Generation"), vencejo("GPT2")], swiftSettings: settings),
        .executableTarget(
            name: "LookingInside",
            dependencies: [
                vencejo("Generation"), vencejo("GPT2"), vencejo("Inspection"), vencejo("Evaluation"),
                vencejo("Probabilities"),
            ],
            swiftSettings: settings),
    ]
)
