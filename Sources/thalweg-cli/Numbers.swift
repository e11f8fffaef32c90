import ArgumentParser
import ThalwegTraining

extension [String] {
    /// Adds a word of the command line. A negative number after an option is its value, not an option of its own.
    mutating func appendArgument(_ word: String) {
        if let option = last, option.hasPrefix("--"), option.count > 2, !option.contains("="), word.hasPrefix("-"),
            Double(word) != nil
        {
            self[count - 1] = option + "=" + word
        } else {
            append(word)
        }
    }
}

/// Reads a whole number, for options that are no settings.
func wholeNumber(atLeast least: Int, atMost most: Int = Setting.manyWhole) -> @Sendable (String) throws -> Int {
    { text in
        if let number = Int(text), (least...most).contains(number) { return number }
        let isWhole = !text.isEmpty && text.drop { $0 == "-" || $0 == "+" }.allSatisfy { ("0"..."9").contains($0) }
        throw ValidationError(
            (isWhole ? "out of range, " : "no whole number, ") + "it must be from \(least) to \(most)")
    }
}

/// Reads a number above 0, for options that are no settings.
@Sendable func positiveNumber(_ text: String) throws -> Double {
    guard let number = Double(text) else { throw ValidationError("no number, it must be above 0") }
    guard number > 0, number.isFinite else { throw ValidationError("out of range, it must be above 0 and finite") }
    return number
}
