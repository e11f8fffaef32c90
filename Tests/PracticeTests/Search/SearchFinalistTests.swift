import Testing
import ThalwegDataSets
import ThalwegPractice
import ThalwegTraining

/// Which of the finalists wins.
@Suite struct SearchFinalistTests {
    /// The standings of a search of six trials whose trials 5 and 4 are the finalists.
    ///
    /// - Parameters:
    ///   - values: of a trial on its three further dev sets: accuracy, and the log loss.
    private func standings(
        _ values: [Int: [(accuracy: Double, loss: Double)]], tieBreaker: String? = "log-loss"
    ) throws -> [SearchStanding] {
        var plan = try SearchPlan.make(
            .random, read("learning-rate = { log = [0.0001, 1] }"), trials: 6, finalists: 2)
        plan.tieBreaker = tieBreaker
        // Trial 5 was the luckiest on the first dev set.
        var records = try plan.played { job in
            job.fold == 0 ? 0.9 + Double(job.trial) / 100 : values[job.trial]?[job.fold - 1].accuracy
        }
        for index in records.indices where records[index].fold > 0 {
            records[index].metrics["log-loss"] = values[records[index].trial]?[records[index].fold - 1].loss
        }
        #expect(records.filter { $0.fold > 0 }.map(\.trial) == [5, 5, 5, 4, 4, 4, 0, 0, 0])
        return plan.standings(records)
    }

    /// The dev set that chose the finalists says nothing more.
    @Test func onlyFurtherDevSetsCount() throws {
        let standings = try standings([
            5: [(0.2, 2), (0.2, 2), (0.2, 2)], 4: [(0.7, 1), (0.7, 1), (0.7, 1)], 0: [(0.3, 2), (0.3, 2), (0.3, 2)],
        ])
        #expect(standings.map(\.record.trial).prefix(3) == [4, 0, 5])
        #expect(standings[0].count == 3 && abs((standings[2].objective ?? 0) - 0.2) < 1e-12)
        #expect(abs((standings[0].gain?.mean ?? 0) - 0.4) < 1e-12 && standings[0].gain?.isBeyondNoise ?? false)
    }

    /// Better on average by half a point, and by no more than the noise: 0.8 and 0.9 either way.
    private static let noisy: [Int: [Double]] = [5: [0.80, 0.85, 0.90], 4: [0.8, 0.8, 0.8], 0: [0.83, 0.83, 0.875]]

    @Test func withinNoiseTheSettingsAsTheyAreWin() throws {
        let same = Self.noisy.mapValues { $0.map { (accuracy: $0, loss: 0.5) } }
        let found = try standings(same)
        #expect(found.map(\.record.trial).prefix(3) == [0, 5, 4])
        let gain = try #require(found[1].gain)
        #expect(gain.mean > 0 && gain.mean < gain.standardError && found[0].gain == nil)
        #expect(try standings(same, tieBreaker: nil).first?.record.trial == 0)
        // The same figures, without the noise.
        var clear = same
        clear[5] = [0.835, 0.835, 0.88].map { ($0, 0.5) }
        clear[4] = [0.80, 0.80, 0.845].map { ($0, 0.5) }
        #expect(try standings(clear).first?.record.trial == 5)
    }

    /// A log loss that is lower on every dev set tells what shares of a few examples cannot.
    @Test func withinNoiseTheLogLossDecides() throws {
        var values = Self.noisy.mapValues { $0.map { (accuracy: $0, loss: 0.5) } }
        values[5] = [(0.80, 0.41), (0.85, 0.40), (0.90, 0.42)]
        let found = try standings(values)
        #expect(found.first?.record.trial == 5 && !(found.first?.gain?.isBeyondNoise ?? true))
        #expect(try standings(values, tieBreaker: nil).first?.record.trial == 0)
        // Lower by no more than its own noise.
        values[5] = [(0.80, 0.2), (0.85, 0.9), (0.90, 0.35)]
        #expect(try standings(values).first?.record.trial == 0)
        // What is worse beyond noise has no chance, however low its log loss.
        values[4] = [(0.1, 0.01), (0.1, 0.01), (0.1, 0.01)]
        #expect(try standings(values).first?.record.trial != 4)
    }

    /// With two rows, the standard error of the mean of the differences.
    @Test func theErrorIsThatOfAPairedTest() {
        let rows: [[Double]] = [[3, 5, 9, 7], [1, 6, 4, 4]]
        let differences = zip(rows[0], rows[1]).map { $0 - $1 }
        let mean = differences.reduce(0, +) / 4
        let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3
        #expect(abs(SearchGain.standardError(rows) - (variance / 4).squareRoot()) < 1e-12)
        // Dev sets that are harder for all make no noise; a single row has none.
        #expect(SearchGain.standardError([[1, 2, 5], [2, 3, 6], [4, 5, 8]]) < 1e-12)
        #expect(SearchGain.standardError([[1, 2]]) == 0)
    }
}
