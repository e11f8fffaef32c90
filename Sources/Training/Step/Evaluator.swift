import ThalwegEngine
import ThalwegNetworks

/// Runs a model without training it, in pieces of fixed size: captured once for each size.
final class Evaluator {
    private let model: any Layer
    private let inventory: Inventory
    let objective: Objective
    private let regularization: Regularization
    /// The size of the training set, which penalties are divided by.
    private let examples: Int
    private let threads: Int?
    private var sums: [Signature: CompiledFunction] = [:]
    private var outputs: [Signature: CompiledFunction] = [:]

    /// Examples of one piece.
    static let pieceSize = 2048

    private struct Signature: Hashable {
        var x: Shape
        var y: Shape
        var rows: Int?
    }

    init(
        _ model: some Layer, objective: Objective, regularization: Regularization = .none, examples: Int = 1,
        threads: Int?
    ) {
        self.model = model
        self.objective = objective
        self.regularization = regularization
        self.examples = examples
        self.threads = threads
        inventory = model.inventory()
    }

    /// The cost (mean loss and penalties) and the metric over all rows of `x`, with the model's values.
    func callAsFunction(_ x: Tensor, _ y: Tensor) -> Score {
        var (loss, measure, penalty) = (0.0, 0.0, 0.0)
        let count = x.shape[0]
        for rows in Self.pieces(of: count) {
            let signature = Signature(x: x.shape, y: y.shape, rows: rows.count == count ? nil : rows.count)
            let function = sums[signature] ?? capture(signature, x, y)
            sums[signature] = function
            var arguments = values + [x, y]
            if signature.rows != nil { arguments.append(Tensor(Array(rows))) }
            let results = function(arguments).map { $0.item() }
            loss += results[0] * Double(rows.count)
            measure += results[1]
            penalty = results[2]
        }
        return Score(
            cost: loss / Double(max(count, 1)) + penalty, loss: loss / Double(max(count, 1)),
            metric: objective.metric(sum: measure, examples: count), count: count)
    }

    /// The model's raw outputs for all rows of `x`, row by row.
    func outputs(for x: Tensor) -> [Double] {
        var all: [Double] = []
        for rows in Self.pieces(of: x.shape[0]) {
            all += outputFunction(x, rows: rows.count)(values + [x, Tensor(Array(rows))])[0].doubles()
        }
        return all
    }

    /// Measures the outputs for all rows of `x`, taken as one piece.
    func profile(_ x: Tensor) throws -> PlanProfile {
        let count = x.shape[0]
        return try outputFunction(x, rows: count).profile(values + [x, Tensor(Array(0..<count))])
    }

    /// The quickest of a tenth of a second's runs over all rows of `x`, taken as one piece; and the bytes of intermediate results.
    func latency(_ x: Tensor) -> (seconds: Double, bytes: Int) {
        let count = x.shape[0]
        let function = outputFunction(x, rows: count)
        let arguments = values + [x, Tensor(Array(0..<count))]
        var least = Double.infinity
        var runs = 0
        let started = ContinuousClock.now
        while runs < 5 || ContinuousClock.now - started < .milliseconds(100) {
            let start = ContinuousClock.now
            _ = function(arguments)
            least = min(least, (ContinuousClock.now - start).seconds)
            runs += 1
        }
        return (least, function.arenaBytes)
    }

    private func outputFunction(_ x: Tensor, rows: Int) -> CompiledFunction {
        let signature = Signature(x: x.shape, y: [], rows: rows)
        let function =
            outputs[signature]
            ?? CompiledFunction(inputs: values.kinds + [x].kinds + [([rows], .int64)], threads: threads) {
                forward($0.dropLast(2), $0[$0.count - 2].gathered(at: $0[$0.count - 1]))
            }
        outputs[signature] = function
        return function
    }

    private var values: [Tensor] {
        inventory.trainable.map(\.parameter.value) + inventory.runningValues.map(\.running.value)
    }

    private func capture(_ signature: Signature, _ x: Tensor, _ y: Tensor) -> CompiledFunction {
        var inputs = values.kinds + [x, y].kinds
        if let rows = signature.rows { inputs.append(([rows], .int64)) }
        return CompiledFunction(inputs: inputs, threads: threads) { arguments in
            let count = arguments.count - (signature.rows == nil ? 2 : 3)
            var (x, y) = (arguments[count], arguments[count + 1])
            if signature.rows != nil {
                let rows = arguments[count + 2]
                (x, y) = (x.gathered(at: rows), y.gathered(at: rows))
            }
            let parameters = Array(arguments.prefix(inventory.trainable.count))
            let output = forward(arguments.prefix(count), x)[0]
            let penalty = inventory.substituting(parameters: parameters) {
                regularization.penalty(inventory, examples: examples)
            }
            return [objective.loss(output, y), objective.measure(output, y), penalty ?? Tensor(0.0)]
        }
    }

    private func forward(_ values: ArraySlice<Tensor>, _ x: Tensor) -> [Tensor] {
        let count = inventory.trainable.count
        return inventory.substituting(
            parameters: Array(values.prefix(count)), running: Array(values.dropFirst(count))
        ) {
            [model(x, Context(.inference))]
        }
    }

    private static func pieces(of count: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: pieceSize).map { $0..<min($0 + pieceSize, count) }
    }
}

extension [Tensor] {
    /// Shapes and types, as a captured function wants them.
    fileprivate var kinds: [(shape: Shape, dataType: DataType)] { map { ($0.shape, $0.dataType) } }
}
