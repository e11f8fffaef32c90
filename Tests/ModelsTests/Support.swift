import TestSupport
import Testing
import ThalwegEngine
import ThalwegNetworks

/// A case of Tests/Fixtures/attention.json.
struct ModelCase: Decodable {
    let kind: String
    let arguments: [String: Int]
    let inputs, flags, parameters, parameterGradients: [String: Packed]
    let output, upstream: Packed

    func argument(_ name: String) throws -> Int { try #require(arguments[name]) }

    func input(_ name: String) throws -> Tensor { try #require(inputs[name]).tensor.cast(to: .int64) }

    static func named(_ kind: String) throws -> ModelCase {
        struct Kind: Decodable { let kind: String }
        struct Cases<Case: Decodable>: Decodable { let cases: [Case] }
        /// Cases of other rooms have other arguments.
        struct Maybe: Decodable {
            let value: ModelCase?
            init(from decoder: any Decoder) throws { value = try? ModelCase(from: decoder) }
        }
        let cases = try fixture("attention.json", as: Cases<Maybe>.self).cases.compactMap(\.value)
        return try #require(cases.first { $0.kind == kind })
    }

    /// Loads the parameters by their names, and compares output and gradients.
    func check(_ model: some Module, _ output: (Context) throws -> Tensor) throws {
        try model.load(parameters.mapValues(\.tensor))
        let inventory = model.inventory()
        let result = try vectorJacobianProduct(
            of: { values in try inventory.substituting(parameters: values) { try output(Context(.training)) } },
            at: inventory.trainable.map(\.parameter.value), upstream: upstream.tensor)
        expectClose(result.value, self.output.tensor, 1e-12, "\(kind)")
        for ((name, _), gradient) in zip(inventory.trainable, result.gradients) {
            expectClose(gradient, try #require(parameterGradients[name]).tensor, 1e-11, "\(kind), \(name)")
        }
    }
}
