import ArgumentParser
import Foundation
import Thalweg

/// `thalweg`: train, evaluate and predict from the command line. A file per verb: parse, call, print.
struct ThalwegCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thalweg",
        abstract: "Trains, evaluates and uses neural networks.",
        discussion: """
            EXAMPLES
              thalweg train digits                       a first network, on built-in handwritten digits
              thalweg train houses.csv --target price    any table: header, task and settings are worked out
              thalweg evaluate runs/houses-1 new.csv     how good it is on examples it has not seen
              thalweg predict runs/houses-1 new.csv      what it says about them
              thalweg errors runs/houses-1               what it gets wrong, and what the mistakes have in common
              thalweg tune houses.csv --target price     settings that suit the data better
              thalweg plan runs/houses-1                 where the time of its training steps goes

            SHELL COMPLETION
              thalweg --generate-completion-script bash|zsh|fish
            """,
        version: ThalwegVersion.text,
        subcommands: [
            TrainCommand.self,
            EvaluateCommand.self,
            PredictCommand.self,
            ErrorsCommand.self,
            DiagnoseCommand.self,
            TuneCommand.self,
            AdjustCommand.self,
            RunsCommand.self,
            ReportCommand.self,
            DashboardCommand.self,
            PlanCommand.self,
            GradcheckCommand.self,
            InfoCommand.self,
            VersionCommand.self,
        ])

    /// What to say where the first word is none of the verbs.
    static func unknownVerb(_ words: [String]) -> String? {
        var command: any ParsableCommand.Type = self
        var path = "thalweg"
        for word in words {
            let verbs = command.configuration.subcommands
            guard !verbs.isEmpty, !word.hasPrefix("-"), word != "help" else { return nil }
            if let verb = verbs.first(where: { $0._commandName == word }) {
                (command, path) = (verb, "\(path) \(word)")
                continue
            }
            if command == self, word == DataSource.digitsName || FileManager.default.fileExists(atPath: word) {
                return "'\(word)' is no verb; to train on it: thalweg train \(word.shellQuoted)"
            }
            let names = verbs.map { $0._commandName }
            return "\(path) has no verb '\(word)'; there are \(names.joined(separator: ", "))"
                + (nearestName(to: word, among: names).map { "; did you mean '\($0)'?" } ?? "")
        }
        return nil
    }
}
