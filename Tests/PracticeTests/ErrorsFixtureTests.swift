import TestSupport
import Testing
import ThalwegPractice

private struct Document: Decodable {
    struct Fisher: Decodable { let hits, count, totalHits, total: Int; let p: Double }
    struct Ranks: Decodable { let values, ranks: [Double]; let count: Int; let p: Double }
    struct Discoveries: Decodable { let p, adjusted: [Double] }
    struct Labels: Decodable {
        let classes: Int
        let wanted, rows, suggestions: [Int]
        let probabilities: [Double]
        let thresholds: [Double?]
        let joint: [[Double]]
        let rate: Double
    }
    let fisher: [Fisher]
    let ranks: [Ranks]
    let discoveries: [Discoveries]
    let labels: [Labels]
}

/// Against SciPy, and confident learning written out with NumPy.
@Suite struct ErrorsFixtureTests {
    private let document: Document

    init() throws { document = try fixture("errors.json") }

    @Test func fisher() {
        for test in document.fisher {
            let p = Significance.fisher(hits: test.hits, of: test.count, totalHits: test.totalHits, total: test.total)
            #expect(abs(p - test.p) <= 1e-9 * max(test.p, 1e-3), "\(test): \(p)")
        }
    }

    @Test func rankSum() {
        for test in document.ranks {
            let (ranks, ties) = Significance.ranks(test.values)
            #expect(ranks == test.ranks)
            let sum = ranks.prefix(test.count).reduce(0, +)
            let p = Significance.rankSum(sum, of: test.count, total: ranks.count, ties: ties)
            #expect(abs(p - test.p) < 1e-9, "\(p), not \(test.p)")
        }
        #expect(Significance.rankSum(3, of: 2, total: 2, ties: 0) == 1)
    }

    @Test func falseDiscoveries() {
        for test in document.discoveries {
            expectClose(Significance.falseDiscoveryRates(test.p), test.adjusted, 1e-12, "adjusted")
        }
        #expect(Significance.falseDiscoveryRates([]).isEmpty)
    }

    @Test func confidentLearning() throws {
        for test in document.labels {
            let outcomes = PredictedOutcomes(
                classes: (0..<test.classes).map { "c\($0)" }, wanted: test.wanted, probabilities: test.probabilities)
            let labels = try #require(LabelErrors(outcomes))
            #expect(labels.thresholds.map { $0 == nil } == test.thresholds.map { $0 == nil })
            expectClose(labels.thresholds.compactMap { $0 }, test.thresholds.compactMap { $0 }, 1e-12, "thresholds")
            expectClose(labels.joint.flatMap { $0 }, test.joint.flatMap { $0 }, 1e-9, "joint")
            #expect(labels.suspects.map(\.row) == test.rows && labels.suspects.map(\.suggestion) == test.suggestions)
            #expect(abs(labels.rate - test.rate) < 1e-12)
        }
        #expect(LabelErrors(PredictedOutcomes(wanted: [1], predicted: [1])) == nil)
    }
}
