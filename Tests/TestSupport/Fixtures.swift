import Foundation
public import Testing
public import ThalwegEngine

/// A value of a JSON document.
public enum JSON: Decodable, Sendable {
    case number(Double), text(String), flag(Bool), array([JSON]), object([String: JSON]), null

    public init(from decoder: any Decoder) throws {
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

    public var number: Double? { if case .number(let value) = self { value } else { nil } }
    public var text: String? { if case .text(let value) = self { value } else { nil } }
    public var flag: Bool? { if case .flag(let value) = self { value } else { nil } }
}

/// A tensor as the generators in Tests/Fixtures write it.
public struct Packed: Decodable, Sendable {
    public let dtype: String?
    public let shape: [Int]
    public let data: [Double]

    public var tensor: Tensor {
        dtype == "int64" ? Tensor(data.map { Int64($0) }, shape: Shape(shape)) : Tensor(data, shape: Shape(shape))
    }
}

/// A JSON document of Tests/Fixtures.
public func fixture<T: Decodable>(_ name: String, as type: T.Type = T.self) throws -> T {
    try JSONDecoder().decode(T.self, from: Data(contentsOf: fixtureFile(name)))
}

/// Every element within the tolerance, relative to its size where that is above 1.
public func expectClose(
    _ found: Tensor, _ expected: Packed, _ tolerance: Double = 1e-12, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard found.shape == Shape(expected.shape) else {
        Issue.record("\(what): shape \(found.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
        return
    }
    expectClose(found.doubles(), expected.data, tolerance, what, sourceLocation: sourceLocation)
}

public func expectClose(
    _ found: Tensor, _ expected: Tensor, _ tolerance: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard found.shape == expected.shape else {
        Issue.record("\(what): shape \(found.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
        return
    }
    expectClose(found.doubles(), expected.doubles(), tolerance, what, sourceLocation: sourceLocation)
}

public func expectClose(
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
