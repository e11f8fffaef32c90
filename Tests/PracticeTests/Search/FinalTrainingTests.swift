import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegNetworks
import ThalwegPractice
import ThalwegTraining

/// The winner's training without a dev set.
@Suite struct FinalTrainingTests {
    @Test func aConstantRateTakesAsManyEpochs() {
        #expect(Schedule.constant.epochs(learningAsMuchAs: 17, of: 100) == 17)
        #expect(Schedule.constant.epochs(learningAsMuchAs: 0, of: 100) == 1)
    }

    /// A cosine over n epochs sums to n / 2, and its first epochs hardly fall.
    @Test func aRateThatFallsTakesMore() throws {
        let cosine = try Schedule(parsing: "cosine")
        #expect((19...21).contains(cosine.epochs(learningAsMuchAs: 10, of: 300)))
        #expect(cosine.epochs(learningAsMuchAs: 300, of: 300) == 300)
        let lengths = (1...300).map { cosine.epochs(learningAsMuchAs: $0, of: 300) }
        #expect(zip(lengths, lengths.dropFirst()).allSatisfy { $0 <= $1 } && lengths.allSatisfy { $0 <= 300 })
        let reached = 190.0
        let sum = reached / 2 + 150 / Double.pi * sin(Double.pi * reached / 300)
        #expect(abs(Double(cosine.epochs(learningAsMuchAs: 190, of: 300)) - 2 * sum) < 1.5)
    }

    /// The test examples stay the same when the dev examples go back to the training examples.
    @Test(arguments: [41, 97, 500, 7003], [true, false])
    func theTestSetStays(_ count: Int, _ hasClasses: Bool) throws {
        try withFolder { folder in
            let rows = (0..<count).map { row in
                "\(row),\((row * 7919) % 31),\(hasClasses ? "c\(row * row % 3)" : "\(row % 97).5")"
            }
            let file = folder.appendingPathComponent("t.csv")
            try Data((["a,b,y"] + rows).joined(separator: "\n").utf8).write(to: file)
            var configuration = TrainingConfiguration()
            configuration.data = file.path
            configuration.splitSeed = 5
            let drawn = try RunData(configuration)
            try configuration.set("split", to: drawn.splitWithoutDev)
            let whole = try RunData(configuration)
            #expect(whole.partition.dev == nil && whole.partition.test?.rows == drawn.partition.test?.rows)
            #expect(whole.partition.train.count == drawn.partition.train.count + (drawn.partition.dev?.count ?? 0))
        }
    }
}
