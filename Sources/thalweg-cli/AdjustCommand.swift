import ArgumentParser
import Foundation
import Thalweg

struct AdjustCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adjust",
        abstract: "Changes a run while it trains.",
        discussion: """
            The process that trains the run makes the change before its next step and keeps it in config.toml under adjustments, so that
            `thalweg train --config` repeats the run with it.

            EXAMPLES
              thalweg adjust runs/houses-1 --learning-rate 0.0005
              thalweg adjust runs/houses-1 --epochs 200
              thalweg adjust runs/houses-1 --stop
            """)

    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"))
    var folder: String

    @Option(help: ArgumentHelp("The base rate from now on; the schedule goes on from it.", valueName: "X"))
    var learningRate: String?

    @Option(help: "Epochs in all; the schedule is stretched to them.", transform: wholeNumber(atLeast: 1))
    var epochs: Int?

    @Flag(help: "End training before the next step, with the best weights so far.")
    var stop = false

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    private struct Report: Encodable {
        var run: String
        var isApplied: Bool
        var answers: [AdjustmentDesk.Answer]
    }

    func run() throws {
        var changes: [Adjustment.Change] = []
        if let learningRate {
            guard let rate = Double(learningRate), rate > 0, rate.isFinite else {
                throw ValidationError("--learning-rate needs a positive number, not '\(learningRate)'")
            }
            changes.append(.learningRate(rate))
        }
        if let epochs { changes.append(.epochs(epochs)) }
        if stop { changes.append(.stop) }
        guard !changes.isEmpty else { throw ValidationError("say what to change: --learning-rate, --epochs or --stop") }
        let desk = AdjustmentDesk(RunFolder(folder))
        let request: AdjustmentDesk.Request
        do { request = try desk.ask(changes) } catch TrainingError.notTraining where changes == [.stop] {
            throw CommandFailure(description: "\(folder): is not training now, there is nothing to stop")
        }
        let answers = waitForAnswers(desk, request)
        if answers.isEmpty, desk.isTrained == false {
            desk.withdraw(request)
            throw CommandFailure(description: "\(folder): training ended before the change")
        }
        if json {
            try Terminal.print(Report(run: folder, isApplied: !answers.isEmpty, answers: answers).jsonLine)
        } else if answers.isEmpty {
            try Terminal.print("asked for; it takes effect before the run's next step")
        }
        for answer in answers where answer.refusal == nil && !json {
            let past = answer.asked.map { "\($0) is past, the run ends with the present epoch: " } ?? ""
            try Terminal.print("\(past)\(answer.change) from step \(grouped(answer.step)) on")
        }
        if let refused = answers.first(where: { $0.refusal != nil }) {
            throw CommandFailure(description: "\(refused.change) is refused: \(refused.refusal ?? "")")
        }
    }

    /// A training process looks a few times a second, between two steps.
    private func waitForAnswers(_ desk: AdjustmentDesk, _ request: AdjustmentDesk.Request) -> [AdjustmentDesk.Answer] {
        for _ in 0..<100 {
            // Asked for first: whoever trains answers, then ends.
            let isTrained = desk.isTrained
            let answers = desk.answers(to: request)
            if !answers.isEmpty || isTrained == false { return answers }
            usleep(50_000)
        }
        return []
    }
}
