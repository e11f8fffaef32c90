internal import ThalwegEngine

/// The embedded data set `digits`: 1,797 images of 8x8 pixels (0 to 16, uint8) of handwritten digits 0 to 9.
///
/// The test part of "Optical Recognition of Handwritten Digits" by E. Alpaydin and C. Kaynak (1998), UCI Machine
/// Learning Repository, <https://doi.org/10.24432/C50P49>, licensed under Creative Commons Attribution 4.0
/// International (CC BY 4.0, <https://creativecommons.org/licenses/by/4.0/>). The pixels are counts of ink in 4x4 blocks
/// of 32x32 bitmaps; order and values are unchanged. There is no test set of its own: `Split` takes dev and test
/// examples from it, class by class.
public enum Digits {
    public static let count = 1797

    /// Images `[1797, 8, 8]` (uint8) and labels `[1797]` (uint8).
    public static var examples: Examples {
        let images = Tensor(shape: [count, 8, 8], dataType: .uint8) { target in
            decode { index, label, pixels in
                for (place, pixel) in pixels.enumerated() { target[index * 64 + place] = value(pixel) }
            }
        }
        let labels = Tensor(shape: [count], dataType: .uint8) { target in
            decode { index, label, pixels in target[index] = label &- 48 }
        }
        return .arrays(inputs: images, targets: labels)
    }

    static func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        text.withUTF8Buffer { body(UnsafeRawBufferPointer($0)) }
    }

    private static func value(_ digit: UInt8) -> UInt8 { digit < 65 ? digit &- 48 : digit &- 55 }

    /// Calls `body` for every line with its place, the label's character and the pixels' characters.
    private static func decode(_ body: (Int, UInt8, Slice<UnsafeBufferPointer<UInt8>>) -> Void) {
        text.withUTF8Buffer { bytes in
            for index in 0..<count {
                let start = index * 66  // label, 64 pixels, line break
                body(index, bytes[start], bytes[(start + 1)..<(start + 65)])
            }
        }
    }
}
