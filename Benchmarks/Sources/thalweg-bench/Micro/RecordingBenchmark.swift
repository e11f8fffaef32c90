import Foundation
import Thalweg

/// What it costs that a run is trained by the trainer, which records every step, beside the bare step and a loop by hand.
struct RecordingBenchmark {
    private static let rounds = 9
    private let threads: Int
    private let seconds: Double

    init(_ options: Options) throws {
        threads = try options.threads()
        seconds = try options.number("seconds") ?? 0.3
    }

    func run() throws -> Table {
        var table = Table(["recording every step", "us", "over the bare step", "over the loop by hand"])
        for problem in Recorded.all {
            for row in try rows(problem) { table.add(row) }
        }
        return table
    }

    /// Rounds take turns, so that a machine's moods meet all three alike.
    private func rows(_ problem: Recorded) throws -> [[String]] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("thalweg-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        guard case .steps(let bare) = problem.workload.kind else {
            throw BenchmarkError("\(problem.workload.name) has no steps")
        }
        let runner = try bare(Setting(threads: threads))
        let (x, y) = (problem.x.tensor(RandomKey(seed: 1)), problem.y.tensor(RandomKey(seed: 2)))
        let file = folder.appendingPathComponent("data.npz")
        try NumPy.writeNPZ([("x", x), ("y", y)], to: file)
        var configuration = problem.configuration(file, threads: threads)
        let data = try PreparedData(configuration)
        let byHand = problem.loop(data.train, threads: threads)

        var timer = Timer()
        configuration.steps = max(10, Int(seconds / timer.round(seconds: seconds) { byHand() }.median))
        var times: [(bare: Double, byHand: Double, recorded: Double)] = []
        for round in 0..<Self.rounds {
            runner.reset()
            var (first, second) = (Timer(), Timer())
            let clock = TrainingClock()
            var options = Trainer.Options(run: folder.appendingPathComponent("run-\(round)").path)
            options.judgesByTest = false
            _ = try Trainer(configuration, data: data, options: options, observers: [clock]).run()
            times.append(
                (
                    first.round(seconds: seconds) { runner.advance() }.median,
                    second.round(seconds: seconds) { byHand() }.median, clock.secondsPerStep
                ))
        }
        func median(_ value: ((bare: Double, byHand: Double, recorded: Double)) -> Double) -> Double {
            times.map(value).sorted()[Self.rounds / 2]
        }
        func more(_ ratio: Double) -> String { String(format: "%+.1f %%", (ratio - 1) * 100) }
        let name = problem.workload.name
        return [
            ["\(name): the bare step", (median(\.bare) * 1e6).short],
            ["\(name): a loop by hand", (median(\.byHand) * 1e6).short, more(median { $0.byHand / $0.bare })],
            [
                "\(name): a run, recorded", (median(\.recorded) * 1e6).short, more(median { $0.recorded / $0.bare }),
                more(median { $0.recorded / $0.byHand }),
            ],
        ]
    }
}

/// A workload as files and settings say it.
private struct Recorded {
    let workload: Workload
    let widths: [Int]
    let activation: Activation
    let optimizer: any Optimizer
    let task: Task
    let rate: Double
    /// Examples in the file and in a step.
    let examples: Int
    let batch: Int
    let x: Sample
    let y: Sample

    static let all = [
        Recorded(
            workload: .mlpTiny, widths: [2, 4, 1], activation: .tanh, optimizer: SGD(), task: .binary, rate: 1.2,
            examples: 400, batch: 400, x: .normal([400, 2]), y: .whole([400], below: 2)),
        Recorded(
            workload: .mlpMNIST, widths: [784, 256, 128, 10], activation: .relu, optimizer: Adam(),
            task: .multiclass, rate: 0.001, examples: 8192, batch: 128, x: .uniform([8192, 784]),
            y: .whole([8192], below: 10)),
    ]

    func configuration(_ file: URL, threads: Int) -> TrainingConfiguration {
        var settings = TrainingConfiguration()
        settings.data = file.path
        settings.task = task
        settings.split = [1, 0, 0]
        settings.normalize = .none
        settings.layers = Array(widths.dropFirst().dropLast())
        settings.activation = activation.description
        settings.optimizer = OptimizerChoice(optimizer).description
        settings.learningRate = rate
        settings.batchSize = batch == examples ? .full : .count(batch)
        settings.epochs = .max
        settings.threads = threads
        settings.logEveryStep = true
        return settings
    }

    /// The same steps as a user of the library writes them.
    func loop(_ part: PreparedData.Part, threads: Int) -> () -> Void {
        let isBinary = task == .binary
        let step = TrainingStep(
            Perceptron(widths, activation), rule: UpdateRule(optimizer, examples: examples), threads: threads,
            measuresGradientNorm: false
        ) {
            isBinary ? logisticLoss(logits: $0, targets: $1) : softmaxCrossEntropy(logits: $0, classes: $1)
        }
        let order = BatchOrder(count: examples, seed: 1).order(epoch: 0)
        var start = 0
        return {
            let rows = batch == examples ? nil : Array(order[start..<start + batch])
            start = (start + batch) % examples
            _ = step(part.x, part.y, rows: rows, rate: rate)
        }
    }
}

/// Times a run's steps, without the first tenth.
private final class TrainingClock: TrainingObserver {
    private var first: (step: Int, seconds: Double)?
    private(set) var secondsPerStep = Double.nan

    func trainingDidAdvance(_ status: TrainingStatus) {
        if let first {
            secondsPerStep = (status.seconds - first.seconds) / Double(status.step - first.step)
        } else if status.step > status.totalSteps / 10 {
            first = (status.step, status.seconds)
        }
    }
}
