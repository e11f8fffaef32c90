/// The type of a tensor's elements.
///
/// Types never promote between integers and floating numbers on their own: mixing `int32` and `float32` in one operation
/// traps and asks for a `cast(to:)`. The raw value is the name used in files and messages.
public enum DataType: String, Sendable, Hashable, Codable, CaseIterable {
    case float32, float64, float16, bfloat16, int32, int64, uint8, bool

    /// Bytes an element takes.
    public var size: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16: 2
        case .uint8, .bool: 1
        }
    }

    public var isFloatingPoint: Bool {
        switch self {
        case .float32, .float64, .float16, .bfloat16: true
        case .int32, .int64, .uint8, .bool: false
        }
    }

    /// Whole numbers; `bool` is not one.
    public var isInteger: Bool {
        switch self {
        case .int32, .int64, .uint8: true
        case .float32, .float64, .float16, .bfloat16, .bool: false
        }
    }
}

/// A Swift type that can fill a tensor and be read back from one.
public protocol TensorScalar: Sendable, BitwiseCopyable {
    static var dataType: DataType { get }
}

extension Float: TensorScalar { public static var dataType: DataType { .float32 } }
extension Double: TensorScalar { public static var dataType: DataType { .float64 } }
extension Int32: TensorScalar { public static var dataType: DataType { .int32 } }
extension Int64: TensorScalar { public static var dataType: DataType { .int64 } }
extension Int: TensorScalar { public static var dataType: DataType { .int64 } }
extension UInt8: TensorScalar { public static var dataType: DataType { .uint8 } }
extension Bool: TensorScalar { public static var dataType: DataType { .bool } }
