public import Foundation

/// A folder of its own for a test's files, removed afterwards.
public func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("thalweg-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// The folder of real data named by THALWEG_DATA, if any.
public let realData: URL? = ProcessInfo.processInfo.environment["THALWEG_DATA"].flatMap {
    $0.isEmpty ? nil : URL(fileURLWithPath: $0)
}

/// A committed file of Tests/Fixtures.
public func fixtureFile(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/\(name)")
}

/// A committed array or table, written by `generate_formats.py` beside it.
public func formatFixture(_ name: String) -> URL { fixtureFile("Formats/\(name)") }

extension [UInt8] {
    public func write(to url: URL) throws { try Data(self).write(to: url) }
}
