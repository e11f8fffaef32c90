import Foundation
import Testing
import ThalwegEngine
import ThalwegNetworks

/// A value of a JSON document.
enum JSON: Decodable, Sendable {
    case number(Double), text(String), flag(Bool), array([JSON]), object([String: JSON]), null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    var number: Double? { if case .number(let value) = self { value } else { nil } }
    var text: String? { if case .text(let value) = self { value } else { nil } }
    var flag: Bool? { if case .flag(let value) = self { value } else { nil } }
}

/// A tensor as the generators in Tests/Fixtures write it.
struct Packed: Decodable, Sendable {
    let dtype: String
    let shape: [Int]
    let data: [Double]

    var tensor: Tensor {
        dtype == "int64" ? Tensor(data.map { Int64($0) }, shape: Shape(shape)) : Tensor(data, shape: Shape(shape))
    }
}

func fixture<T: Decodable>(_ name: String, as type: T.Type = T.self) throws -> T {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appendingPathComponent("Fixtures").appendingPathComponent(name))
    return try JSONDecoder().decode(T.self, from: data)
}

/// Every element within the tolerance, relative to its size where that is above 1.
func expectClose(
    _ found: Tensor, _ expected: Packed, _ tolerance: Double = 1e-12, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard found.shape == Shape(expected.shape) else {
        Issue.record("\(what): shape \(found.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
        return
    }
    expectClose(found.doubles(), expected.data, tolerance, what, sourceLocation: sourceLocation)
}

func expectClose(
    _ found: [Double], _ expected: [Double], _ tolerance: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard found.count == expected.count else {
        Issue.record("\(what): \(found.count) numbers, expected \(expected.count)", sourceLocation: sourceLocation)
        return
    }
    for (index, (a, b)) in zip(found, expected).enumerated() where !(abs(a - b) <= tolerance * max(1, abs(b))) {
        Issue.record("\(what): element \(index) is \(a), expected \(b)", sourceLocation: sourceLocation)
        return
    }
}

func key(_ seed: UInt64 = 1) -> RandomKey { RandomKey(seed: seed) }
