import Foundation
import Thalweg

/// The one object that `--json` prints as the last line of standard output; absent numbers are null.
struct JSONReport: Encodable {
    var task: String
    var metric: String
    var train: Double?
    var dev: Double?
    var test: Double?
    var loss: Double?
    var epochs: Int?
    var steps: Int?
    var seconds: Double?
    var parameters: Int?
    var seed: Int?
    var out: String?

    private enum Key: String, CodingKey, CaseIterable {
        case task, metric, train, dev, test, loss, epochs, steps, seconds, parameters, seed, out
    }

    func encode(to encoder: any Encoder) throws {
        // JSON has no infinities: a figure that is not finite is absent.
        func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(task, forKey: .task)
        try container.encode(metric, forKey: .metric)
        try container.encode(finite(train), forKey: .train)
        try container.encode(finite(dev), forKey: .dev)
        try container.encode(finite(test), forKey: .test)
        try container.encode(finite(loss), forKey: .loss)
        try container.encode(epochs, forKey: .epochs)
        try container.encode(steps, forKey: .steps)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(parameters, forKey: .parameters)
        try container.encode(seed, forKey: .seed)
        try container.encode(out, forKey: .out)
    }
}

extension Encodable {
    /// As one line of JSON.
    var jsonLine: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            encoder.nonConformingFloatEncodingStrategy = .convertToString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}
