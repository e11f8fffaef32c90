internal import Foundation
import ThalwegDataSets

/// What is wrong with the data of a run before a step is taken.
struct DataFindings {
    var review: DataReview
    var scales: [InputScale]
    var targets: TargetStatistics
    var classes: [String]
    var configuration: TrainingConfiguration

    /// The part of dev or test examples that stand in the training set, from which on it is said.
    static let leakingShare = 0.02
    static let duplicateShare = 0.2
    /// The part of an equal share below which a class is hardly there.
    static let rareShare = 0.1
    /// Inputs should be about 1.
    static let largestSize = 5.0
    static let largestRatio = 50.0

    var all: [Finding] { [leakage, duplicates, unscaled, imbalance].compactMap { $0 } }

    private var leakage: Finding? {
        let leaking = review.overlaps.filter {
            // Where few different inputs are possible, the same ones come again with other targets.
            $0.count >= 5 && Double($0.count) >= Self.leakingShare * Double($0.total)
                && $0.withEqualTarget * 10 >= $0.count * 9
        }
        guard !leaking.isEmpty else { return nil }
        let shares = leaking.map {
            "\(grouped($0.withEqualTarget)) of \(grouped($0.total)) \($0.part) examples "
                + "(\(percentText(Double($0.withEqualTarget) / Double($0.total))))"
        }
        return Finding(
            .leakage,
            "\(shares.joined(separator: " and ")) stand in the training set too, with the same inputs and target: "
                + "their figures flatter the model",
            actions: [
                .init(
                    "take the examples that stand twice out of one of the sets, and keep what belongs together (a patient, a "
                        + "user, a document) on one side of the split")
            ], place: leaking.map(\.part).joined(separator: ", "))
    }

    private var duplicates: Finding? {
        guard review.total > 0, review.duplicates >= 10,
            Double(review.duplicates) >= Self.duplicateShare * Double(review.total)
        else { return nil }
        return Finding(
            .duplicates,
            "\(grouped(review.duplicates)) of \(grouped(review.total)) training examples "
                + "(\(percentText(Double(review.duplicates) / Double(review.total)))) repeat an earlier one, inputs and target",
            actions: [.init("keep one of each, unless their number means something")])
    }

    private var unscaled: Finding? {
        guard configuration.normalize == .none else { return nil }
        let spread = scales.filter { $0.deviation > 0 }
        guard let largest = spread.max(by: { $0.size < $1.size }),
            let smallest = spread.min(by: { $0.deviation < $1.deviation }),
            let widest = spread.max(by: { $0.deviation < $1.deviation })
        else { return nil }
        let ratio = widest.deviation / smallest.deviation
        let remedy = Finding.Action(
            "bring the inputs to mean 0 and deviation 1", settings: [.init("normalize", "standard")])
        if largest.size > Self.largestSize {
            let names = spread.filter { $0.size > Self.largestSize }.sorted { $0.size > $1.size }.prefix(3)
                .map { "'\($0.name)' (\(numberText($0.size)))" }
            return Finding(
                .unscaledInputs,
                "inputs are far from 1, the size that initial weights and rates are made for: \(names.joined(separator: ", "))",
                actions: [remedy], place: largest.name)
        }
        guard ratio > Self.largestRatio else { return nil }
        return Finding(
            .unscaledInputs,
            "inputs differ in scale: '\(widest.name)' varies \(numberText(ratio)) times as much as '\(smallest.name)'",
            actions: [remedy], place: widest.name)
    }

    private var imbalance: Finding? {
        let total = targets.counts.reduce(0, +)
        guard total > 0 else { return nil }
        let rare = targets.counts.indices.filter {
            Double(targets.counts[$0] * targets.counts.count) < Self.rareShare * Double(total)
        }
        guard !rare.isEmpty, let usual = targets.mostFrequent else { return nil }
        let names = rare.prefix(3).map {
            "'\(classes[$0])' (\(grouped(targets.counts[$0])), \(percentText(Double(targets.counts[$0]) / Double(total))))"
        }
        return Finding(
            .classImbalance,
            "of \(grouped(total)) training examples hardly any are of \(names.joined(separator: ", "))"
                + "\(rare.count > 3 ? " and \(rare.count - 3) more classes" : ""); always answering '\(classes[usual])' is right "
                + "for \(percentText(Double(targets.counts[usual]) / Double(total)))",
            actions: [
                .init("judge by recalls and balanced accuracy instead of accuracy"),
                .init("count each class alike", settings: [.init("class-weights", "balanced")]),
                .init("gather more examples of the rare classes"),
            ], place: classes[rare[0]])
    }
}
