extension OperationCase {
    private static let cube: Shape = [2, 3, 4]

    /// Many numbers to one.
    static let reductions: [OperationCase] = [
        one("sum", integers: true) { $0.sum() },
        one("sum along the first axis", on: cube, integers: true) { $0.sum(along: 0) },
        one("sum along the middle axis", on: cube, integers: true) { $0.sum(along: 1) },
        one("sum along the last axis", on: cube, integers: true) { $0.sum(along: -1, keepingDimensions: true) },
        one("sum along outer axes", on: cube, integers: true) { $0.sum(along: [0, 2]) },
        one("sum of a transpose", on: cube, integers: true) { $0.transposed().sum(along: [1, 2]) },
        one("mean", on: cube) { $0.mean() },
        one("mean along axes", on: cube) { $0.mean(along: [0, 2], keepingDimensions: true) },
        one("variance", on: cube) { $0.variance() },
        one("variance along an axis", on: cube) { $0.variance(along: 1, unbiased: true) },
        one("standard deviation", on: cube) { $0.standardDeviation(along: [0, 2]) },
        one("max", on: cube, .once, integers: true) { $0.max() },
        one("max along axes", on: cube, .once, integers: true) { $0.max(along: [0, 2]) },
        one("max along an axis", on: cube, .once, integers: true) { $0.max(along: 1, keepingDimensions: true) },
        one("min", on: cube, .once, integers: true) { $0.min() },
        one("min along an axis", on: cube, .once, integers: true) { $0.min(along: -1) },
        one("any", on: cube, .none, integers: true) { ($0 .> 1).any(along: 1) },
        one("any of all", on: cube, .none, integers: true) { ($0 .> 1).any() },
        one("all", on: cube, .none, integers: true) { ($0 .> 0).all(along: [0, 2]) },
        one("sum of flags", on: cube, .none, integers: true) { ($0 .> 1).sum(along: 1) },
        one("product", on: [5], integers: true) { $0.product() },
        one("product along an axis", on: cube, integers: true) { $0.product(along: 1) },
        one("product with a zero", on: [3, 5], integers: true) {
            ($0 * Tensor.range(5, dataType: $0.dataType)).product(along: 1)
        },
        one("product with two zeros", on: [3, 5], integers: true) {
            ($0 * Tensor.range(5, dataType: $0.dataType) * Tensor.range(5, dataType: $0.dataType).flipped(along: 0))
                .product(along: 1)
        },
        one("logSumExp", on: cube) { $0.logSumExp() },
        one("logSumExp along axes", on: cube) { $0.logSumExp(along: [0, 2], keepingDimensions: true) },
        one("softmax", on: cube) { $0.softmax() },
        one("softmax of large numbers", in: 700...720) { $0.softmax(along: 0) },
        one("logSoftmax", on: cube) { $0.logSoftmax(along: 1) },
        one("norm", on: cube) { $0.norm() },
        one("norm along an axis", on: cube) { $0.norm(along: 1) },
    ]

    /// Order along an axis.
    static let orders: [OperationCase] = [
        one("argmax", on: cube, .none, integers: true) { $0.argmax() },
        one("argmax along the first axis", on: cube, .none, integers: true) {
            $0.argmax(along: 0, keepingDimensions: true)
        },
        one("argmin", on: cube, .none, integers: true) { $0.argmin(along: 1) },
        one("cumulativeSum", on: cube, integers: true) { $0.cumulativeSum(along: 1).square() },
        one("cumulativeSum backward", on: cube, integers: true) { $0.cumulativeSum(along: -1, reverse: true) },
        one("cumulativeSum of earlier ones", on: cube, integers: true) { $0.cumulativeSum(along: 0, exclusive: true) },
        one("argsorted", on: cube, .none, integers: true) { $0.argsorted() },
        one("argsorted downward", on: cube, .none, integers: true) { $0.argsorted(along: 1, descending: true) },
        one("sorted", on: cube, .once, integers: true) { $0.sorted(along: 1) },
        one("sorted downward", on: cube, .once, integers: true) { $0.sorted(descending: true) },
        one("topK values", on: cube, .once, integers: true) { $0.topK(2).values },
        one("topK indices", on: cube, .none, integers: true) { $0.topK(2, along: 1).indices },
    ]

    /// The same numbers at other places.
    static let movements: [OperationCase] = [
        one("reshaped", on: cube, integers: true) { $0.reshaped(to: [4, -1]) * 2 },
        one("flattened", on: cube, integers: true) { $0.flattened() },
        one("transposed", integers: true) { $0.transposed() },
        one("transposed by a permutation", on: cube, integers: true) { $0.transposed([2, 0, 1]) },
        one("reshaped transpose", on: cube, integers: true) { $0.transposed([1, 0, 2]).reshaped(to: [6, 4]) },
        one("swappingAxes", on: cube, integers: true) { $0.swappingAxes(0, -1) },
        one("squeezed", on: [1, 3, 1], integers: true) { $0.squeezed() },
        one("squeezed along an axis", on: [1, 3, 1], integers: true) { $0.squeezed(along: -1) },
        one("expandingDimensions", integers: true) { $0.expandingDimensions(at: 1) },
        one("broadcast", on: [3, 1], integers: true) { $0.broadcast(to: [2, 3, 4]) },
        one("flipped", on: cube, integers: true) { $0.flipped(along: [0, -1]) },
        one("padded", integers: true) { $0.padded(low: [1, 0], high: [2, 3], value: 5) },
        two("concatenate", on: [2, 3], by: [2, 2], integers: true) { Tensor.concatenate([$0, $1, $0], along: 1) },
        two("stack", integers: true) { Tensor.stack([$0, $1.square()], along: 1) },
        one("split into sizes", on: cube, integers: true) { $0.split(sizes: [1, 3], along: 2)[1] },
        one("split into equal parts", on: cube, integers: true) { $0.split(into: 2, along: -1)[0] },
        one("tiled", on: [2, 3], integers: true) { $0.tiled([2, 2]) },
        one("triangleLower", on: cube, integers: true) { $0.triangleLower() },
        one("triangleUpper", on: cube, integers: true) { $0.triangleUpper(1) },
        one("diagonal", on: cube, integers: true) { $0.diagonal() },
        one("trace", integers: true) { $0.trace() },
        one("slice at a position", on: cube, integers: true) { $0[-1] },
        one("slice by ranges", on: cube, integers: true) { $0[.all, 1..<3, 1...2] },
        one("slice by open ranges", on: cube, integers: true) { $0[1..., ...1, ..<3] },
        one("slice by steps", on: [7, 5], integers: true) { $0[.stride(from: 1, by: 3), .stride(by: 2)] },
        one("slice by negative steps", on: [7, 5], integers: true) {
            $0[.stride(from: 5, to: 0, by: -2), .stride(by: -1)]
        },
        one("slice with an ellipsis", on: cube, integers: true) { $0[.ellipsis, 0] },
        one("slice with a new axis", on: cube, integers: true) { $0[.all, .newAxis, 0] },
        one("slice of nothing", on: cube, integers: true) { $0[.all, 2..<2] },
    ]

    /// Elements chosen by other tensors.
    static let choices: [OperationCase] = [
        indexed("gathered", [2, 3], -4...3, on: [[4, 3]]) { $0[1].gathered(at: $0[0]) },
        indexed("gathered along the last axis", [5], 0...2, on: [[4, 3]]) { $0[1].gathered(at: $0[0], along: -1) },
        indexed("gathered by int32", [5], 0...2, on: [[2, 3, 2]]) {
            $0[1].gathered(at: $0[0].cast(to: .int32), along: 1)
        },
        indexed("gatheredElements", [2, 3], -4...3, on: [[4, 3]]) { $0[1].gatheredElements(at: $0[0], along: 0) },
        indexed("gatheredElements in rows", [4, 2], 0...2, on: [[4, 3]]) {
            $0[1].gatheredElements(at: $0[0], along: 1)
        },
        indexed("scatterAdded", [5], -4...3, on: [[4, 3], [5, 3]]) { $0[1].scatterAdded($0[2], at: $0[0]) },
        indexed("scatterAdded to columns", [2, 2], 0...2, on: [[4, 3], [4, 2, 2]]) {
            $0[1].scatterAdded($0[2].square(), at: $0[0], along: 1)
        },
        indexed("scatterReplaced", [1], 0...3, on: [[4, 3], [1, 3]]) { $0[1].scatterReplaced($0[2], at: $0[0]) },
        indexed("scatterReplaced in columns", [1], 0...2, on: [[4, 3], [4, 1]]) {
            $0[1].scatterReplaced($0[2], at: $0[0], along: 1)
        },
        indexed("oneHot", [4], -1...5, on: [], .none) { $0[0].oneHot(5) },
        indexed("oneHot of integers", [2, 2], 0...3, on: [], .none) { $0[0].oneHot(4, dataType: .int64) },
    ]

    /// Made from nothing, or from a key.
    static let sources: [OperationCase] = [
        one("full", integers: true) { $0 + Tensor.full([3, 4], 3, dataType: $0.dataType) },
        one("zeros and ones", integers: true) { x in
            Tensor.stack([x, .zeros(x.shape, dataType: x.dataType), .ones(x.shape, dataType: x.dataType)])
        },
        one("range", on: [5], integers: true) { $0 * Tensor.range(5, dataType: $0.dataType) },
        one("linearSpace", on: [5]) { $0 * Tensor.linearSpace(from: 1, to: 2, count: 5, dataType: $0.dataType) },
        one("identity", on: [4, 4], integers: true) { $0 * Tensor.identity(4, dataType: $0.dataType) },
        one("randomUniform", on: [3, 7]) {
            $0 * Tensor.randomUniform([3, 7], in: -1..<2, key: RandomKey(seed: 5), dataType: $0.dataType)
        },
        one("randomNormal", on: [3, 7]) {
            $0
                + Tensor.randomNormal(
                    [3, 7], mean: 1, standardDeviation: 2, key: RandomKey(seed: 5).split(3), dataType: $0.dataType)
        },
        one("randomBits", on: [], .none) { _ in Tensor.randomBits([9], key: RandomKey(seed: 5)) },
        indexed("random from a key tensor", [], 0...99, on: [], .none) {
            Tensor.randomUniform([5], key: RandomKey(tensor: $0[0]))
        },
    ]
}
