import Foundation
import TestSupport
import Testing
import ThalwegEngine

/// One entry of ops.json: inputs, and what another framework made of them.
struct Fixture: CustomTestStringConvertible, @unchecked Sendable {  // JSON values, read only
    let name: String
    let arguments: [String: Any]
    let inputs: [Tensor]
    let outputs: [Tensor]
    let upstreams: [Tensor?]
    let gradients: [Tensor?]

    var testDescription: String { "\(name) \(inputs.map(\.shape)) \(arguments)" }

    static let all: [Fixture] = {
        let url = fixtureFile("ops.json")
        guard let data = try? Data(contentsOf: url),
            let document = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            let cases = document["cases"] as? [[String: Any]]
        else { fatalError("\(url.path()) cannot be read") }
        return cases.map(Fixture.init)
    }()

    private init(_ entry: [String: Any]) {
        func tensors(_ key: String) -> [Tensor?] { (entry[key] as? [Any] ?? []).map(Fixture.tensor) }
        name = entry["op"] as? String ?? ""
        arguments = entry["arguments"] as? [String: Any] ?? [:]
        inputs = tensors("inputs").compactMap { $0 }
        outputs = tensors("outputs").compactMap { $0 }
        upstreams = tensors("upstreams")
        gradients = tensors("gradients")
    }

    private static func tensor(_ value: Any) -> Tensor? {
        guard let entry = value as? [String: Any], let shape = entry["shape"] as? [Int],
            let data = entry["data"] as? [NSNumber]
        else { return nil }
        switch entry["dtype"] as? String {
        case "bool": return Tensor(data.map(\.boolValue), shape: Shape(shape))
        case "int64": return Tensor(data.map(\.intValue), shape: Shape(shape))
        default: return Tensor(data.map(\.doubleValue), shape: Shape(shape))
        }
    }

    func int(_ key: String) -> Int? { (arguments[key] as? NSNumber)?.intValue }
    func double(_ key: String) -> Double? { (arguments[key] as? NSNumber)?.doubleValue }
    func ints(_ key: String) -> [Int]? { arguments[key] as? [Int] }
    func flag(_ key: String) -> Bool { (arguments[key] as? NSNumber)?.boolValue ?? false }
    var axes: Axes? { ints("along").map { Axes($0) } }
    /// The entries of a subscript.
    var slices: [any TensorIndexConvertible] {
        (arguments["entries"] as? [Any] ?? []).map { entry -> any TensorIndexConvertible in
            if let range = entry as? [Int] { return TensorIndex.stride(from: range[0], to: range[1], by: range[2]) }
            if let position = entry as? Int { return position }
            switch entry as? String {
            case "ellipsis": return TensorIndex.ellipsis
            case "newAxis": return TensorIndex.newAxis
            default: return TensorIndex.all
            }
        }
    }
}

@Suite struct FixtureTests {
    @Test(arguments: Fixture.all)
    func agrees(_ fixture: Fixture) {
        guard let function = fixture.function else {
            Issue.record("no operation is called \(fixture.name)")
            return
        }
        let found = function(fixture.inputs)
        #expect(found.count == fixture.outputs.count)
        for (output, expected) in zip(found, fixture.outputs) {
            expectClose(output.cast(to: expected.dataType), expected, tolerance: 1e-12, fixture.testDescription)
        }
        guard fixture.upstreams.contains(where: { $0 != nil }) else { return }
        let points = fixture.inputs.filter { $0.dataType == .float64 }
        let (_, gradients) = valueAndGradient(
            of: { points in
                var rest = points[...]
                let results = function(fixture.inputs.map { $0.dataType == .float64 ? rest.removeFirst() : $0 })
                let sums = zip(results, fixture.upstreams).compactMap { result, upstream in
                    upstream.map { (result * $0).sum() }
                }
                return sums.dropFirst().reduce(sums[0], +)
            }, at: points)
        let expected = zip(fixture.inputs, fixture.gradients).filter { $0.0.dataType == .float64 }.map(\.1)
        for (gradient, expected) in zip(gradients, expected) {
            guard let expected else { continue }
            expectClose(gradient, expected, tolerance: 1e-12, "gradient of \(fixture.testDescription)")
        }
    }

    @Test func everyOperationIsThere() { #expect(Fixture.all.count > 250) }
}
