internal import Foundation
internal import ThalwegEngine
internal import ThalwegFormats

/// Turns a data argument into examples: `digits`, a CSV or TSV file (also gzipped), a folder with IDX files, a single IDX
/// file, an `.npz` archive.
public enum DataSource {
    /// The name of the embedded data set.
    public static let digitsName = "digits"

    /// Reads everything the argument and the options name.
    ///
    /// - Throws: `DataError`, one clear line naming file, line and column.
    public static func load(_ argument: String, options: LoadOptions = LoadOptions()) throws -> LoadedData {
        var fingerprint = Fingerprint()
        var sources: [DataPartSource] = []
        var notes: [String] = []
        func note(_ role: String, _ name: String, _ examples: Examples, _ own: Fingerprint) {
            fingerprint.add(own)
            sources.append(
                DataPartSource(
                    role: role, name: name, fingerprint: own.text, examples: examples.count,
                    columns: examples.columnCount))
        }
        var digest = Fingerprint()
        var parts = try read(argument, options: options, notes: &notes, fingerprint: &digest)
        note("data", argument, parts.train, digest)
        if let target = options.target, case .arrays = parts.train {
            throw DataError(
                .mismatch, file: argument, column: target, "a target column is named, but these data have no columns")
        }
        var later = options
        if case .table(let table) = parts.train, later.schema == nil { later.schema = table.schema }
        if let dev = options.dev {
            let (examples, digest) = try readApart(dev, options: later, notes: &notes)
            parts.dev = examples
            note("dev", dev, examples, digest)
        }
        if let test = options.test {
            let (examples, digest) = try readApart(test, options: later, notes: &notes)
            parts.test = examples
            note("test", test, examples, digest)
        }
        try checkAgreement(parts, name: argument)
        var loaded = LoadedData(
            train: parts.train, dev: parts.dev, test: parts.test, name: argument, fingerprint: fingerprint.text,
            notes: notes)
        loaded.sources = sources
        return loaded
    }

    /// What one file, folder or name holds.
    struct Parts {
        var train: Examples
        var dev: Examples?
        var test: Examples?
    }

    private static func read(
        _ argument: String, options: LoadOptions, notes: inout [String], fingerprint: inout Fingerprint
    ) throws -> Parts {
        if argument == digitsName {
            let digits = Digits.examples
            Digits.withBytes { fingerprint.add($0) }
            return Parts(train: digits)
        }
        let url = URL(fileURLWithPath: argument)
        if try isFolder(argument) { return try readFolder(argument, fingerprint: &fingerprint, notes: &notes) }
        func wholeFile() throws -> FileBytes {
            let file = try FileBytes(path: argument)
            fingerprint.add(file)
            return file
        }
        // What has a header is judged by it before all of the file is read.
        switch try Kind(of: FileBytes(headOf: url, name: argument)) {
        case .archive:
            let parts = try readArchive(url, name: argument, notes: &notes)
            _ = try wholeFile()
            return parts
        case .array:
            let array = try NumPy.readNPY(url, name: argument)
            _ = try wholeFile()
            return Parts(train: .arrays(inputs: array, targets: nil))
        case .idx:
            try IDX.judge(url, name: argument, expecting: .images)
            return Parts(train: .arrays(inputs: try IDX.read(wholeFile(), expecting: .images), targets: nil))
        case .table: return Parts(train: .table(try readTable(wholeFile(), options: options, notes: &notes)))
        }
    }

    /// A file given for one purpose: whatever it holds, its training part (or its only part) is meant.
    private static func readApart(
        _ argument: String, options: LoadOptions, notes: inout [String]
    ) throws -> (Examples, Fingerprint) {
        var fingerprint = Fingerprint()
        let parts = try read(argument, options: options, notes: &notes, fingerprint: &fingerprint)
        guard parts.train.hasTargets else {
            throw DataError(
                .missingColumn, file: argument, column: options.schema?.target, "it holds no targets to compare with")
        }
        return (parts.test ?? parts.train, fingerprint)
    }

    private static func isFolder(_ path: String) throws -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw errno == EACCES
                ? DataError(.permission, file: path, "permission to read it is denied") : missing(path)
        }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    private static func missing(_ argument: String) -> DataError {
        // Names of the same folder, and the data set's that lies in none.
        let url = URL(fileURLWithPath: argument)
        let folder = url.deletingLastPathComponent().path
        let neighbors = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let isHere = folder == FileManager.default.currentDirectoryPath
        let names = (isHere ? [digitsName] : []) + neighbors.filter { !$0.hasPrefix(".") }.sorted()
        let near = nearestName(to: url.lastPathComponent, among: names)
        return DataError(
            .notFound, file: argument, "no such file or folder" + (near.map { " (did you mean '\($0)'?)" } ?? ""))
    }

    private enum Kind {
        case table, archive, array, idx

        /// By the first bytes, so that a wrong ending does no harm; files without a signature are tables.
        init(of file: FileBytes) throws {
            let name = file.name.lowercased()
            if Signature.archives.contains(where: { file.bytes.starts(with: $0) }) {
                self = .archive
            } else if file.bytes.starts(with: Signature.array) {
                self = .array
            } else if file.bytes.count >= 4, file.bytes[0] == 0, file.bytes[1] == 0 {
                self = .idx
            } else if name.hasSuffix(".npz") {
                throw file.bytes.isEmpty
                    ? DataError(.empty, file: file.name, "the file is empty")
                    : DataError(.malformed, file: file.name, "not an .npz (zip) file: it does not start with 'PK'")
            } else if name.hasSuffix("-ubyte.gz") || name.hasSuffix(".idx.gz") || name.hasSuffix("-ubyte") {
                self = .idx
            } else {
                self = .table
            }
        }
    }

    private static func checkAgreement(_ parts: Parts, name: String) throws {
        guard case .arrays(let inputs, _) = parts.train else {
            for case .arrays? in [parts.dev, parts.test] {
                throw DataError(.mismatch, file: name, "training data are a table, dev or test data are arrays")
            }
            return
        }
        for (role, other) in [("dev", parts.dev), ("test", parts.test)] {
            guard let other else { continue }
            guard case .arrays(let others, _) = other else {
                throw DataError(.mismatch, file: name, "training data are arrays, \(role) data are a table")
            }
            guard others.shape.dropFirst().elementsEqual(inputs.shape.dropFirst()) else {
                throw DataError(
                    .mismatch, file: name,
                    "\(role) examples have shape \(Shape(Array(others.shape.dropFirst()))), training examples \(Shape(Array(inputs.shape.dropFirst())))"
                )
            }
        }
    }
}
