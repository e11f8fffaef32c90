import Thalweg

/// One operation on inputs of a size.
struct OperationBenchmark {
    let name: String
    let inputs: [Sample]
    /// What must be moved, where that is not all of the inputs and outputs.
    var bytes: Int?
    let body: @Sendable ([Tensor]) -> [Tensor]

    init(_ name: String, _ inputs: Sample..., bytes: Int? = nil, _ body: @escaping @Sendable ([Tensor]) -> Tensor) {
        self.name = name
        self.inputs = inputs
        self.bytes = bytes
        self.body = { [body($0)] }
    }

    /// A row of the table.
    func measured(_ limits: BestLimits, seconds: Double) throws -> [String] {
        let arguments = inputs.enumerated().map { $1.tensor(RandomKey(seed: 1).split($0)) }
        evaluate(arguments)
        let function = CompiledFunction(
            inputs: arguments.map { ($0.shape, $0.dataType) }, threads: limits.threads, body)
        var timer = Timer()
        let round = timer.round(seconds: seconds) { _ = function(arguments) }
        let operations = try function.profile(arguments, repetitions: 1).entries.reduce(0) { $0 + $1.work.operations }
        let bytes = bytes ?? function.argumentBytes
        let limit = limits.seconds(operations: operations, bytes: bytes)
        return [
            name, (round.median * 1e6).short, (round.least * 1e6).short,
            operations > 0 ? (Double(operations) / round.median * 1e-9).short : "",
            (Double(bytes) / round.median * 1e-9).short, (limit / round.median).percent,
        ]
    }
}
