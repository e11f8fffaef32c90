import Foundation
import Thalweg

/// Every workload in a process of its own, so that each has its own peak of memory.
struct AllWorkloads {
    private let options: Options
    private let threads: Int
    private let seconds: Double

    init(_ options: Options) throws {
        self.options = options
        threads = try options.threads()
        seconds = try options.number("seconds") ?? 2
        _ = try options.setting()
    }

    /// What the process of a workload measured.
    private struct Row {
        let name: String
        let median: Double
        let least: Double
        var details: (operations: Int, bytes: Int, kernels: Int, arena: Int, memory: Int)?
        var failure: String?
    }

    func run() throws {
        var limits = BestLimits(threads: threads)
        let rows = Workload.all.map { workload in
            do { return try measured(workload) } catch {
                return Row(name: workload.name, median: .nan, least: .nan, failure: "\(error)")
            }
        }
        limits.measure()
        var table = Table([
            "workload", "median us", "least us", "GFLOP/s", "of limit", "kernels", "arena MB", "peak MB",
        ])
        for row in rows {
            var cells = [row.name, (row.median * 1e6).short, (row.least * 1e6).short]
            if let details = row.details {
                let limit = limits.seconds(operations: details.operations, bytes: details.bytes)
                cells += [
                    (Double(details.operations) / row.median * 1e-9).short, (limit / row.median).percent,
                    "\(details.kernels)", (Double(details.arena) * 1e-6).short, (Double(details.memory) * 1e-6).short,
                ]
            }
            table.add(cells)
        }
        print("\(limits)\n\n\(table)\n")
        print(
            """
            A step of the harness's workloads, made-up weights and data. The limit is that of the products' arithmetic, or \
            of moving weights, state, batch and results once to and from memory, whichever is longer; what stays in a cache \
            can beat the second. cold_start is a whole process.
            """)
        for row in rows { if let failure = row.failure { print("\n\(row.name): \(failure)") } }
    }

    private func measured(_ workload: Workload) throws -> Row {
        let common = ["--workload", workload.name] + options.passedOn(["threads", "dtype", "precision"])
        switch workload.kind {
        case .process:
            let times = try (0..<5).map { _ in try runSelf(common).seconds }.sorted()
            return Row(name: workload.name, median: times[2], least: times[0])
        case .steps:
            let line = try runSelf(common + ["--measure", "\(seconds)"]).output
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
            func number(_ name: String) -> Double { (object[name] as? NSNumber)?.doubleValue ?? .nan }
            func whole(_ name: String) -> Int { (object[name] as? NSNumber)?.intValue ?? 0 }
            return Row(
                name: workload.name, median: number("median"), least: number("least"),
                details: (
                    whole("operations"), whole("bytes"), whole("kernels"), whole("arena"), whole("memory")
                ))
        }
    }
}
