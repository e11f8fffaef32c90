internal import Foundation

/// Finds the class a label means when it is spelled a little differently than in the training data.
struct LabelMatch {
    private let exact: [String: Int]
    /// For each looser spelling, strictest first: the classes by it, or nil where two classes share it.
    private let loose: [[String: Int?]]
    private static let levels: [@Sendable (String) -> String] = [
        { $0.trimmed.lowercased() },
        { $0.lowercased().trimmingCharacters(in: LabelMatch.border) },
        { LabelMatch.unspaced($0.lowercased().trimmingCharacters(in: LabelMatch.border)) },
    ]
    private static let border = CharacterSet.whitespacesAndNewlines.union(CharacterSet(charactersIn: ".,;:!?\"'`"))

    init(_ classes: [String]) {
        exact = Dictionary(classes.enumerated().map { ($1, $0) }) { first, _ in first }
        loose = Self.levels.map { spelling in
            var byKey: [String: Int?] = [:]
            for (index, name) in classes.enumerated() {
                let key = spelling(name)
                byKey.updateValue(byKey[key] == nil ? index : nil, forKey: key)
            }
            return byKey
        }
    }

    /// The class, and whether the label is spelled exactly so. Numbers match by value.
    func match(_ label: String) -> (index: Int, isExact: Bool)? {
        if let index = exact[label] { return (index, true) }
        for (level, spelling) in Self.levels.enumerated() {
            if case let index?? = loose[level][spelling(label)] { return (index, false) }
        }
        if let number = Double(label.trimmed), let index = exact[number.shortText] { return (index, true) }
        return nil
    }

    private static func unspaced(_ text: String) -> String {
        String(text.filter { !($0.isWhitespace || $0 == "_" || $0 == "-") })
    }
}
