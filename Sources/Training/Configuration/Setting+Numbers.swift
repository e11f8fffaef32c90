/// A range of numbers with the words that tell it.
struct NumberRange: Sendable {
    var words: String
    var contains: @Sendable (Double) -> Bool

    static let positive = NumberRange(words: "a positive number") { $0 > 0 }
    static let nonNegative = NumberRange(words: "a number of at least 0") { $0 >= 0 }
    static let fraction = NumberRange(words: "a number from 0 to below 1") { $0 >= 0 && $0 < 1 }
    static let probability = NumberRange(words: "a number above 0 and up to 1") { $0 > 0 && $0 <= 1 }
}

extension Setting {
    static func number(
        _ key: String, _ group: Group, _ path: Path<Double>, _ range: NumberRange, _ help: String
    ) -> Setting {
        Setting(
            key: key, group: group, help: help, form: range.words,
            read: { .number($0[keyPath: path]) },
            write: { configuration, value in
                guard let number = value?.asNumber, range.contains(number) else { return false }
                configuration[keyPath: path] = number
                return true
            }, absent: nil, numerals: .real)
    }

    static func number(
        _ key: String, _ group: Group, _ path: Path<Double?>, _ range: NumberRange, absent: String, _ help: String
    ) -> Setting {
        Setting(
            key: key, group: group, help: help, form: range.words,
            read: { $0[keyPath: path].map(SettingValue.number) },
            write: { configuration, value in
                guard let value else {
                    configuration[keyPath: path] = nil
                    return true
                }
                guard let number = value.asNumber, range.contains(number) else { return false }
                configuration[keyPath: path] = number
                return true
            }, absent: absent, numerals: .real)
    }

    /// Counts that are multiplied with others stay far from what an `Int` holds.
    package static let manyWhole = 1_000_000_000
    /// Beyond any machine of today; scratch memory grows with it.
    package static let mostThreads = 4_096

    private static func form(from lowest: Int, to highest: Int) -> String {
        highest == .max ? "a whole number of at least \(lowest)" : "a whole number from \(lowest) to \(highest)"
    }

    static func integer(
        _ key: String, _ group: Group, _ path: Path<Int>, from lowest: Int, to highest: Int = manyWhole, _ help: String
    ) -> Setting {
        Setting(
            key: key, group: group, help: help, form: form(from: lowest, to: highest),
            read: { .integer($0[keyPath: path]) },
            write: { configuration, value in
                guard let integer = value?.asInteger, (lowest...highest).contains(integer) else { return false }
                configuration[keyPath: path] = integer
                return true
            }, absent: nil, numerals: .whole)
    }

    static func integer(
        _ key: String, _ group: Group, _ path: Path<Int?>, from lowest: Int, to highest: Int = manyWhole,
        absent: String, _ help: String
    ) -> Setting {
        Setting(
            key: key, group: group, help: help, form: form(from: lowest, to: highest),
            read: { $0[keyPath: path].map(SettingValue.integer) },
            write: { configuration, value in
                guard let value else {
                    configuration[keyPath: path] = nil
                    return true
                }
                guard let integer = value.asInteger, (lowest...highest).contains(integer) else { return false }
                configuration[keyPath: path] = integer
                return true
            }, absent: absent, numerals: .whole)
    }

    static func integers(
        _ key: String, _ group: Group, _ path: Path<[Int]?>, absent: String, _ help: String
    ) -> Setting {
        Setting(
            key: key, group: group, help: help, form: "whole numbers from 1 to \(1 << 24) with commas between",
            read: { $0[keyPath: path].map { .list($0.map(SettingValue.integer)) } },
            write: { configuration, value in
                guard let value else {
                    configuration[keyPath: path] = nil
                    return true
                }
                guard let list = value.asList else { return false }
                let integers = list.compactMap(\.asInteger)
                guard integers.count == list.count, integers.allSatisfy({ $0 >= 1 && $0 <= 1 << 24 }) else {
                    return false
                }
                configuration[keyPath: path] = integers
                return true
            }, absent: absent, numerals: .whole)
    }

    static func numbers(
        _ key: String, _ group: Group, _ path: Path<[Double]?>, _ range: NumberRange, absent: String, form: String,
        _ help: String, check: @escaping @Sendable ([Double]) -> Bool = { !$0.isEmpty }
    ) -> Setting {
        Setting(
            key: key, group: group, help: help, form: form,
            read: { $0[keyPath: path].map { .list($0.map(SettingValue.number)) } },
            write: { configuration, value in
                guard let value else {
                    configuration[keyPath: path] = nil
                    return true
                }
                guard let list = value.asList else { return false }
                let numbers = list.compactMap(\.asNumber)
                guard numbers.count == list.count, numbers.allSatisfy(range.contains), check(numbers) else {
                    return false
                }
                configuration[keyPath: path] = numbers
                return true
            }, absent: absent, numerals: .real)
    }
}
