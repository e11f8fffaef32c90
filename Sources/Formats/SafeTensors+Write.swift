public import Foundation
public import ThalwegEngine

extension SafeTensors {
    /// Writes the tensors in the order given, atomically: `url` shows the earlier file or the whole new one.
    ///
    /// The header is padded with spaces so that the data begin at a multiple of 64 bytes. The same tensors and metadata
    /// give the same bytes.
    ///
    /// - Throws: `DataError` for a name given twice, and when writing fails.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to url: URL
    ) throws {
        let header = try header(tensors, metadata: metadata, file: url.relativePath)
        try writeAtomically(url) { writer in
            var length = UInt64(header.count).littleEndian
            try withUnsafeBytes(of: &length) { try writer.write($0) }
            try writer.write(header)
            for (_, tensor) in tensors { try tensor.withBytes { try writer.write($0) } }
        }
    }

    private static func header(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String], file: String
    ) throws -> [UInt8] {
        var seen: Set<String> = [metadataKey]
        var parts: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\($0.key.jsonQuoted):\($0.value.jsonQuoted)" }
            parts.append("\(metadataKey.jsonQuoted):{\(pairs.joined(separator: ","))}")
        }
        var offset = 0
        for (name, tensor) in tensors {
            guard seen.insert(name).inserted else {
                throw DataError(.malformed, file: file, tensor: name, "two tensors have this name")
            }
            let end = offset + tensor.shape.elementCount * tensor.dataType.size
            let shape = tensor.shape.dimensions.map(String.init).joined(separator: ",")
            parts.append(
                "\(name.jsonQuoted):{\"dtype\":\"\(dataTypeName(tensor.dataType))\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
            )
            offset = end
        }
        var header = Array("{\(parts.joined(separator: ","))}".utf8)
        header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (64 - (8 + header.count) % 64) % 64))
        return header
    }
}

extension String {
    /// As a JSON string, quotes included.
    fileprivate var jsonQuoted: String {
        var quoted = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 0x20:
                let code = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - code.count) + code
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
