internal import ThalwegEngine

/// The safetensors format: named tensors behind a JSON header, no code.
///
/// Layout: 8 bytes little-endian header length, the header (`{"name": {"dtype", "shape", "data_offsets"}, …}` and an
/// optional `__metadata__` of strings), then the tensors' bytes without gaps or overlaps.
public enum SafeTensors {
    /// The longest header read: 100 MB, as other readers.
    static let longestHeader = 100_000_000
    static let metadataKey = "__metadata__"

    static func dataTypeName(_ type: DataType) -> String {
        switch type {
        case .float64: "F64"
        case .float32: "F32"
        case .float16: "F16"
        case .bfloat16: "BF16"
        case .int64: "I64"
        case .int32: "I32"
        case .uint8: "U8"
        case .bool: "BOOL"
        }
    }

    static func storedType(_ name: String) -> StoredType? {
        switch name {
        case "F64": .float64
        case "F32": .float32
        case "F16": .float16
        case "BF16": .bfloat16
        case "I64": .int64
        case "I32": .int32
        case "I16": .int16
        case "I8": .int8
        case "U64": .uint64
        case "U32": .uint32
        case "U16": .uint16
        case "U8": .uint8
        case "BOOL": .bool
        default: nil
        }
    }
}
