import Foundation

let start = ContinuousClock.now

let usage = """
    usage: thalweg-bench --all [--threads N] [--seconds S] [--dtype T] [--precision P]
           thalweg-bench --neighbors [--threads N] [--seconds S]
           thalweg-bench --micro [--threads N] [--seconds S]
           thalweg-bench --recording [--threads N] [--seconds S]
           thalweg-bench --accuracy
           thalweg-bench --list
           thalweg-bench --workload NAME [--init FILE.npz] [--threads N] [--dtype float32|float64]
                         [--precision float32|bf16] [--more N] [--whole K | --time SECONDS | --profile K | --measure SECONDS]

    --all       every workload, each in a process of its own: a table of step times against the machine's limits
    --neighbors every workload with one example and unit less and more: step times beside the work there is
    --micro     families of operations, the graph, starting up
    --recording what a run costs whose every step is recorded, beside the bare step and a loop by hand
    --accuracy  errors of the vectorized functions in units in the last place (minutes)
    --workload  one workload. Without --init weights and data are made up, with --more examples and units. --whole runs K steps and prints the last
                loss, --time the median time of a step, --profile the K kernels that take longest, --measure what a row
                of --all needs, as JSON. Otherwise it answers JSON lines on standard input:
                {"cmd": "losses", "k": 20}, {"cmd": "time", "secs": 0.5}, {"cmd": "quit"}
    """

do {
    let options = try Options(Array(CommandLine.arguments.dropFirst()))
    switch options.mode {
    case .all: try AllWorkloads(options).run()
    case .neighbors: try Neighbors(options).run()
    case .micro: try MicroBenchmarks(options).run()
    case .recording: print(try RecordingBenchmark(options).run())
    case .accuracy: Accuracy.run()
    case .list: for workload in Workload.all { print(workload.name) }
    case .hello: try hello()
    case .workload(let name): try Conversation(Workload.named(name), options, since: start).run()
    }
} catch let error as UsageError {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(64)
} catch {
    // The harness reads standard output.
    try? reply(["error": "\(error)"])
    exit(1)
}
