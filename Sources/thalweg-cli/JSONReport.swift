import Foundation
import Thalweg
import ThalwegPractice

/// The one object that `train` and `evaluate` print as the last line of standard output with `--json`; absent numbers are null.
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
    /// Every part with what its figure is worth.
    var parts: [String: Part] = [:]
    var folds: Int?
    var crossValidation: Part?
    var testUses: Int?
    /// Evaluation only: what was judged.
    var data: String?
    var inputs: InputReview?
    var notes: [String] = []
    /// Evaluation only.
    var figures: MetricsJSON?
    var threshold: ThresholdChoice?
    var costs: ModelCosts?
    /// Training only: what was noticed.
    var findings: [Finding]?

    struct Part: Encodable {
        struct Recall: Encodable {
            var label: String
            var recall: Double?
            var examples: Int
        }

        var examples: Int
        var metric: Double?
        var loss: Double?
        var interval: [Double]?
        var baseline: Double?
        /// `better`, `unclear`, `none` or `too-few`.
        var gain: String?
        var balancedAccuracy: Double?
        var recalls: [Recall]?

        init(_ part: Assessment) {
            examples = part.score.count
            metric = part.score.metric.finite
            loss = part.score.loss.finite
            interval = part.interval.flatMap { $0.high.isFinite ? [$0.low, $0.high] : nil }
            baseline = part.baseline?.finite
            gain = part.gain?.rawValue
            balancedAccuracy = part.balancedAccuracy
            recalls =
                part.recalls.isEmpty
                ? nil : part.recalls.map { Recall(label: $0.label, recall: $0.share, examples: $0.count) }
        }
    }

    private enum Key: String, CodingKey {
        case task, metric, train, dev, test, loss, epochs, steps, seconds, parameters, seed, out
        case parts, folds, crossValidation, testUses, data, inputs, notes, findings
        case metrics, confusionMatrix, perClass, reliability, threshold, costs
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(task, forKey: .task)
        try container.encode(metric, forKey: .metric)
        try container.encode(train?.finite, forKey: .train)
        try container.encode(dev?.finite, forKey: .dev)
        try container.encode(test?.finite, forKey: .test)
        try container.encode(loss?.finite, forKey: .loss)
        try container.encode(epochs, forKey: .epochs)
        try container.encode(steps, forKey: .steps)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(parameters, forKey: .parameters)
        try container.encode(seed, forKey: .seed)
        try container.encode(out, forKey: .out)
        try container.encode(parts, forKey: .parts)
        try container.encodeIfPresent(folds, forKey: .folds)
        try container.encodeIfPresent(crossValidation, forKey: .crossValidation)
        try container.encodeIfPresent(testUses, forKey: .testUses)
        try container.encodeIfPresent(data, forKey: .data)
        try container.encodeIfPresent(inputs, forKey: .inputs)
        try container.encode(notes, forKey: .notes)
        try container.encodeIfPresent(figures?.metrics, forKey: .metrics)
        try container.encodeIfPresent(figures?.confusionMatrix, forKey: .confusionMatrix)
        try container.encodeIfPresent(figures?.perClass, forKey: .perClass)
        try container.encodeIfPresent(figures?.reliability, forKey: .reliability)
        try container.encodeIfPresent(threshold, forKey: .threshold)
        try container.encodeIfPresent(costs, forKey: .costs)
        try container.encodeIfPresent(findings, forKey: .findings)
    }
}

extension Double {
    /// JSON has no infinities: a figure that is not finite is absent.
    fileprivate var finite: Double? { isFinite ? self : nil }
}

extension Encodable {
    /// As one line of JSON.
    var jsonLine: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.nonConformingFloatEncodingStrategy = .convertToString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}
