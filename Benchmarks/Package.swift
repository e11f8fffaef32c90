// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "thalweg-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "thalweg", path: "..")],
    targets: [
        .executableTarget(
            name: "thalweg-bench",
            dependencies: [.product(name: "Thalweg", package: "thalweg")],
            swiftSettings: [.enableUpcomingFeature("ExistentialAny")])
    ]
)
