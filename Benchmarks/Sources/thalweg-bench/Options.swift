import Foundation
import Thalweg

/// The command line.
struct Options {
    enum Mode {
        case all, neighbors, micro, recording, accuracy, list
        /// For `--micro`: the first value, and away.
        case hello
        case workload(String)
    }

    let mode: Mode
    private let values: [String: String]

    private static let valued = [
        "workload", "init", "threads", "dtype", "precision", "whole", "time", "profile", "measure", "seconds", "more",
    ]

    init(_ arguments: [String]) throws {
        let modes: [String: Mode] = [
            "--all": .all, "--neighbors": .neighbors, "--micro": .micro, "--recording": .recording,
            "--accuracy": .accuracy, "--list": .list, "--hello": .hello,
        ]
        var (values, found) = ([String: String](), [Mode]())
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if let mode = modes[word] {
                found.append(mode)
            } else if word.hasPrefix("--"), Options.valued.contains(String(word.dropFirst(2))),
                let value = rest.popFirst()
            {
                values[String(word.dropFirst(2))] = value
            } else {
                throw UsageError("\(word)?\n\(usage)")
            }
        }
        if let name = values["workload"] { found.append(.workload(name)) }
        guard found.count == 1 else { throw UsageError(usage) }
        mode = found[0]
        self.values = values
    }

    func number<N: LosslessStringConvertible & Comparable & Numeric>(_ name: String, as type: N.Type = N.self) throws
        -> N?
    {
        guard let text = values[name] else { return nil }
        guard let number = N(text), number >= 0 else {
            throw UsageError("--\(name) \(text): not a number of this kind")
        }
        return number
    }

    func threads() throws -> Int { max(try number("threads") ?? Threads.available, 1) }

    /// How the workload runs, with the file if one is named.
    func setting() throws -> Setting {
        var setting = Setting(threads: try threads(), isOnce: values["whole"] != nil)
        if let text = values["more"] {
            guard let more = Int(text), more >= -100 else {
                throw UsageError("--more \(text): not a whole number from -100 on")
            }
            guard values["init"] == nil else { throw UsageError("--more makes its own data: leave out --init") }
            setting.more = more
        }
        if let name = values["dtype"] {
            guard let type = DataType(rawValue: name), type.isFloatingPoint else {
                throw BenchmarkError("no floating-point type \(name)")
            }
            setting.dataType = type
        }
        if let name = values["precision"] {
            guard let precision = ProductPrecision(rawValue: name), precision.isSupported else {
                throw BenchmarkError("no precision \(name) on this processor")
            }
            setting.precision = precision
        }
        setting.file = try values["init"].map { .init(try NumPy.readNPZ(URL(fileURLWithPath: $0))) }
        return setting
    }

    /// The same options for a process of one workload.
    func passedOn(_ names: [String]) -> [String] {
        names.flatMap { name in values[name].map { ["--\(name)", $0] } ?? [] }
    }
}

struct UsageError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
