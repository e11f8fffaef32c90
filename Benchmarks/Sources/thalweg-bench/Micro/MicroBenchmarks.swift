import Foundation
import Thalweg

/// Families of operations, what the graph costs, and starting up.
struct MicroBenchmarks {
    private let threads: Int
    private let seconds: Double

    init(_ options: Options) throws {
        threads = try options.threads()
        seconds = try options.number("seconds") ?? 0.3
    }

    func run() throws {
        let limits = BestLimits(threads: threads)
        print(limits)
        for family in OperationBenchmark.families {
            var table = Table([family.name, "median us", "least us", "GFLOP/s", "GB/s", "of limit"])
            for benchmark in family.benchmarks { table.add(try benchmark.measured(limits, seconds: seconds)) }
            print("\n\(table)")
        }
        print("\n\(graph())")
        print("\n\(try process())")
    }

    private func median(_ step: () -> Void) -> Double {
        var timer = Timer()
        return timer.round(seconds: seconds, step).median
    }

    private func graph() -> Table {
        let count = 500
        let (x, y) = (Tensor(1), Tensor(0.5) + 0)
        evaluate([x, y])
        func chain(_ x: Tensor, _ y: Tensor) -> Tensor { (0..<count).reduce(x) { sum, _ in sum + y } }
        let start = Tensor([1] as [Float]).reshaped(to: [])
        evaluate([start])

        let recorded = median { _ = chain(start, y) }
        let evaluated = median { chain(start, y).evaluate(threads: 1) }
        let inputs = [(Shape([]), DataType.float32), (Shape([]), DataType.float32)]
        let function = CompiledFunction(inputs: inputs, threads: 1) { [chain($0[0], $0[1])] }
        let run = median { _ = function([start, y]) }
        let captured = median {
            _ = CompiledFunction(inputs: inputs, threads: 1) { [chain($0[0], $0[1])] }
        }
        let nothing = CompiledFunction(inputs: [], threads: 1) { _ in [] }
        let copy = CompiledFunction(inputs: [(Shape([]), .float32)], threads: 1) { [$0[0] + 1] }

        var table = Table(["graph", "ns"])
        func add(_ name: String, _ seconds: Double) { table.add([name, (seconds * 1e9).short]) }
        add("recording a node", recorded / Double(count))
        add("finding its plan in the cache, a node", (evaluated - recorded - run) / Double(count))
        add("making a plan, a node", (captured - recorded) / Double(count))
        add("calling a captured function of nothing", median { _ = nothing([]) })
        add("calling a captured function of one addition", median { _ = copy([start]) })
        add("recording, evaluating and reading one addition", median { _ = (start + y).item() })
        add("waking the threads after 10 ms", wake())
        return table
    }

    /// How much longer a call over all threads takes when they have slept.
    private func wake() -> Double {
        let x = Tensor.full([1 << 17], 1) + 0
        evaluate([x])
        let function = CompiledFunction(inputs: [(x.shape, x.dataType)], threads: threads) { [$0[0].exp()] }
        func times(_ pause: Double) -> Double {
            let times = (0..<41).map { _ in
                if pause > 0 { Thread.sleep(forTimeInterval: pause) }
                let start = ContinuousClock.now
                _ = function([x])
                return elapsed(since: start)
            }
            return times.sorted()[20]
        }
        _ = times(0)
        return max(0, times(0.01) - times(0))
    }

    private func process() throws -> Table {
        let runs = try (0..<11).map { _ in try runSelf(["--hello"]) }.sorted { $0.seconds < $1.seconds }
        let object = try JSONSerialization.jsonObject(with: Data(runs[5].output.utf8)) as? [String: Any]
        let memory = (object?["memory"] as? NSNumber)?.doubleValue ?? .nan
        var table = Table(["process", ""])
        table.add(["start to end with one value computed, median of 11", (runs[5].seconds * 1e3).short + " ms"])
        table.add(["the same, least", (runs[0].seconds * 1e3).short + " ms"])
        table.add(["its peak memory", (memory * 1e-6).short + " MB"])
        return table
    }
}
