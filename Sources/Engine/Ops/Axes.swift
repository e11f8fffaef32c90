/// Axes named in a call: one, several, or (nil) all. Negative axes count from the end.
public struct Axes: Sendable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    let list: [Int]
    public init(_ axes: [Int]) { list = axes }
    public init(integerLiteral value: Int) { list = [value] }
    public init(arrayLiteral elements: Int...) { list = elements }
    public static func axis(_ axis: Int) -> Axes { Axes([axis]) }
}
