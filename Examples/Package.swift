// swift-tools-version: 6.2
import PackageDescription

/// A readable program each: `swift run -c release --package-path Examples NAME`.
func example(_ name: String) -> Target {
    .executableTarget(name: name, dependencies: [.product(name: "Thalweg", package: "thalweg")])
}

let package = Package(
    name: "thalweg-examples",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "thalweg", path: "..")],
    targets: [
        example("first-model"), example("parity"), example("feature-groups"), example("dinosaur-names"),
        example("tinyshakespeare-lstm"), example("tinyshakespeare-transformer"), example("lenet-mnist"),
        example("augmentation-pictures"),
    ]
)
