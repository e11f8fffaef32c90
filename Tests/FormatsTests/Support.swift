import ThalwegEngine

/// The values the generator gives element 0, 1, … of an array of this NumPy type.
func expectedValues(_ type: String, count: Int) -> [Double] {
    (0..<count).map { index in
        switch type.first {
        case "f": Double(index) / 2 - 1
        case "i": Double(index - 2)
        case "u": Double(index)
        default: Double(index % 2)
        }
    }
}

/// The engine's type an array of this NumPy type becomes.
func loadedType(_ type: String) -> DataType {
    switch type {
    case "f8": .float64
    case "f4": .float32
    case "f2": .float16
    case "i8", "u8", "u4": .int64
    case "i4", "i2", "i1", "u2": .int32
    case "u1": .uint8
    default: .bool
    }
}

let numpyTypes = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "b1"]

/// Little-endian bytes of a number.
func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
}
