import Testing
import ThalwegPractice

/// Whether the winner's training may do without a dev set.
@Suite struct SearchRehearsalTests {
    /// Dev losses by epoch; the dev sets are harder or easier, and lowest an epoch earlier or later.
    private static let stopped = [
        [0.9, 0.5, 0.40, 0.41, 0.45], [1.3, 0.9, 0.84, 0.80], [1.0, 0.6, 0.50, 0.52, 0.58], [1.1, 0.7, 0.61, 0.60],
    ]

    private func rehearsal(_ rehearsed: [Double?]) -> SearchRehearsal {
        SearchRehearsal(zip(Self.stopped, rehearsed).map { SearchRehearsal.Fold(stopped: $0, rehearsed: $1) })
    }

    /// The loss where the other dev sets were lowest.
    @Test func noDevSetJudgesTheEpochItChose() {
        let elsewhere = [(0.40 + 2 * 0.41) / 3, (2 * 0.84 + 0.80) / 3, (0.50 + 2 * 0.52) / 3, (2 * 0.61 + 0.60) / 3]
        let expected = elsewhere.reduce(0, +) / 4
        #expect(abs(rehearsal([0.4, 0.8, 0.5, 0.6]).stoppedLoss - expected) < 1e-12)
    }

    @Test func aTrainingThatLearnsByHeartIsNotAsGood() {
        let rehearsal = rehearsal([0.9, 1.2, 1.0, 1.1])
        #expect(!rehearsal.isAsGood && abs(rehearsal.loss - 1.05) < 1e-12 && rehearsal.count == 4)
    }

    /// A little above the lowest losses is as good, since these chose their epochs.
    @Test func theLowestLossesNeedNotBeReached() {
        #expect(rehearsal([0.405, 0.805, 0.505, 0.605]).isAsGood)
        #expect(!rehearsal([0.42, 0.83, 0.52, 0.62]).isAsGood)
    }

    @Test func aRehearsalThatComesToNoEndIsNotAsGood() {
        let rehearsal = rehearsal([0.1, nil, 0.1, 0.1])
        #expect(!rehearsal.isAsGood && rehearsal.loss == .infinity)
        #expect(!SearchRehearsal([.init(stopped: [], rehearsed: nil)]).isAsGood)
    }
}
