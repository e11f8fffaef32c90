public import Testing
public import ThalwegFormats

/// Runs `body`, which must throw a `DataError` of this kind whose one line holds every one of `words`.
public func expectError(
    _ kind: DataError.Kind, _ words: [String] = [], file: String? = nil, _ name: String = "",
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record("\(name): no error", sourceLocation: sourceLocation)
    } catch let error as DataError {
        let line = error.description
        #expect(error.kind == kind, "\(name): \(line)", sourceLocation: sourceLocation)
        #expect(!line.contains("\n") && !line.isEmpty, "\(name): \(line)", sourceLocation: sourceLocation)
        if let file { #expect(error.file?.hasSuffix(file) == true, "\(name): \(line)", sourceLocation: sourceLocation) }
        for word in words {
            #expect(line.contains(word), "\(name): '\(word)' in \(line)", sourceLocation: sourceLocation)
        }
    } catch {
        Issue.record("\(name): \(error) is no DataError", sourceLocation: sourceLocation)
    }
}
