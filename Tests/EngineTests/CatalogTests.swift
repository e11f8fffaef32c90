import Testing
import ThalwegEngine

@Suite struct CatalogTests {
    static let tolerance: [DataType: Double] = [.float64: 1e-12, .float32: 1e-5, .float16: 4e-3, .bfloat16: 3e-2]

    @Test(arguments: OperationCase.catalog)
    func processorAgreesWithReference(_ operation: OperationCase) {
        var types: [DataType] = [.float64, .float32, .float16, .bfloat16]
        if operation.takesIntegers { types += [.int32, .int64, .uint8] }
        for type in types {
            let expected = operation.function(operation.samples(type))
            evaluate([expected], on: .reference)
            for threads in [1, 2] {
                let found = operation.function(operation.samples(type))
                evaluate([found], threads: threads)
                expectClose(
                    found, expected, tolerance: Self.tolerance[expected.dataType] ?? 0,
                    "\(operation.name) of \(type.rawValue)")
            }
        }
    }

    @Test(arguments: OperationCase.catalog.filter(\.isDifferentiable))
    func gradientIsRight(_ operation: OperationCase) {
        let (points, loss) = weighted(operation)
        let error = gradientError(at: points, of: loss)
        #expect(error < 1e-7, "\(operation.name): relative error \(error)")
    }

    @Test(arguments: OperationCase.catalog.filter { $0.smoothness == .twice })
    func secondGradientIsRight(_ operation: OperationCase) {
        let (points, loss) = weighted(operation)
        let error = gradientError(at: points) { inner in
            let gradients = valueAndGradient(of: loss, at: inner).gradients
            return gradients.enumerated().map { ($1 * weights($1.shape, seed: 90 + UInt64($0))).sum() }.reduce(
                Tensor(0.0, dataType: .float64), +)
        }
        #expect(error < 1e-7, "\(operation.name): relative error \(error)")
    }

    /// The floating inputs, and the weighted sum of the case's result as a function of them.
    private func weighted(_ operation: OperationCase) -> (points: [Tensor], loss: ([Tensor]) -> Tensor) {
        let samples = operation.samples(.float64)
        let loss: ([Tensor]) -> Tensor = { points in
            var rest = points[...]
            let result = operation.function(samples.map { $0.dataType == .float64 ? rest.removeFirst() : $0 })
            return (result * weights(result.shape, seed: 70)).sum()
        }
        return (samples.filter { $0.dataType == .float64 }, loss)
    }

    @Test func namesAreUnique() {
        #expect(Set(OperationCase.catalog.map(\.name)).count == OperationCase.catalog.count)
    }

    @Test func everyPrimitiveOccurs() {
        var seen: Set<String> = []
        for operation in OperationCase.catalog {
            let program = Program(recording: [operation.function(operation.samples(.float32))])
            for row in program.rows { seen.insert(kind(row.op)) }
        }
        let sources = ["argument", "constant", "index"]
        let others = ["select", "cast", "argReduce", "cumulativeSum", "argsort", "matmul", "concatenate", "gather"]
        var expected = sources + others
        expected += Unary.allCases.map { "unary \($0)" } + Binary.allCases.map { "binary \($0)" }
        expected += Comparison.allCases.map { "comparison \($0)" } + Reduction.allCases.map { "reduce \($0)" }
        expected += Scatter.allCases.map { "scatter \($0)" } + Distribution.allCases.map { "random \($0)" }
        expected += ConvolutionOp.Kind.allCases.map { "convolution \($0)" }
        expected += WindowOp.Kind.allCases.map { "window \($0)" }
        expected += ["reshape", "transpose", "broadcast", "slice", "pad"]
        for name in expected where !seen.contains(name) {
            Issue.record("no case of the catalog records \(name)")
        }
    }

    private func kind(_ op: Op) -> String {
        switch op {
        case .source(let source):
            switch source {
            case .data: "data"
            case .argument: "argument"
            case .constant: "constant"
            case .index: "index"
            }
        case .unary(let op): "unary \(op)"
        case .binary(let op): "binary \(op)"
        case .comparison(let op): "comparison \(op)"
        case .select: "select"
        case .cast: "cast"
        case .reduce(let op, _): "reduce \(op)"
        case .argReduce: "argReduce"
        case .cumulativeSum: "cumulativeSum"
        case .argsort: "argsort"
        case .matmul: "matmul"
        case .convolution(let op): "convolution \(op.kind)"
        case .window(let op): "window \(op.kind)"
        case .movement(let movement):
            switch movement {
            case .reshape: "reshape"
            case .transpose: "transpose"
            case .broadcast: "broadcast"
            case .slice: "slice"
            case .pad: "pad"
            }
        case .concatenate: "concatenate"
        case .gather: "gather"
        case .scatter(let mode, _): "scatter \(mode)"
        case .random(let distribution, _): "random \(distribution)"
        case .marker: "marker"
        }
    }
}
