extension TrainingConfiguration {
    /// Every setting that has a value, by key, as `--set` takes it; those chosen automatically are left out.
    public var values: [(key: String, value: String)] {
        Setting.all.compactMap { setting in setting.read(self).map { (setting.key, $0.plain) } }
    }
}

extension SettingValue {
    /// As `--set` takes it.
    fileprivate var plain: String {
        switch self {
        case .string(let value), .text(let value): value
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .list(let values): values.map(\.plain).joined(separator: ",")
        }
    }
}
