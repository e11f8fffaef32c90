import Foundation
import Thalweg

/// Every workload of steps with a batch and hidden layers of one less and one more: whether anything is tuned to a shape.
struct Neighbors {
    private let options: Options
    private let seconds: Double

    init(_ options: Options) throws {
        self.options = options
        seconds = try options.number("seconds") ?? 1
        _ = try options.setting()
    }

    func run() throws {
        var table = Table(["workload", "step us", "-1: time", "work", "+1: time", "work"])
        for workload in Workload.all {
            guard case .steps = workload.kind else { continue }
            // In turns, so that a change of the machine's speed meets all alike.
            var times: [Int: [Double]] = [:]
            var work: [Int: Double] = [:]
            for _ in 0..<Self.rounds {
                for more in -1...1 {
                    let (time, operations) = try measured(workload, more)
                    times[more, default: []].append(time)
                    work[more] = operations
                }
            }
            func ratio(_ more: Int) -> Double {
                zip(times[more]!, times[0]!).map { $0 / $1 }.sorted()[Self.rounds / 2]
            }
            let middle = times[0]!.sorted()[Self.rounds / 2]
            table.add(
                [workload.name, (middle * 1e6).short]
                    + [-1, 1].flatMap { [ratio($0).percent, work[0]! > 0 ? (work[$0]! / work[0]!).percent : "-"] })
        }
        print(table)
    }

    private static let rounds = 3

    /// Seconds of a step, and its arithmetic in products.
    private func measured(_ workload: Workload, _ more: Int) throws -> (time: Double, operations: Double) {
        let line = try runSelf(
            ["--workload", workload.name, "--more", "\(more)", "--measure", "\(seconds)"]
                + options.passedOn(["threads", "dtype", "precision"])
        ).output
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
        func number(_ name: String) -> Double { (object[name] as? NSNumber)?.doubleValue ?? .nan }
        return (number("median"), number("operations"))
    }
}
