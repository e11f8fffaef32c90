import Thalweg

extension OperationBenchmark {
    static let families: [(name: String, benchmarks: [OperationBenchmark])] = [
        ("elementwise", elementwise), ("reductions", reductions), ("products", products), ("rows", rows),
        ("convolutions and pooling", windows), ("gather and scatter", indexing), ("random numbers", random),
    ]

    /// 16 MB, beyond the caches, and 256 KB, inside them.
    private static let large: Shape = [4096, 1024]
    private static let small: Shape = [64, 1024]

    private static let elementwise = [
        OperationBenchmark("a + b, 16 MB", .normal(large), .normal(large)) { $0[0] + $0[1] },
        OperationBenchmark("a + b, 256 KB", .normal(small), .normal(small)) { $0[0] + $0[1] },
        OperationBenchmark("gelu(1.5 a + 0.1) sigmoid(a), 16 MB", .normal(large)) {
            ($0[0] * 1.5 + 0.1).gelu() * $0[0].sigmoid()
        },
        OperationBenchmark("gelu(1.5 a + 0.1) sigmoid(a), 256 KB", .normal(small)) {
            ($0[0] * 1.5 + 0.1).gelu() * $0[0].sigmoid()
        },
        OperationBenchmark("exp, 256 KB", .normal(small)) { $0[0].exp() },
        OperationBenchmark("log, 256 KB", .uniform(small)) { $0[0].log() },
        OperationBenchmark("tanh, 256 KB", .normal(small)) { $0[0].tanh() },
        OperationBenchmark("erf, 256 KB", .normal(small)) { $0[0].erf() },
        OperationBenchmark("sin, 256 KB", .normal(small)) { $0[0].sin() },
    ]

    private static let reductions = [
        OperationBenchmark("sum of all, 16 MB", .normal(large)) { $0[0].sum() },
        OperationBenchmark("sum along 0, 16 MB", .normal(large)) { $0[0].sum(along: 0) },
        OperationBenchmark("sum along 1, 16 MB", .normal(large)) { $0[0].sum(along: 1) },
        OperationBenchmark("sum of squares, 256 KB", .normal(small)) { $0[0].square().sum() },
        OperationBenchmark("max along 1, 16 MB", .normal(large)) { $0[0].max(along: 1) },
        OperationBenchmark("argmax along 1, 16 MB", .normal(large)) { $0[0].argmax(along: 1) },
        OperationBenchmark("cumulative sum along 1, 16 MB", .normal(large)) { $0[0].cumulativeSum(along: 1) },
    ]

    private static let products =
        [(64, 64, 64), (256, 256, 256), (1024, 1024, 1024), (128, 784, 256), (2048, 256, 1024), (400, 2, 4)].map {
            m, k, n in
            OperationBenchmark("[\(m), \(k)] x [\(k), \(n)]", .normal([m, k]), .normal([k, n])) { matmul($0[0], $0[1]) }
        } + [
            OperationBenchmark("[256, 1024] x [4096, 1024] transposed", .normal([256, 1024]), .normal([4096, 1024])) {
                matmul($0[0], $0[1].transposed())
            },
            OperationBenchmark("[1, 4096] x [4096, 4096]", .normal([1, 4096]), .normal([4096, 4096])) {
                matmul($0[0], $0[1])
            },
            OperationBenchmark("64 of [128, 64] x [64, 128]", .normal([64, 128, 64]), .normal([64, 64, 128])) {
                matmul($0[0], $0[1])
            },
        ]

    private static let rows = [
        OperationBenchmark("softmax [2048, 128]", .normal([2048, 128])) { $0[0].softmax() },
        OperationBenchmark("softmax [4096, 1024]", .normal(large)) { $0[0].softmax() },
        OperationBenchmark(
            "softmax cross-entropy and gradient [256, 1000]", .normal([256, 1000]), .whole([256], below: 1000)
        ) {
            arguments in
            gradient(of: { softmaxCrossEntropy(logits: $0, classes: arguments[1]) }, at: arguments[0])
        },
        OperationBenchmark("layer norm [2048, 256]", .normal([2048, 256])) { LayerNorm([256])($0[0]) },
        OperationBenchmark("layer norm and gradient [2048, 256]", .normal([2048, 256]), .normal([2048, 256])) {
            arguments in
            gradient(of: { (LayerNorm([256])($0) * arguments[1]).sum() }, at: arguments[0])
        },
    ]

    private static let windows = [
        OperationBenchmark("3x3, 64 to 64, 8 of 56x56", .normal([8, 56, 56, 64]), .normal([64, 64, 3, 3])) {
            convolution($0[0], $0[1], padding: .same)
        },
        OperationBenchmark("1x1, 256 to 64, 8 of 56x56", .normal([8, 56, 56, 256]), .normal([64, 256, 1, 1])) {
            convolution($0[0], $0[1])
        },
        OperationBenchmark("7x7 by 2, 3 to 64, 8 of 224x224", .normal([8, 224, 224, 3]), .normal([64, 3, 7, 7])) {
            convolution($0[0], $0[1], strides: [2, 2], padding: .symmetric([3, 3]))
        },
        OperationBenchmark("3x3 depthwise, 128, 8 of 56x56", .normal([8, 56, 56, 128]), .normal([128, 1, 3, 3])) {
            convolution($0[0], $0[1], padding: .same, groups: 128)
        },
        OperationBenchmark("max pool 2x2, 64, 8 of 56x56", .normal([8, 56, 56, 64])) {
            $0[0].maxPooled(window: [2, 2])
        },
    ]

    private static let indexing = [
        OperationBenchmark(
            "2,048 rows of [30522, 384]", .normal([30522, 384]), .whole([2048], below: 30522),
            bytes: 2048 * (2 * 384 * 4 + 8)
        ) { $0[0].gathered(at: $0[1]) },
        OperationBenchmark(
            "added to 2,048 rows of zeros [4096, 384]", .normal([2048, 384]), .whole([2048], below: 4096)
        ) { Tensor.zeros([4096, 384]).scatterAdded($0[0], at: $0[1]) },
        OperationBenchmark("one-hot [4096] of 1,000", .whole([4096], below: 1000)) { $0[0].oneHot(1000) },
    ]

    private static let random = [
        OperationBenchmark("uniform, 16 MB", .whole([], below: 1)) {
            .randomUniform(large, key: RandomKey(tensor: $0[0]))
        },
        OperationBenchmark("normal, 16 MB", .whole([], below: 1)) {
            .randomNormal(large, key: RandomKey(tensor: $0[0]))
        },
        OperationBenchmark("dropout 0.5, 16 MB", .normal(large), .whole([], below: 1)) {
            Tensor.select(Tensor.randomUniform(large, key: RandomKey(tensor: $0[1])) .< 0.5, 0, $0[0] * 2)
        },
    ]
}
