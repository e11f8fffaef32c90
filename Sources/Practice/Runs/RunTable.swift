import Foundation
import ThalwegDataSets
import ThalwegTraining

extension [RunEntry] {
    /// Runs as lines of a terminal, a few columns under each other.
    public var lines: [String] {
        let head = ["run", "status", "started", "data", "network", "metric", "train", "dev", "test", "epochs", "time"]
        return aligned(
            [head]
                + map { run in
                    let figures = [run.train, run.dev, run.test].map { figure in
                        figure.map { metricText($0, name: run.metric ?? "") } ?? "-"
                    }
                    return [
                        run.path, run.status?.rawValue ?? "-", run.started.map(RunTable.localTime) ?? "-",
                        run.data.map { RunSummary.dataName($0).elided(to: 32) } ?? "-",
                        run.network?.elided(to: 32) ?? "-", run.metric ?? "-",
                    ] + figures + [run.epochs.map(grouped) ?? "-", run.seconds.map(duration) ?? "-"]
                })
    }
}

extension String {
    /// The beginning and the end, where there are more characters than `count`: one cell must not push the others off the screen.
    fileprivate func elided(to count: Int) -> String {
        self.count > count ? "\(prefix((count - 1) / 2))…\(suffix(count / 2))" : self
    }
}

/// Runs as rows of a spreadsheet.
public struct RunTable: Sendable {
    public var runs: [RunSummary]

    public init(_ runs: [RunSummary]) { self.runs = runs }

    /// Everything, a column for every figure and setting that any of the runs has.
    public var csv: String {
        let figures = Set(runs.flatMap(\.figures.keys)).sorted()
        let settings = Set(runs.flatMap(\.settings.keys)).sorted()
        let fixed = [
            "run", "search", "status", "started", "ended", "seconds", "data", "fingerprint", "task", "metric",
            "network",
            "parameters", "epochs", "steps", "commit", "changed", "command",
        ]
        func row(_ cells: [String]) -> String { cells.map(\.csvCell).joined(separator: ",") + "\n" }
        func cell(_ value: (some Any)?) -> String { value.map { "\($0)" } ?? "" }
        let rows = runs.map { run in
            let cells = [
                run.path, cell(run.search), cell(run.status?.rawValue), cell(run.started), cell(run.ended),
                cell(run.seconds), cell(run.data), cell(run.fingerprint), cell(run.task), cell(run.metric),
                cell(run.network), cell(run.parameters), cell(run.epochs), cell(run.steps), cell(run.git?.commit),
                cell(run.git?.isChanged), cell(run.command),
            ]
            return row(cells + figures.map { cell(run.figures[$0]) } + settings.map { run.settings[$0] ?? "" })
        }
        return row(fixed + figures + settings.map { "setting:\($0)" }) + rows.joined()
    }

    /// `2026-11-24 11:05` in the reader's time zone.
    ///
    /// - Parameter text: as `2026-11-24T11:05:21.123Z`; anything else is given back.
    package static func localTime(_ text: String) -> String {
        let numbers = text.split(whereSeparator: { !("0"..."9").contains($0) }).prefix(6).compactMap { Int32($0) }
        guard numbers.count == 6, text.utf8.count >= 20, text.utf8.last == UInt8(ascii: "Z") else { return text }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
        var seconds = timegm(&parts)
        localtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + "\(number)" }
        return
            "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) \(two(parts.tm_hour)):\(two(parts.tm_min))"
    }
}

/// Two or more runs beside each other: what differs in their settings, and what came out.
public struct RunComparison: Sendable {
    public struct Row: Codable, Sendable, Hashable {
        public var name: String
        /// One for each run.
        public var values: [String?]
    }

    public var runs: [RunSummary]
    /// Settings that not all runs have alike.
    public var settings: [Row]
    public var figures: [Row]

    /// - Parameter isComplete: Takes settings that are alike, too.
    public init(_ runs: [RunSummary], isComplete: Bool = false) {
        self.runs = runs
        let keys = Setting.all.map(\.key)
        settings = keys.compactMap { key in
            let values = runs.map { $0.settings[key] }
            guard isComplete ? values.contains(where: { $0 != nil }) : Set(values).count > 1 else { return nil }
            return Row(name: key, values: values)
        }
        let circumstances: [(String, (RunSummary) -> String?)] = [
            ("fingerprint of data", { $0.fingerprint }), ("network", { $0.network }),
            ("parameters", { $0.parameters.map(grouped) }),
            ("commit", { $0.git.map { $0.commit.prefix(12) + ($0.isChanged ? " (changed)" : "") } }),
            ("thalweg", { $0.environment?.thalweg }), ("processor", { $0.environment?.processor }),
        ]
        for (name, value) in circumstances {
            let values = runs.map(value)
            if isComplete || Set(values).count > 1 { settings.append(Row(name: name, values: values)) }
        }
        let order = ["test_", "folds_", "dev_", "train_", ""]
        func rank(_ name: String) -> Int { order.firstIndex { name.hasPrefix($0) } ?? 0 }
        let names = Set(runs.flatMap(\.figures.keys)).sorted { (rank($0), $0) < (rank($1), $1) }
        figures = [
            Row(name: "status", values: runs.map { $0.status?.rawValue }),
            Row(name: "epochs", values: runs.map { $0.epochs.map(grouped) }),
            Row(name: "time", values: runs.map { $0.seconds.map(duration) }),
        ]
        figures += names.map { name in
            Row(name: name, values: runs.map { $0.figures[name].map { figureText($0, name) } })
        }
    }

    public var lines: [String] {
        let head = [""] + runs.map(\.path)
        func cells(_ rows: [Row]) -> [[String]] { rows.map { [$0.name] + $0.values.map { $0 ?? "-" } } }
        let differences = settings.isEmpty ? [["(no setting differs)"]] : cells(settings)
        return aligned([head] + differences + [[""]] + cells(figures))
    }
}

/// An accuracy as percent, a count as a count, another number as a number.
package func figureText(_ value: Double, _ name: String) -> String {
    if name.hasSuffix("_examples") { return grouped(Int(value)) }
    return name.hasSuffix("accuracy") ? percentText(value) : numberText(value)
}
