import Testing
import ThalwegPractice
import ThalwegTraining

/// Verdicts from errors alone.
@Suite struct DiagnosisTests {
    private static let examples = 10_000

    private static func error(_ percent: Double, of examples: Int = examples) -> MeasuredError {
        .counts(wrong: Int((percent / 100 * Double(examples)).rounded()), of: examples)
    }

    /// A case of the courses: errors in percent on 10,000 examples each, and the gaps they name, the largest first.
    struct Case: Sendable, CustomStringConvertible {
        var human: Double
        var train: Double
        var trainDev: Double?
        var dev: Double
        var test: Double?
        var expected: [Gap.Question]

        var description: String {
            "human \(human) train \(train) train-dev \(trainDev ?? -1) dev \(dev) test \(test ?? -1)"
        }

        var diagnosis: Diagnosis {
            ErrorLevels(
                bayes: .known(human / 100), train: error(train), trainDev: trainDev.map { error($0) }, dev: error(dev),
                test: test.map { error($0) }
            ).diagnosis
        }
    }

    private static let courses = [
        Case(human: 1, train: 8, dev: 10, expected: [.avoidableBias, .variance]),
        Case(human: 7.5, train: 8, dev: 10, expected: [.variance]),
        Case(human: 0, train: 1, dev: 11, expected: [.variance]),
        Case(human: 0, train: 15, dev: 16, expected: [.avoidableBias]),
        Case(human: 0, train: 15, dev: 30, expected: [.avoidableBias, .variance]),
        Case(human: 0, train: 0.5, dev: 1, expected: []),
        Case(human: 15, train: 15, dev: 16, expected: []),
        Case(human: 0.5, train: 0.7, dev: 0.8, expected: []),
        Case(human: 0.5, train: 5, dev: 6, expected: [.avoidableBias]),
        Case(human: 0.5, train: 1, dev: 5, expected: [.variance]),
        Case(human: 0, train: 1, trainDev: 9, dev: 10, expected: [.variance]),
        Case(human: 0, train: 1, trainDev: 1.5, dev: 10, expected: [.dataMismatch]),
        Case(human: 0, train: 10, trainDev: 11, dev: 12, expected: [.avoidableBias]),
        Case(human: 0, train: 10, trainDev: 11, dev: 20, expected: [.avoidableBias, .dataMismatch]),
        Case(
            human: 4, train: 7, trainDev: 10, dev: 12, test: 12, expected: [.avoidableBias, .variance, .dataMismatch]),
        Case(human: 4, train: 7, trainDev: 10, dev: 6, test: 6, expected: [.avoidableBias, .variance]),
        Case(human: 0, train: 1, dev: 1.2, test: 9, expected: [.devOverfitting]),
    ]

    @Test func noErrorLeavesNothingToGain() throws {
        func sentences(dev: Int, test: Int) -> [String] {
            ErrorLevels(
                train: .counts(wrong: 0, of: 360), dev: .counts(wrong: dev, of: 120),
                test: .counts(wrong: test, of: 120)
            ).diagnosis.sentences
        }
        let text = try #require(sentences(dev: 0, test: 0).first)
        #expect(
            text.hasPrefix("Nothing to gain: there is no error on 360 train, 120 dev, 120 test examples"), "\(text)")
        #expect(text.contains("below 3.1 %"))
        for (dev, test) in [(1, 0), (0, 1)] {
            #expect(!sentences(dev: dev, test: test).contains { $0.hasPrefix("Nothing to gain") })
        }
    }

    @Test func aDozenRowsSayNothing() throws {
        func sentences(train: Int, dev: Int) -> [String] {
            ErrorLevels(train: .counts(wrong: 3, of: train), dev: .counts(wrong: 1, of: dev)).diagnosis.sentences
        }
        #expect(sentences(train: 8, dev: 2).first?.contains("to say anything (8 train, 2 dev)") == true)
        #expect(sentences(train: 30, dev: 9).first?.contains("to say anything (9 dev)") == true)
        #expect(!sentences(train: 30, dev: 10).contains { $0.contains("to say anything") })
    }

    /// Judged on the same examples, a gap is known better than from two errors.
    @Test func pairedErrorsTellMore() throws {
        let high = MeasuredError.counts(wrong: 150, of: 1000)
        func bias(_ paired: MeasuredError?) throws -> Gap {
            let bayes = ErrorLevels.Bayes(low: .exact(0), high: high, source: .estimated, paired: paired)
            let levels = ErrorLevels(
                bayes: bayes, train: .counts(wrong: 1700, of: 10_000), dev: .counts(wrong: 180, of: 1000))
            return try #require(levels.diagnosis[.avoidableBias])
        }
        #expect(try bias(nil).verdict == .unknown)
        // Of 1,000 examples 20 are wrong in one only, never the other way round.
        let pairs = (0..<1000).map { $0 < 20 ? 1.0 : 0 }
        let gap = try bias(.mean(ofLosses: pairs))
        #expect(gap.verdict == .large && gap.size == 0.02 && gap.interval.low > 0.01, "\(gap)")
    }

    @Test(arguments: courses) func theCoursesCases(_ example: Case) {
        let diagnosis = example.diagnosis
        #expect(Set(diagnosis.largest) == Set(example.expected), "\(diagnosis.sentences)")
        #expect(diagnosis.largest.first == example.expected.first, "\(diagnosis.sentences)")
        #expect(diagnosis.outcome == (example.expected.isEmpty ? .fine : .gaps))
        #expect(!diagnosis.sentences.isEmpty)
    }

    @Test func equalGapsAreBothNamed() {
        let diagnosis = Case(human: 0, train: 15, dev: 30, expected: []).diagnosis
        #expect(diagnosis.sentences.count == 2)
        #expect(diagnosis.sentences[0].contains("the larger problem") && diagnosis.sentences[1].contains("too"))
    }

    /// Newcombe 1998, table II, method 10.
    @Test(arguments: [
        (56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926), (0, 10, 0, 20, -0.1611, 0.2775), (10, 10, 0, 10, 0.6075, 1.0000),
    ]) func intervalsAreNewcombes(_ a: Int, _ m: Int, _ b: Int, _ n: Int, _ low: Double, _ high: Double) {
        // One question and bias: each at 97.5 %, so the table's 95 % is asked of the parts.
        let gap = Interval.difference(from: .counts(wrong: b, of: n), to: .counts(wrong: a, of: m))
        #expect(abs(gap.low - low) < 5.1e-5 && abs(gap.high - high) < 5.1e-5, "\(gap)")
    }

    private static let sizes = [10, 20, 50, 200, 1000, 10_000]
    private static let shares = [0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.3, 0.5]

    @Test(arguments: sizes) func moreDevErrorNeverMeansLessVariance(_ n: Int) throws {
        for train in Self.shares {
            var wasLarge = false
            var last = -Double.infinity
            for dev in stride(from: 0, through: 1, by: 0.02) {
                let levels = ErrorLevels(
                    bayes: .known(0), train: Self.error(train * 100, of: n), dev: Self.error(dev * 100, of: n))
                let gap = try #require(levels.diagnosis[.variance])
                let isLarge = gap.verdict == .large
                #expect(isLarge || !wasLarge, "train \(train) dev \(dev) of \(n)")
                #expect(gap.interval.low >= last - 1e-12)
                #expect(gap.interval.low <= gap.size && gap.size <= gap.interval.high)
                (wasLarge, last) = (isLarge, gap.interval.low)
            }
        }
    }

    @Test(arguments: sizes) func moreTrainErrorMeansMoreBiasAndLessVariance(_ n: Int) throws {
        var (bias, variance) = (false, true)
        for train in stride(from: 0, through: 0.6, by: 0.02) {
            let diagnosis = ErrorLevels(
                bayes: .known(0.02), train: Self.error(train * 100, of: n), dev: Self.error(60, of: n)
            ).diagnosis
            let hasBias = diagnosis[.avoidableBias]?.verdict == .large
            let hasVariance = diagnosis[.variance]?.verdict == .large
            #expect(hasBias || !bias, "train \(train) of \(n)")
            #expect(!hasVariance || variance || train == 0, "train \(train) of \(n)")
            (bias, variance) = (hasBias, hasVariance)
        }
    }

    @Test(arguments: sizes) func exchangedSetsGiveTheOppositeGap(_ n: Int) {
        for a in Self.shares {
            for b in Self.shares {
                let (first, second) = (Self.error(a * 100, of: n), Self.error(b * 100, of: 2 * n))
                let there = Interval.difference(from: first, to: second)
                let back = Interval.difference(from: second, to: first)
                #expect(abs(there.low + back.high) < 1e-12 && abs(there.high + back.low) < 1e-12)
            }
        }
    }

    @Test func moreExamplesNarrowTheInterval() throws {
        for train in Self.shares {
            for dev in Self.shares {
                var width = Double.infinity
                for n in [100, 200, 1000, 10_000, 100_000] {
                    let levels = ErrorLevels(
                        bayes: .known(0), train: Self.error(train * 100, of: n), dev: Self.error(dev * 100, of: n))
                    let interval = try #require(levels.diagnosis[.variance]).interval
                    #expect(interval.high - interval.low < width)
                    width = interval.high - interval.low
                }
            }
        }
    }

    @Test func tinySetsAreSilent() {
        for n in 1...9 {
            for train in 0...n {
                for dev in 0...n {
                    let diagnosis = ErrorLevels(
                        train: .counts(wrong: train, of: n), dev: .counts(wrong: dev, of: n),
                        test: .counts(wrong: dev, of: n)
                    ).diagnosis
                    #expect(diagnosis.largest.isEmpty && diagnosis.outcome == .tooFew)
                }
            }
        }
    }

    @Test func fewExamplesHideSmallGapsAndSayHowManyWouldTell() throws {
        let few = ErrorLevels(bayes: .known(0), train: Self.error(2, of: 100), dev: Self.error(8, of: 50)).diagnosis
        let gap = try #require(few[.variance])
        #expect(few.largest.isEmpty && gap.verdict == .tooFew)
        let needed = try #require(gap.examplesNeeded)
        let enough = ErrorLevels(
            bayes: .known(0), train: Self.error(2, of: 2 * needed), dev: Self.error(8, of: needed)
        ).diagnosis
        #expect(enough[.variance]?.verdict == .large, "\(needed): \(String(describing: enough[.variance]))")
    }

    /// 1,000 pairs of sets from one model that is right 90 times of 100: how often chance is called a gap.
    @Test func chanceIsRarelyCalledAGap() {
        var random = SplitMix(state: 5)
        for n in [50, 400, 5000] {
            var alarms = 0
            for _ in 0..<400 {
                let errors = (0..<3).map { _ in
                    MeasuredError.counts(
                        wrong: (0..<n).count { _ in Double.random(in: 0..<1, using: &random) < 0.1 }, of: n)
                }
                let levels = ErrorLevels(bayes: .known(0.1), train: errors[0], dev: errors[1], test: errors[2])
                if !levels.diagnosis.largest.isEmpty { alarms += 1 }
            }
            #expect(alarms <= 20, "\(alarms) of 400 with \(n) examples")
        }
    }

    @Test func anUnknownHumanLevelIsNotGuessed() throws {
        // An error of 15 % on 10,000 examples may be all there is to reach, or three times that.
        let diagnosis = ErrorLevels(train: Self.error(15), dev: Self.error(15.5)).diagnosis
        let bias = try #require(diagnosis[.avoidableBias])
        #expect(bias.verdict == .unknown && diagnosis.outcome == .unknown && bias.most == 0.15)
        #expect(diagnosis.sentences[0].contains("--human-error"))
        // Without errors in training there is nothing to avoid, whoever sets the level.
        #expect(ErrorLevels(train: Self.error(0), dev: Self.error(9)).diagnosis[.avoidableBias]?.verdict == .small)
        // A neighbor that does better proves that it can be avoided.
        let bayes = ErrorLevels.Bayes(low: .exact(0), high: Self.error(2), source: .estimated)
        #expect(
            ErrorLevels(bayes: bayes, train: Self.error(15), dev: Self.error(15.5)).diagnosis.largest == [
                .avoidableBias
            ])
    }

    @Test func squaredErrorsAreJudgedInTheirUnit() {
        var random = SplitMix(state: 1)
        func squares(_ deviation: Double, _ n: Int) -> [Double] {
            (0..<n).map { _ in
                let error =
                    deviation * (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
                return error * error
            }
        }
        for scale in [1e-4, 1, 1e6] {
            for n in [1500, 4000] {
                let levels = ErrorLevels(
                    bayes: .known(0.3 * scale), train: .root(ofSquares: squares(0.3 * scale, n)),
                    dev: .root(ofSquares: squares(0.5 * scale, n)), test: .root(ofSquares: squares(0.5 * scale, n)),
                    unit: .number(baseline: scale))
                #expect(levels.diagnosis.largest == [.variance], "\(levels.diagnosis.sentences)")
            }
        }
    }

    @Test func bootstrapAgreesWithWilson() {
        let wrong = (0..<400).map { $0 < 60 ? 1.0 : 0 }
        let counts = MeasuredError.counts(wrong: 60, of: 400).interval()
        for measured in [
            MeasuredError.mean(ofLosses: wrong),
            .bootstrap(examples: 400) { places in
                places.reduce(0) { $0 + wrong[$1] } / Double(places.count)
            },
        ] {
            #expect(
                abs(measured.interval().low - counts.low) < 0.006 && abs(measured.interval().high - counts.high) < 0.006
            )
        }
    }
}

/// Random numbers for tests.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
