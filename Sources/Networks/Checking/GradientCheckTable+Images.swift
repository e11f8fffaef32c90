internal import ThalwegEngine

extension GradientCheckTable {
    /// Layers over images.
    static let imageLayers: [GradientCheckCase] = [
        layer("Convolution", [2, 5, 4, 3]) {
            Convolution(3, 4, kernel: [3, 3], strides: [2, 1], padding: .same, dataType: .float64, key: $0)
        },
        layer("Convolution", [2, 7, 4]) {
            Convolution(
                4, 6, kernel: [3], padding: .explicit(low: [2], high: [0]), dilations: [2], groups: 2, bias: false,
                dataType: .float64, key: $0)
        },
        layer("Convolution", [1, 3, 3, 4, 2]) {
            Convolution.depthwise(2, multiplier: 2, kernel: [2, 2, 2], dataType: .float64, key: $0)
        },
        layer("TransposedConvolution", [2, 3, 2, 4]) {
            TransposedConvolution(
                4, 2, kernel: [3, 3], strides: [2, 2], padding: .symmetric([1, 1]), outputPadding: [1, 0], groups: 2,
                dataType: .float64, key: $0)
        },
        layer("MaxPool", [2, 5, 4, 3]) { _ in MaxPool([3, 2], strides: [2, 1], padding: .same) },
        layer("AveragePool", [2, 5, 4, 3]) { _ in AveragePool([3, 2], strides: [2, 1], padding: .same) },
        layer("AveragePool", [2, 7, 3]) { _ in AveragePool([3], padding: .same, countsPadding: false) },
        layer("GlobalAveragePool", [2, 3, 4, 2]) { _ in GlobalAveragePool() },
        layer("AdaptiveAveragePool", [2, 5, 4, 2]) { _ in AdaptiveAveragePool([3, 2]) },
        layer("Upsample", [1, 3, 2, 2]) { _ in Upsample([2, 3]) },
        layer("Upsample", [1, 3, 2, 2]) { _ in Upsample([2, 3], .linear) },
        layer("Flatten", [2, 3, 2, 2]) { _ in Flatten() },
    ]
}
