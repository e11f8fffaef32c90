/// 12345 as 12,345.
package func grouped(_ count: Int) -> String {
    var digits = Array(String(count.magnitude))
    var place = digits.count - 3
    while place > 0 {
        digits.insert(",", at: place)
        place -= 3
    }
    return (count < 0 ? "-" : "") + String(digits)
}

/// A number of things: `1 example`, `1,234 examples`.
package func counted(_ count: Int, _ thing: String) -> String {
    "\(grouped(count)) \(thing)\(count == 1 ? "" : "s")"
}
