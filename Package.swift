// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A room of the house: a library target whose module name carries the prefix, whose folder does not.
func room(_ folder: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(
        name: "Thalweg\(folder)", dependencies: dependencies, path: "Sources/\(folder)",
        resources: resources, swiftSettings: swiftSettings)
}

func tests(_ folder: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(folder)Tests", dependencies: ["TestSupport"] + dependencies, path: "Tests/\(folder)Tests",
        exclude: exclude,
        swiftSettings: swiftSettings)
}

let package = Package(
    name: "thalweg",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Thalweg", targets: ["Thalweg"]),
        .library(name: "ThalwegPractice", targets: ["ThalwegPractice"]),
        .executable(name: "thalweg", targets: ["thalweg-cli"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", exact: "1.5.0"),
    ],
    targets: [
        .target(name: "CKernels"),
        .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
        .target(name: "CArchive", linkerSettings: [.linkedLibrary("z"), .linkedLibrary("zip")]),
        room("Engine", ["CKernels", "COneDNN"]),
        room("Networks", ["ThalwegEngine"]),
        room("Formats", ["ThalwegEngine", "CArchive"]),
        room("DataSets", ["ThalwegEngine", "ThalwegNetworks", "ThalwegFormats"]),
        room(
            "Training",
            [
                "ThalwegEngine", "ThalwegNetworks", "ThalwegDataSets", "ThalwegFormats",
                .product(name: "TOMLKit", package: "TOMLKit"),
            ]),
        room("Models", ["ThalwegEngine", "ThalwegNetworks"]),
        room(
            "Practice",
            [
                "ThalwegEngine", "ThalwegNetworks", "ThalwegFormats", "ThalwegDataSets", "ThalwegTraining",
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "TOMLKit", package: "TOMLKit"),
            ]),
        room(
            "Serving",
            [
                "ThalwegPractice", "ThalwegTraining", "ThalwegDataSets",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Resources")]),
        .target(
            name: "Thalweg",
            dependencies: [
                "ThalwegEngine", "ThalwegNetworks", "ThalwegFormats", "ThalwegDataSets", "ThalwegTraining",
                "ThalwegModels",
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "thalweg-cli",
            dependencies: [
                "Thalweg", "ThalwegPractice", "ThalwegServing",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "TestSupport", dependencies: ["ThalwegEngine", "ThalwegFormats"], path: "Tests/TestSupport",
            swiftSettings: swiftSettings),
        tests("Engine", ["CKernels", "ThalwegEngine"]),
        tests("Networks", ["ThalwegEngine", "ThalwegNetworks"]),
        tests("Formats", ["ThalwegEngine", "ThalwegFormats"]),
        tests("DataSets", ["ThalwegEngine", "ThalwegFormats", "ThalwegDataSets"]),
        tests(
            "Training",
            ["Thalweg", "ThalwegTraining", "ThalwegDataSets", "ThalwegEngine", "ThalwegFormats", "ThalwegNetworks"]),
        tests("Models", ["ThalwegModels", "ThalwegEngine", "ThalwegNetworks", "ThalwegTraining"]),
        tests(
            "Practice",
            [
                "ThalwegPractice", "ThalwegTraining", "ThalwegDataSets", "ThalwegEngine", "ThalwegFormats",
                "ThalwegNetworks", .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        tests("CLI", ["thalweg-cli"], exclude: ["Snapshots"]),
    ]
)
