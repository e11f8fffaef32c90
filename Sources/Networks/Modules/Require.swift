internal import ThalwegEngine

/// Traps on a programming mistake, with the caller's place. (`precondition` drops its message in release builds.)
package func require(
    _ condition: Bool, _ problem: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
    if !condition { fatalError(problem(), file: file, line: line) }
}

/// A layer's input must end in an axis of the size it was built for.
func requireFeatures(_ x: Tensor, _ features: Int, _ layer: some Layer) {
    require(
        x.shape.last == features,
        "\(layer.summary): the input has shape \(x.shape), its last axis must be \(features)")
}
