import ArgumentParser
import Thalweg
import ThalwegPractice

struct DiagnoseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagnose",
        abstract: "Tells what holds a run back, how sure that is, and what to try next.",
        discussion: """
            Compares the errors from human level to test: avoidable bias, variance, data mismatch, overfitting of the dev set, each with its
            interval. Adds what the curves, the data and the watch on training say. Nothing is changed; diagnosis.json in the run folder keeps
            the answer. Works for runs that broke off, too.

            EXAMPLES
              thalweg diagnose runs/digits-1
              thalweg diagnose runs/houses-1 --human-error 20000 --learning-curve
            """)

    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"))
    var folder: String

    @Option(
        help: ArgumentHelp(
            "The error of people or of the best known system: a share of wrong answers, as 0.01 or 1%, or an error in the target's unit.",
            valueName: "E"))
    var humanError: String?

    @Option(
        help: ArgumentHelp("Examples like the training examples that training did not see.", valueName: "FILE"))
    var trainDev: String?

    @Option(help: ArgumentHelp("Another error than wrong answers or RMSE, as roc-auc, f1, mae.", valueName: "METRIC"))
    var metric: String?

    @Flag(help: "Train on parts of the training examples, too, and tell what more of them would bring.")
    var learningCurve = false

    @Flag(help: "Add which knob serves which error.")
    var explain = false

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    func run() throws {
        var options = RunDiagnosis.Options()
        if let humanError { (options.humanError, options.isHumanErrorShare) = try Self.error(humanError) }
        options.trainDev = trainDev
        options.metric = try metric.map { name in try asUsage { try Metric.named(name) } }
        options.measuresLearningCurve = learningCurve
        options.isInterrupted = { Interruption.isRequested }
        options.tell = { Terminal.note("\($0)\n") }
        if learningCurve { Interruption.listen() }
        let diagnosis: RunDiagnosis
        do { diagnosis = try RunDiagnosis(run: folder, options: options) } catch let error as DiagnosisInterrupted {
            throw CommandFailure(description: error.description, code: Interruption.exitCode)
        }
        for note in diagnosis.notes { Terminal.note("note: \(note)\n") }
        do { try diagnosis.write() } catch let error as DataError where error.kind == .permission {
            Terminal.note("note: \(error.description); the diagnosis is not kept\n")
        }
        try Terminal.print(json ? diagnosis.jsonLine : diagnosis.text(explains: explain))
    }

    private static func error(_ text: String) throws -> (Double, isShare: Bool) {
        let isPercent = text.hasSuffix("%")
        let number = Double(isPercent ? String(text.dropLast()) : text)
        guard let number, number.isFinite, number >= 0 else {
            throw ValidationError("--human-error needs an error, as 0.01 or 1%, not '\(text)'")
        }
        return (isPercent ? number / 100 : number, isPercent)
    }
}
