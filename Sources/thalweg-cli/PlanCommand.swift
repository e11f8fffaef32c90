import ArgumentParser
import Foundation
import Thalweg

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Shows where the time of a training step goes, kernel by kernel.",
        discussion: """
            Runs the training step of a run, one compiled plan, for a second on made-up
            examples of the right shapes: no data are needed, and the run stays as it is.
            Then measures the machine's limits: the quickest matrix product, and memory.
            Other work on the machine lowers all of these figures.

            EXAMPLES
              thalweg plan runs/digits-1
              thalweg plan runs/digits-1 --batch-size 256 --threads 1
              thalweg plan runs/digits-1 --trace trace.json      (open in ui.perfetto.dev)
            """)

    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"))
    var folder: String

    @Flag(help: "Measure the network's outputs instead, as 'predict' computes them.")
    var inference = false

    @Option(
        help: ArgumentHelp("Examples at a time; as in the run when not given.", valueName: "N"),
        transform: wholeNumber(atLeast: 1, atMost: .max))
    var batchSize: Int?

    @Option(
        help: ArgumentHelp("Threads to compute with; as in the run when not given.", valueName: "N"),
        transform: wholeNumber(atLeast: 1, atMost: Setting.mostThreads))
    var threads: Int?

    @Option(
        help: ArgumentHelp("Show the K kernels that take longest; 20 when not given.", valueName: "K"),
        transform: wholeNumber(atLeast: 1))
    var top = 20

    @Option(
        help: ArgumentHelp("Write the quickest run as a trace for Perfetto.", valueName: "FILE.json"),
        completion: .file(extensions: ["json"]))
    var trace: String?

    @Flag(help: "Print one JSON object as the last line of standard output, with all kernels in order of execution.")
    var json = false

    func run() throws {
        if let trace { try requireSpare(trace, option: "trace") }
        let model = try TrainedModel(run: folder)
        let profile = try model.profile(
            inference ? .inference : .trainingStep, batchSize: batchSize, threads: threads)
        if let trace {
            try profile.plan.writeTrace(
                to: URL(fileURLWithPath: trace),
                name: "\(profile.work.rawValue), \(counted(profile.batchSize, "example"))")
        }
        guard !json else { return try Terminal.print(Report(profile, run: folder).jsonLine) }
        let columns = min(max(Terminal.columns, 80), 160)
        try Terminal.print(
            "\(folder), \(profile.work.rawValue), \(counted(profile.batchSize, "example")): \(model.network.line)\n\n"
                + profile.plan.table(top: top, columns: columns))
        if let trace { Terminal.note("trace: \(trace), to be opened in ui.perfetto.dev\n") }
    }

    private struct Report: Encodable {
        struct Kernel: Encodable {
            var name: String
            var detail: String
            var operations: Int
            var bytes: Int
            var seconds: Double
            var limitSeconds: Double
            var share: Double
            var start: Double
            var duration: Double
        }
        struct Machine: Encodable {
            var operationsPerSecond: Double
            var bytesPerSecond: Double
            var dataType: String
        }
        var run: String
        var work: String
        var batchSize: Int
        var threads: Int
        /// The quickest run as a whole; each kernel at its quickest, together; what the machine allows.
        var stepSeconds: Double
        var kernelSeconds: Double
        var limitSeconds: Double
        var arenaBytes: Int
        var machine: Machine
        var summary: String
        var kernels: [Kernel]

        init(_ profile: TrainedModel.Profile, run: String) {
            let plan = profile.plan
            self.run = run
            work = profile.work.rawValue
            batchSize = profile.batchSize
            threads = plan.threads
            stepSeconds = plan.runSeconds
            kernelSeconds = plan.seconds
            limitSeconds = plan.limitSeconds
            arenaBytes = plan.arenaBytes
            machine = Machine(
                operationsPerSecond: plan.limits.operationsPerSecond, bytesPerSecond: plan.limits.bytesPerSecond,
                dataType: plan.limits.dataType.rawValue)
            summary = plan.summary
            kernels = plan.entries.map {
                Kernel(
                    name: $0.work.name, detail: $0.work.detail, operations: $0.work.operations, bytes: $0.work.bytes,
                    seconds: $0.seconds, limitSeconds: plan.limits.seconds(for: $0.work),
                    share: $0.seconds / plan.seconds, start: $0.start, duration: $0.duration)
            }
        }
    }
}
