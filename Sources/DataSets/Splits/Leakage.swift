internal import ThalwegEngine

/// Looks for examples whose inputs stand in two parts: they make an evaluation look better than it is.
enum Leakage {
    static func notes(_ partition: Partition) -> [String] {
        let train = Set(digests(partition.train))
        var notes: [String] = []
        for (name, part) in [("dev", partition.dev), ("test", partition.test)] {
            guard let part else { continue }
            let doubled = digests(part).count { train.contains($0) }
            guard doubled > 0 else { continue }
            notes.append(
                "\(grouped(doubled)) of \(grouped(part.count)) \(name) examples have the same inputs as a training example (duplicates)"
            )
        }
        return notes
    }

    /// A digest of each row's inputs. Equal rows have equal digests in every table with the same columns.
    private static func digests(_ part: Part) -> [UInt64] {
        switch part.examples {
        case .table(let table):
            var digests = [UInt64](repeating: 0x9E37_79B9_7F4A_7C15, count: part.rows.count)
            for (index, column) in table.columns.enumerated() where index != table.target {
                switch column.values {
                case .numbers(let numbers):
                    for (place, row) in part.rows.enumerated() {
                        let number = numbers[row]
                        digests[place] = mix(digests[place], number.isNaN ? 1 : (number + 0).bitPattern)
                    }
                case .categories(let codes, let dictionary):
                    let texts = dictionary.map { text in
                        var text = text
                        return text.withUTF8 { Fingerprint.xxh64(UnsafeRawBufferPointer($0), seed: 7) }
                    }
                    for (place, row) in part.rows.enumerated() {
                        digests[place] = mix(digests[place], codes[row] < 0 ? 1 : texts[Int(codes[row])])
                    }
                }
            }
            return digests
        case .arrays(let inputs, _):
            return inputs.withBytes { bytes in
                let size = bytes.count / max(inputs.shape[0], 1)
                return part.rows.map { row in
                    Fingerprint.xxh64(
                        UnsafeRawBufferPointer(rebasing: bytes[(row * size)..<((row + 1) * size)]), seed: 7)
                }
            }
        }
    }

    private static func mix(_ digest: UInt64, _ value: UInt64) -> UInt64 {
        let (high, low) = (digest ^ value ^ 0x2D35_8DCC_AA6C_78A5).multipliedFullWidth(by: 0x8BB8_4B93_962E_ACC9)
        return (high ^ low) &+ value
    }
}
