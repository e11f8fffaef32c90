public import ThalwegEngine
public import ThalwegNetworks

/// One step of training, captured once and replayed: forward, loss, gradients and update in a single plan.
///
///     let step = TrainingStep(model, rule: UpdateRule(Adam())) { softmaxCrossEntropy(logits: $0, classes: $1) }
///     for _ in 0..<100 { print(step(x, y, rate: 0.001).cost) }
///
/// The parameters of `model` hold the new values after every call. Steps of another batch size are captured anew and kept. Not
/// `Sendable`: training lives in one task.
public final class TrainingStep {
    /// What one step told.
    public struct Result {
        /// The mean loss of the batch before the update, penalties included.
        public let cost: Double
        /// The sums of `measures` over the batch, before the update.
        public var measures: [Double] { (0..<measureCount).map(measure) }
        /// The Euclidean norm of all gradients before clipping; not a number in a step that does not measure it.
        public let gradientNorm: Double
        /// Of every weight, in the order of the inventory; empty for a step that was not watched.
        public let layers: [LayerNorms]
        /// Cost, measures and norm as the step left them: most steps are never asked for all of them.
        fileprivate let told: Tensor
        fileprivate let measureCount: Int

        /// One of `measures`.
        func measure(_ number: Int) -> Double { told.number(1 + number) }
    }

    /// What a watched step tells about one weight of the model: Euclidean norms.
    public struct LayerNorms: Sendable, Hashable {
        /// The layer's name in the state dictionary.
        public let layer: String
        /// Before the update.
        public let weight: Double
        /// Before clipping.
        public let gradient: Double
        /// Of what the step added to the weight.
        public let update: Double
    }

    public typealias Function = (_ output: Tensor, _ target: Tensor) -> Tensor

    public let inventory: Inventory
    public let rule: UpdateRule
    /// The optimizer's memory, named as in a checkpoint.
    public private(set) var state: [(name: String, tensor: Tensor)]
    /// Steps taken so far.
    public private(set) var count = 0
    private let model: any Layer
    private let loss: Function
    private let measures: [Function]
    private let seed: UInt64
    private let threads: Int?
    private let precision: ProductPrecision
    private let isDropoutEnabled: Bool
    private let measuresGradientNorm: Bool
    private let boxes: [Parameter]
    private let running: [RunningValue]
    private var captured: [Signature: Capture] = [:]
    /// What the last step ran: the next one is most often alike.
    private var latest: (signature: Signature, capture: Capture)?

    private struct Signature: Hashable {
        var x: Shape
        var y: Shape
        var xType: DataType
        var yType: DataType
        /// Rows gathered from `x` and `y`; nil for all of them.
        var rows: Int?
        var isWatched: Bool
    }

    private final class Capture {
        let function: CompiledFunction
        /// Of the rate and the step's number: that of the parameters, where they have one type.
        let scalarType: DataType
        /// What stands for the step's number and its random key where the function does not look at them.
        let idleNumber: Tensor?
        let idleKey: Tensor?
        private var latestRate: (value: Double, tensor: Tensor)?

        init(_ function: CompiledFunction, scalarType: DataType, idleNumber: Tensor?, idleKey: Tensor?) {
            self.function = function
            self.scalarType = scalarType
            self.idleNumber = idleNumber
            self.idleKey = idleKey
        }

        /// Most often that of the step before.
        func rate(_ value: Double) -> Tensor {
            if let latestRate, latestRate.value == value { return latestRate.tensor }
            let tensor = Tensor.scalar(value, scalarType)
            latestRate = (value, tensor)
            return tensor
        }
    }

    /// - Parameters:
    ///   - rule: the optimizer with clipping and regularization.
    ///   - seed: of dropout masks; each step draws fresh ones.
    ///   - threads: all cores when nil; results do not depend on it.
    ///   - precision: of float32 matrix products; parameters stay float32.
    ///   - measuresGradientNorm: whether steps tell the norm of all gradients.
    ///   - measures: sums over the batch to report beside the cost, such as the number of right answers.
    ///   - loss: the mean loss of a batch, without penalties.
    public init(
        _ model: some Layer, rule: UpdateRule, seed: UInt64 = 0, threads: Int? = nil,
        precision: ProductPrecision = .full,
        isDropoutEnabled: Bool = true, measuresGradientNorm: Bool = true, measures: [Function] = [],
        loss: @escaping Function
    ) {
        self.model = model
        self.rule = rule
        self.seed = seed
        self.threads = threads
        self.precision = precision
        self.isDropoutEnabled = isDropoutEnabled
        self.measuresGradientNorm = measuresGradientNorm
        self.measures = measures
        self.loss = loss
        inventory = model.inventory()
        boxes = inventory.trainable.map(\.parameter)
        running = inventory.runningValues.map(\.running)
        state = rule.initialState(for: inventory)
    }

    /// Takes one step on the batch `x`, `y`, or on those `rows` of them.
    ///
    /// - Parameters:
    ///   - rate: the learning rate of this step.
    ///   - isWatched: also tells the norms of every weight, its gradient and its update, from a plan of its own; other steps
    ///     are as quick as they would be without.
    public func callAsFunction(
        _ x: Tensor, _ y: Tensor, rows: [Int]? = nil, rate: Double, isWatched: Bool = false
    ) -> Result {
        let capture = capture(x, y, rows: rows?.count, isWatched: isWatched)
        let function = capture.function

        // The boxes let go of their tensors, so that new values can take the memory of the old ones.
        let empty = Tensor.placeholder
        var arguments: [Tensor] = []
        arguments.reserveCapacity(function.inputs.count)
        for box in boxes {
            arguments.append(box.value)
            box.value = empty
        }
        for index in state.indices {
            arguments.append(state[index].tensor)
            state[index].tensor = empty
        }
        for box in running {
            arguments.append(box.value)
            box.value = empty
        }
        append(x, y, rows: rows, rate: rate, to: &arguments, for: capture)

        let results = function(consume arguments)
        count += 1
        var next = results.makeIterator()
        for box in boxes { box.value = next.next()! }
        for index in state.indices { state[index].tensor = next.next()! }
        for box in running { box.value = next.next()! }
        let told = next.next()!
        return Result(
            cost: told.number(0), gradientNorm: measuresGradientNorm ? told.number(1 + measures.count) : .nan,
            layers: isWatched && !weights.isEmpty ? layers(next.next()!.doubles()) : [], told: told,
            measureCount: measures.count)
    }

    /// Places of the weights among the trainable parameters.
    private var weights: [Int] { boxes.indices.filter { boxes[$0].role == .weight } }

    private func layers(_ norms: [Double]) -> [LayerNorms] {
        weights.enumerated().map { place, index in
            LayerNorms(
                layer: inventory.trainable[index].name.layerName, weight: norms[place * 3],
                gradient: norms[place * 3 + 1], update: norms[place * 3 + 2])
        }
    }

    /// Measures the step on the batch `x`, `y`, or on those `rows` of them, kernel by kernel: `print(try step.profile(x, y))`.
    ///
    /// It runs on copies: parameters, the optimizer's memory and `count` stay as they are. Takes about two seconds.
    ///
    /// - Parameters:
    ///   - rate: the learning rate; no influence on the times.
    ///   - repetitions: of the step; as many as a second holds, three at least, when nil.
    /// - Throws: `EngineError` when the values make the step impossible: a row that is not there.
    public func profile(
        _ x: Tensor, _ y: Tensor, rows: [Int]? = nil, rate: Double = 0.001, repetitions: Int? = nil
    ) throws -> PlanProfile {
        let capture = capture(x, y, rows: rows?.count, isWatched: false)
        var arguments = boxes.map(\.value) + state.map(\.tensor) + running.map(\.value)
        append(x, y, rows: rows, rate: rate, to: &arguments, for: capture)
        return try capture.function.profile(arguments, repetitions: repetitions)
    }

    /// Continues after `count` steps with the optimizer's memory `tensors`, by name.
    ///
    /// - Throws: `StateError` when a tensor is missing or does not fit.
    public func restore(count: Int, state tensors: [String: Tensor]) throws(StateError) {
        var restored = state
        for (index, entry) in state.enumerated() {
            guard let tensor = tensors[entry.name] else { throw .missing(name: entry.name) }
            guard tensor.shape == entry.tensor.shape else {
                throw .shape(name: entry.name, expected: entry.tensor.shape, found: tensor.shape)
            }
            guard tensor.dataType == entry.tensor.dataType else {
                throw .type(name: entry.name, expected: entry.tensor.dataType, found: tensor.dataType)
            }
            restored[index].tensor = tensor
        }
        state = restored
        self.count = count
    }

    /// The root of a step's random key: seeds and steps spread over all 64 bits (SplitMix64's finalizer).
    private static func key(seed: UInt64, step: Int) -> Int {
        var z = seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(step) &+ 0x632B_E59B_D9B4_E019
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int(bitPattern: UInt(z ^ (z >> 31)))
    }

    /// Adds what a step takes beside the values that it replaces.
    private func append(
        _ x: Tensor, _ y: Tensor, rows: [Int]?, rate: Double, to arguments: inout [Tensor], for capture: Capture
    ) {
        arguments.append(x)
        arguments.append(y)
        if let rows { arguments.append(Tensor(rows)) }
        let type = capture.scalarType
        arguments.append(capture.rate(rate))
        arguments.append(capture.idleNumber ?? .scalar(Double(count + 1), type))
        arguments.append(capture.idleKey ?? Tensor([Self.key(seed: seed, step: count)], shape: []))
    }

    private func capture(_ x: Tensor, _ y: Tensor, rows: Int?, isWatched: Bool) -> Capture {
        let signature = Signature(
            x: x.shape, y: y.shape, xType: x.dataType, yType: y.dataType, rows: rows, isWatched: isWatched)
        if let latest, latest.signature == signature { return latest.capture }
        let capture = captured[signature] ?? capture(signature, x, y)
        captured[signature] = capture
        latest = (signature, capture)
        return capture
    }

    private func capture(_ signature: Signature, _ x: Tensor, _ y: Tensor) -> Capture {
        let values = boxes.map(\.value) + state.map(\.tensor) + running.map(\.value)
        var inputs = values.map { (shape: $0.shape, dataType: $0.dataType) }
        inputs.append((x.shape, x.dataType))
        inputs.append((y.shape, y.dataType))
        if let rows = signature.rows { inputs.append(([rows], .int64)) }
        let scalarType: DataType = boxes.allSatisfy { $0.dataType == .float32 } ? .float32 : .float64
        let place = inputs.count
        for type in [scalarType, scalarType, .int64] { inputs.append(([], type)) }
        let donated = Dictionary(uniqueKeysWithValues: values.indices.map { ($0, $0) })
        let function = CompiledFunction(
            inputs: inputs, donated: donated, threads: threads, precision: precision
        ) { arguments in
            record(arguments, gathers: signature.rows != nil, isWatched: signature.isWatched)
        }
        let used = function.program.arguments
        return Capture(
            function, scalarType: scalarType,
            idleNumber: used.contains(place + 1) ? nil : .scalar(0, scalarType),
            idleKey: used.contains(place + 2) ? nil : Tensor([0], shape: []))
    }

    /// Records a whole step. Outputs: parameters, state, running values, cost, measures, the norm of the gradients where it is
    /// measured, and of a watched step the norms by layer.
    private func record(_ arguments: [Tensor], gathers: Bool, isWatched: Bool) -> [Tensor] {
        var rest = arguments[...]
        func take(_ count: Int) -> [Tensor] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        let parameters = take(boxes.count)
        let memory = take(state.count)
        let statistics = take(running.count)
        var (x, y) = (take(1)[0], take(1)[0])
        if gathers {
            let rows = take(1)[0]
            (x, y) = (x.gathered(at: rows), y.gathered(at: rows))
        }
        let (rate, number, root) = (take(1)[0], take(1)[0], take(1)[0])
        let context = Context(.training, key: RandomKey(tensor: root), isDropoutEnabled: isDropoutEnabled)
        let (objective, told, slopes) = valueAndGradient(
            of: { leaves in
                inventory.substituting(parameters: leaves, running: statistics) {
                    let output = model(x, context)
                    let mean = loss(output, y)
                    let objective =
                        rule.regularization.smoothPenalty(inventory, examples: rule.examples).map { mean + $0 } ?? mean
                    let kinked = rule.regularization.l1Penalty(inventory, examples: rule.examples)
                    return (
                        objective, (kinked, measures.map { $0(output, y) }, inventory.newRunningValues(after: context))
                    )
                }
            }, at: parameters)
        let (kinked, sums, newStatistics) = told
        let updated = rule(
            inventory, parameters: parameters, gradients: slopes, state: memory, rate: rate, step: number)
        let numbers =
            [kinked.map { objective + $0 } ?? objective] + sums + (measuresGradientNorm ? [updated.gradientNorm] : [])
        return updated.parameters + updated.state + newStatistics + [joined(numbers)]
            + (isWatched && !weights.isEmpty ? [norms(parameters, slopes, updated.parameters)] : [])
    }

    /// Scalars as one vector: a step makes no more outputs than it must.
    private func joined(_ numbers: [Tensor]) -> Tensor {
        let isFloat = numbers.allSatisfy { $0.dataType == .float32 }
        return .stack(numbers.map { $0.cast(to: isFloat ? .float32 : .float64) })
    }

    /// Of each weight, its gradient and its update, one after the other.
    private func norms(_ old: [Tensor], _ gradients: [Tensor], _ new: [Tensor]) -> Tensor {
        .stack(
            weights.flatMap { index in
                [old[index], gradients[index], new[index] - old[index]].map {
                    $0.square().sum().sqrt().cast(to: .float64)
                }
            })
    }
}

extension String {
    /// The layer that a parameter of this name belongs to.
    var layerName: String { lastIndex(of: ".").map { String(self[..<$0]) } ?? self }
}

extension Tensor {
    /// Stands in a box whose value is on its way through a step.
    fileprivate static let placeholder = Tensor([Float(0)])

    /// An element of a vector of float32 or float64.
    fileprivate func number(_ place: Int) -> Double {
        withBytes { bytes in
            dataType == .float32
                ? Double(bytes.load(fromByteOffset: place * 4, as: Float.self))
                : bytes.load(fromByteOffset: place * 8, as: Double.self)
        }
    }

    /// A value that is there at once: nothing is recorded.
    fileprivate static func scalar(_ value: Double, _ type: DataType) -> Tensor {
        Tensor(shape: [], dataType: type) { memory in
            if type == .float32 {
                memory.storeBytes(of: Float(value), as: Float.self)
            } else {
                memory.storeBytes(of: value, as: Double.self)
            }
        }
    }
}
