/// A setting that cannot be used, from a configuration file or the command line.
///
/// `description` is one line that names the file (if any), the key, what was found and what would do.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The configuration file, or nil for settings given on the command line.
    public var file: String?
    /// The line of the file, counted from 1, where known.
    public var line: Int?
    /// The key at fault, where one is.
    public var key: String?
    /// What is wrong, as the end of a sentence that starts with the key.
    public var problem: String

    public init(file: String? = nil, line: Int? = nil, key: String? = nil, problem: String) {
        self.file = file
        self.line = line
        self.key = key
        self.problem = problem
    }

    public var description: String {
        var place = file ?? ""
        if let line { place += ":\(line)" }
        let head = place.isEmpty ? "" : place + ": "
        guard let key else { return head + problem }
        return head + "setting '\(key)' \(problem)"
    }
}
