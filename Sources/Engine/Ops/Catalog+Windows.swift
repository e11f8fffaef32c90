extension OperationCase {
    /// Windows over images.
    static let windows: [OperationCase] = [
        two("convolution", on: [2, 5, 6, 3], by: [4, 3, 3, 3]) { convolution($0, $1) },
        two("convolution with strides and padding", on: [2, 5, 6, 3], by: [4, 3, 3, 2]) {
            convolution($0, $1, strides: [2, 1], padding: .explicit(low: [1, 0], high: [2, 1]))
        },
        two("convolution of the same size", on: [1, 5, 4, 2], by: [3, 2, 3, 2]) {
            convolution($0, $1, padding: .same)
        },
        two("convolution with dilations", on: [1, 7, 7, 2], by: [2, 2, 3, 3]) {
            convolution($0, $1, padding: .symmetric([2, 1]), dilations: [2, 3])
        },
        two("convolution in groups", on: [2, 4, 4, 6], by: [4, 3, 3, 3]) {
            convolution($0, $1, padding: .same, groups: 2)
        },
        two("convolution of each channel", on: [2, 5, 5, 4], by: [8, 1, 3, 3]) {
            convolution($0, $1, strides: [2, 2], padding: .same, groups: 4)
        },
        two("convolution of 1 by 1", on: [2, 3, 4, 5], by: [6, 5, 1, 1]) { convolution($0, $1) },
        two("convolution of sixteen channels", on: [2, 4, 5, 16], by: [16, 16, 3, 3], .none) {
            convolution($0, $1, padding: .same)
        },
        two("convolution of sequences", on: [2, 7, 3], by: [4, 3, 3]) { convolution($0, $1, strides: [2]) },
        two("convolution of volumes", on: [1, 3, 4, 4, 2], by: [3, 2, 2, 2, 3]) {
            convolution($0, $1, padding: .same)
        },
        two("convolution with padding cut off", on: [1, 6, 6, 2], by: [2, 2, 3, 3]) {
            convolution($0, $1, padding: .explicit(low: [-1, 1], high: [0, -2]))
        },
        two("convolution of nothing", on: [0, 4, 4, 2], by: [3, 2, 3, 3]) { convolution($0, $1) },
        two("transposedConvolution", on: [2, 3, 3, 4], by: [4, 2, 3, 3]) {
            transposedConvolution($0, $1, strides: [2, 2], padding: .symmetric([1, 1]), outputPadding: [1, 0])
        },
        two("transposedConvolution in groups", on: [1, 3, 4, 4], by: [4, 3, 2, 2]) {
            transposedConvolution($0, $1, strides: [2, 2], padding: .same, groups: 2)
        },
        two("transposedConvolution of sequences", on: [2, 4, 3], by: [3, 2, 3]) {
            transposedConvolution($0, $1, dilations: [2])
        },
        one("maxPooled", on: [2, 4, 6, 3], .once) { $0.maxPooled(window: [2, 2]) },
        one("maxPooled with overlap and padding", on: [2, 5, 5, 2], .once) {
            $0.maxPooled(window: [3, 3], strides: [2, 1], padding: .explicit(low: [1, 0], high: [1, 2]))
        },
        one("maxPooled with dilations", on: [1, 7, 6, 2], .once) {
            $0.maxPooled(window: [2, 3], strides: [1, 1], dilations: [3, 2])
        },
        one("maxPooled of many channels", on: [1, 4, 4, 300], .none) {
            $0.maxPooled(window: [3, 2], strides: [1, 2])
        },
        one("maxPooled of sequences", on: [2, 7, 3], .once) { $0.maxPooled(window: [3], strides: [2]) },
        one("maxPooled of volumes", on: [1, 4, 3, 4, 2], .once) {
            $0.maxPooled(window: [2, 2, 2], padding: .same).square()
        },
        one("averagePooled", on: [2, 4, 6, 3]) { $0.averagePooled(window: [2, 3]) },
        one("averagePooled counting padding", on: [1, 5, 5, 2]) {
            $0.averagePooled(window: [3, 3], strides: [2, 2], padding: .symmetric([1, 1])).square()
        },
        one("averagePooled without padding", on: [1, 5, 5, 2]) {
            $0.averagePooled(window: [3, 2], strides: [2, 1], padding: .same, countsPadding: false).square()
        },
        one("averagePooled of sequences", on: [2, 7, 3]) { $0.averagePooled(window: [3], strides: [2]) },
        one("averagePooled of volumes", on: [1, 4, 3, 4, 2]) { $0.averagePooled(window: [2, 3, 2]) },
        one("adaptiveAveragePooled", on: [2, 5, 6, 3]) { $0.adaptiveAveragePooled(to: [3, 2]).square() },
        one("adaptiveAveragePooled to one", on: [2, 5, 6, 3]) { $0.adaptiveAveragePooled(to: [1, 1]) },
        one("upsampledNearest", on: [2, 3, 2, 3]) { $0.upsampledNearest(by: [2, 3]).square() },
        one("upsampledLinear", on: [2, 3, 4, 2]) { $0.upsampledLinear(to: [6, 7]).square() },
        one("upsampledLinear with aligned corners", on: [2, 3, 4, 2]) {
            $0.upsampledLinear(to: [6, 7], alignsCorners: true)
        },
        one("gradient of maxPooled", on: [1, 4, 4, 2], .once) { x in
            gradient(of: { $0.maxPooled(window: [3, 3], strides: [1, 1]).square().sum() }, at: x)
        },
        one("second gradient of maxPooled", on: [1, 4, 4, 2], .once) { x in
            gradient(
                of: { y in
                    gradient(of: { $0.maxPooled(window: [3, 3], strides: [1, 1]).square().sum() }, at: y).square().sum()
                }, at: x)
        },
        one("gradient of averagePooled", on: [1, 4, 4, 2]) { x in
            gradient(of: { $0.averagePooled(window: [3, 3], strides: [1, 1]).square().sum() }, at: x)
        },
        two("gradients of a convolution", on: [1, 4, 4, 2], by: [3, 2, 2, 2]) {
            let gradients = valueAndGradient(
                of: { convolution($0[0], $0[1], padding: .same).square().sum() }, at: [$0, $1]
            ).gradients
            return Tensor.concatenate(gradients.map { $0.flattened() })
        },
    ]
}
