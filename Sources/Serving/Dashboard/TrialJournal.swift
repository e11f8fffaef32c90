import Foundation
import ThalwegPractice

/// What `trials.jsonl` of a search says, as much as a page shows.
struct TrialJournal {
    struct Trial: Decodable {
        var trial: Int
        var parameters: [String: Value] = [:]
        var fold: Int?
        var status: String
        var objective: Double?
        var epochs: Int?
        var seconds: Double?
        var reason: String?
        var folder: String?
    }

    /// A setting's value, whatever it is.
    enum Value: Decodable {
        case number(Double)
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                self = .text("\(flag)")
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let numbers = try? container.decode([Double].self) {
                self = .text(numbers.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }.joined(separator: ","))
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        var coordinate: ParallelCoordinates.Value {
            switch self {
            case .number(let number): .number(number)
            case .text(let text): .choice(text)
            }
        }
    }

    /// The last training of each trial; those on other dev examples are left out.
    let trials: [Trial]
    /// What was made best; the task's own metric when nil.
    let objective: String?

    /// A line that is damaged, or still being written, is passed over.
    init(_ folder: URL) {
        let lines = (try? Data(contentsOf: folder.appendingPathComponent("trials.jsonl")))?.split(separator: 10) ?? []
        let records = lines.compactMap { try? JSONDecoder().decode(Trial.self, from: $0) }.filter {
            ($0.fold ?? 0) == 0
        }
        trials = Dictionary(records.map { ($0.trial, $0) }, uniquingKeysWith: { $1 }).values.sorted {
            $0.trial < $1.trial
        }
        let settings = (try? String(contentsOf: folder.appendingPathComponent("search.toml"), encoding: .utf8)) ?? ""
        objective = settings.firstMatch(of: /(?m)^objective *= *"([^"]+)"/).map { String($0.1) }
    }
}
