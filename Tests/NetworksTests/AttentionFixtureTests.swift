import TestSupport
import Testing
import ThalwegEngine
import ThalwegNetworks

private struct Document: Decodable {
    struct Case: Decodable {
        let kind: String
        let arguments: [String: JSON]
        let inputs, flags, parameters, gradients, parameterGradients: [String: Packed]
        let output, upstream: Packed

        func integer(_ name: String) -> Int? { arguments[name]?.number.map { Int($0) } }
        func isSet(_ name: String, default fallback: Bool = false) -> Bool { arguments[name]?.flag ?? fallback }
        func mask(_ name: String) -> Tensor? { flags[name].map { $0.tensor.cast(to: .bool) } }

        var configuration: TransformerConfiguration {
            get throws {
                TransformerConfiguration(
                    width: integer("width") ?? 0, heads: integer("heads") ?? 0, hidden: integer("hidden") ?? 0,
                    activation: try Activation(parsing: arguments["activation"]?.text ?? "relu"),
                    isNormFirst: isSet("isNormFirst"), dataType: .float64)
            }
        }
    }
    let cases: [Case]
}

/// A module without parameters: what only functions are checked with.
private struct Nothing: Module {}

/// Values and gradients against PyTorch, float64.
@Suite struct AttentionFixtureTests {
    private let cases: [Document.Case]
    init() throws { cases = try fixture("attention.json", as: Document.self).cases }

    @Test func everyCase() throws {
        var kinds: [String: Int] = [:]
        for entry in cases {
            guard let (module, function) = try subject(entry) else { continue }
            kinds[entry.kind, default: 0] += 1
            try check(entry, module, function)
        }
        #expect(
            kinds == [
                "attention": 12, "sinusoidal": 2, "rotary": 4, "multiHead": 6, "encoderLayer": 4, "decoderLayer": 2,
                "transformer": 1,
            ])
    }

    /// Which flags tell the padding of an input.
    private static let padding = [
        "key": "keyPresent", "memory": "memoryPresent", "source": "sourcePresent", "query": "present", "x": "present",
    ]

    private typealias Function = ([String: Tensor]) throws -> Tensor

    /// nil for cases of other rooms.
    private func subject(_ entry: Document.Case) throws -> (any Module, Function)? {
        switch entry.kind {
        case "attention":
            return (
                Nothing(),
                { x in
                    scaledDotProductAttention(
                        query: try #require(x["query"]), key: try #require(x["key"]), value: try #require(x["value"]),
                        mask: entry.mask("mask"), bias: x["bias"], isCausal: entry.isSet("isCausal"),
                        scale: entry.arguments["scale"]?.number)
                }
            )
        case "sinusoidal": return (Nothing(), { SinusoidalPositions()(try #require($0["x"])) })
        case "rotary":
            let pairs = RotaryPositions.Pairs(rawValue: entry.arguments["pairs"]?.text ?? "") ?? .halves
            let layer = RotaryPositions(pairs, base: entry.arguments["base"]?.number ?? 0)
            let start = Double(try #require(entry.integer("start")))
            return (
                Nothing(),
                { x in
                    let x = try #require(x["x"])
                    return layer(x, at: Tensor.range(x.shape[2]) + start)
                }
            )
        case "multiHead":
            let layer = MultiHeadAttention(
                try #require(entry.integer("width")), heads: try #require(entry.integer("heads")),
                keyHeads: entry.integer("keyHeads"), keyWidth: entry.integer("keyWidth"),
                valueWidth: entry.integer("valueWidth"), bias: entry.isSet("bias", default: true),
                projections: entry.isSet("separate") ? .separate : .packed,
                rotary: entry.arguments["rotary"]?.text.flatMap(RotaryPositions.Pairs.init).map { RotaryPositions($0) },
                dataType: .float64, key: key())
            return (
                layer,
                { x in
                    layer(
                        try #require(x["query"]), key: x["key"], value: x["value"],
                        present: entry.mask("keyPresent") ?? entry.mask("present"), isCausal: entry.isSet("isCausal"),
                        context: Context(.training))
                }
            )
        case "encoderLayer":
            let layer = TransformerEncoderLayer(try entry.configuration, key: key())
            return (
                layer, { layer(try #require($0["x"]), present: entry.mask("present"), context: Context(.training)) }
            )
        case "decoderLayer":
            let layer = TransformerDecoderLayer(try entry.configuration, key: key())
            return (
                layer,
                {
                    layer(
                        try #require($0["x"]), memory: try #require($0["memory"]),
                        memoryPresent: entry.mask("memoryPresent"), context: Context(.training))
                }
            )
        case "transformer":
            let layers = try #require(entry.integer("layers"))
            let model = Transformer(
                try entry.configuration, encoderLayers: layers, decoderLayers: layers, key: key())
            return (
                model,
                {
                    model(
                        source: try #require($0["source"]), target: try #require($0["target"]),
                        sourcePresent: entry.mask("sourcePresent"), context: Context(.training))
                }
            )
        default: return nil
        }
    }

    private func check(_ entry: Document.Case, _ module: any Module, _ function: Function) throws {
        try module.load(entry.parameters.mapValues(\.tensor))
        let inventory = module.inventory()
        let names = entry.gradients.keys.sorted()
        let points = inventory.trainable.map(\.parameter.value) + names.compactMap { entry.inputs[$0]?.tensor }
        let present = entry.mask("present")?.cast(to: .float64).expandingDimensions(at: 2)
        let result = try vectorJacobianProduct(
            of: { values in
                try inventory.substituting(parameters: Array(values.dropLast(names.count))) {
                    var inputs = entry.inputs.mapValues(\.tensor)
                    for (name, value) in zip(names, values.suffix(names.count)) { inputs[name] = value }
                    let output = try function(inputs)
                    return present.map { output * $0 } ?? output
                }
            }, at: points, upstream: entry.upstream.tensor)
        let what = "\(entry.kind) \(entry.arguments) \(entry.flags.keys.sorted())"
        expectClose(result.value, entry.output, 1e-12, what)
        for ((name, _), gradient) in zip(inventory.trainable, result.gradients) {
            expectClose(
                gradient, try #require(entry.parameterGradients[name]), 1e-11, "\(what), gradient of \(name)")
        }
        for (name, gradient) in zip(names, result.gradients.suffix(names.count)) {
            let expected = try #require(entry.gradients[name])
            guard let flags = Self.padding[name].flatMap(entry.mask) else {
                expectClose(gradient, expected, 1e-11, "\(what), gradient of \(name)")
                continue
            }
            // Padding gets no gradient here.
            let wanted = expected.tensor * flags.cast(to: .float64).expandingDimensions(at: 2)
            expectClose(gradient.doubles(), wanted.doubles(), 1e-11, "\(what), gradient of \(name)")
        }
    }
}
