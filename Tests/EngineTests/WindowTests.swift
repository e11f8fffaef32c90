import Testing
import ThalwegEngine

/// One way for a window to slide over images.
struct WindowCase: CustomTestStringConvertible, Sendable {
    var x: Shape
    var kernel: [Int]
    var strides: [Int]
    var dilations: [Int]
    var padding: Padding
    var groups = 1
    var out = 4

    var testDescription: String {
        "\(x) kernel \(kernel) strides \(strides) dilations \(dilations) \(padding) groups \(groups) to \(out)"
    }

    var weight: Shape { Shape([out, x[x.rank - 1] / groups] + kernel) }

    /// All combinations for one kind of image.
    static func combinations(
        _ x: Shape, kernels: [[Int]], strides: [[Int]], dilations: [[Int]], paddings: [Padding],
        groups: [(groups: Int, out: Int)]
    ) -> [WindowCase] {
        var cases: [WindowCase] = []
        for kernel in kernels {
            for stride in strides {
                for dilation in dilations {
                    for padding in paddings {
                        for (groups, out) in groups {
                            cases.append(
                                WindowCase(
                                    x: x, kernel: kernel, strides: stride, dilations: dilation, padding: padding,
                                    groups: groups, out: out))
                        }
                    }
                }
            }
        }
        return cases
    }

    static let convolutions: [WindowCase] =
        combinations(
            [2, 9, 4], kernels: [[1], [3], [4]], strides: [[1], [2], [3]], dilations: [[1], [2]],
            paddings: [.valid, .same, .explicit(low: [2], high: [0])], groups: [(1, 4), (2, 6), (4, 4)])
        + combinations(
            [2, 7, 6, 4], kernels: [[1, 1], [3, 3], [2, 3]], strides: [[1, 1], [2, 2], [1, 3]],
            dilations: [[1, 1], [2, 1]], paddings: [.valid, .same, .explicit(low: [0, 1], high: [1, 2])],
            groups: [(1, 3), (2, 4), (4, 8)])
        + combinations(
            [1, 4, 3, 5, 2], kernels: [[1, 1, 1], [2, 3, 2]], strides: [[1, 1, 1], [2, 1, 2]],
            dilations: [[1, 1, 1], [1, 1, 2]], paddings: [.same, .symmetric([1, 0, 1])], groups: [(1, 3), (2, 2)])
        // Channels that oneDNN has its fast kernels for.
        + combinations(
            [3, 6, 5, 16], kernels: [[1, 1], [3, 3]], strides: [[1, 1], [2, 2]], dilations: [[1, 1], [2, 2]],
            paddings: [.same, .symmetric([1, 1])], groups: [(1, 16), (1, 32), (16, 16)])
        // Windows that are taken by Winograd's way: odd sizes, channels beside whole vectors, padding on one side only.
        + combinations(
            [2, 7, 6, 20], kernels: [[3, 3]], strides: [[1, 1]], dilations: [[1, 1]],
            paddings: [.same, .valid, .explicit(low: [0, 2], high: [2, 0]), .explicit(low: [3, 1], high: [1, 4])],
            groups: [(1, 16), (1, 33)])
        // Windows that are taken line by line without AVX-512: wide ones, steps, more channels than a panel has, one beside the image.
        + combinations(
            [2, 9, 11, 8], kernels: [[3, 5], [1, 3]], strides: [[2, 1], [1, 2], [3, 2]], dilations: [[1, 1], [2, 1]],
            paddings: [.same, .valid, .explicit(low: [4, 3], high: [2, 0])], groups: [(1, 16), (1, 100)])
        // Windows over few channels, which are taken as they stand: spans of one vector and of several, images that reach beyond the
        // last window, windows wholly beside the image.
        + [1, 3, 8].flatMap { channels in
            combinations(
                [2, 11, 13, channels], kernels: [[5, 5], [3, 7], [6, 1]], strides: [[1, 1], [3, 2]],
                dilations: [[1, 1], [2, 1]], paddings: [.same, .explicit(low: [7, 6], high: [2, 0])],
                groups: [(1, 1), (1, 6), (1, 12)])
        }
        + combinations(
            [3, 40, 2], kernels: [[9]], strides: [[1], [4]], dilations: [[1]], paddings: [.same, .valid],
            groups: [(1, 5)])
        + combinations(
            [2, 8, 16], kernels: [[1], [3]], strides: [[1], [2]], dilations: [[1]], paddings: [.same, .valid],
            groups: [(1, 16)])
        + combinations(
            [1, 3, 4, 4, 16], kernels: [[1, 1, 1], [3, 3, 3]], strides: [[1, 1, 1], [1, 2, 2]], dilations: [[1, 1, 1]],
            paddings: [.same], groups: [(1, 16)])

    /// For the instruction sets that are not the processor's best: every third, of all kinds.
    static let someConvolutions = stride(from: 0, to: convolutions.count, by: 3).map { convolutions[$0] }

    static let pools: [WindowCase] =
        combinations(
            [2, 9, 3], kernels: [[2], [3]], strides: [[1], [2], [3]], dilations: [[1], [2]],
            paddings: [.valid, .same, .explicit(low: [0], high: [2])], groups: [(1, 0)])
        + combinations(
            [2, 6, 7, 20], kernels: [[2, 2], [3, 2]], strides: [[1, 1], [2, 2], [2, 3]], dilations: [[1, 1], [1, 2]],
            paddings: [.valid, .same, .explicit(low: [1, 0], high: [0, 2])], groups: [(1, 0)])
        + combinations(
            [1, 4, 3, 5, 2], kernels: [[2, 2, 2], [1, 3, 2]], strides: [[1, 1, 1], [2, 1, 2]], dilations: [[1, 1, 1]],
            paddings: [.valid, .same], groups: [(1, 0)])
        // Channels beside whole vectors of any length, alone and behind one; windows apart, side by side and over each other.
        + [1, 6, 13, 35].flatMap { channels in
            combinations(
                [2, 5, 8, channels], kernels: [[2, 2], [3, 3]], strides: [[1, 1], [2, 2], [4, 3]], dilations: [[1, 1]],
                paddings: [.valid, .symmetric([1, 1])], groups: [(1, 0)])
        }
}

@Suite struct WindowTests {
    @Test(arguments: WindowCase.convolutions)
    func convolutionsAgreeWithReference(_ test: WindowCase) { compareConvolutions(test, [.float32, .float64]) }

    @Test(arguments: WindowCase.pools)
    func poolsAgreeWithReference(_ test: WindowCase) { comparePools(test) }

    @Test(.enabled(if: InstructionSet.current == .avx512)) func windowsWithAVX2() async {
        await #expect(processExitsWith: .success) {
            try #require(InstructionSet.avx2.force())
            for test in WindowCase.pools { comparePools(test) }
            for test in WindowCase.someConvolutions { compareConvolutions(test, [.float32]) }
        }
    }

    @Test(.enabled(if: InstructionSet.current != .neon)) func portableWindows() async {
        await #expect(processExitsWith: .success) {
            try #require(InstructionSet.portable.force())
            for test in WindowCase.pools { comparePools(test) }
            for test in WindowCase.someConvolutions { compareConvolutions(test, [.float32]) }
        }
    }

    @Test func tablesAreLarge() {
        #expect(WindowCase.convolutions.count >= 200)
        #expect(WindowCase.pools.count >= 60)
    }

    /// Enough work to be cut into parts: by images, by rows of pixels, by bands of one image, by tiles, by channels.
    @Test(arguments: [
        WindowCase(
            x: [6, 20, 20, 16], kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padding: .same, out: 32),
        WindowCase(
            x: [5, 30, 31, 16], kernel: [1, 1], strides: [1, 1], dilations: [1, 1], padding: .valid, out: 32),
        WindowCase(
            x: [9, 21, 18, 40], kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padding: .valid, out: 24),
        WindowCase(
            x: [1, 9, 9, 200], kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padding: .same, out: 200),
        WindowCase(x: [1, 37, 20, 16], kernel: [5, 3], strides: [2, 1], dilations: [1, 1], padding: .same, out: 64),
        WindowCase(x: [1, 60, 16], kernel: [7], strides: [1], dilations: [2], padding: .same, out: 128),
        WindowCase(x: [7, 28, 28, 1], kernel: [5, 5], strides: [1, 1], dilations: [1, 1], padding: .same, out: 6),
        WindowCase(x: [9, 24, 24, 6], kernel: [5, 5], strides: [1, 1], dilations: [1, 1], padding: .valid, out: 16),
        WindowCase(x: [1, 190, 140, 3], kernel: [7, 7], strides: [2, 2], dilations: [1, 1], padding: .same, out: 8),
        WindowCase(x: [40, 12, 12, 2], kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padding: .same, out: 5),
        WindowCase(x: [3, 3000, 4], kernel: [9], strides: [1], dilations: [1], padding: .same, out: 7),
    ])
    func partsFitTogether(_ test: WindowCase) {
        let (x, w) = (samples([test.x, test.weight], .float32)[0], samples([test.x, test.weight], .float32)[1])
        func results(_ x: Tensor, _ w: Tensor) -> [Tensor] {
            let (value, gradients) = valueAndGradient(
                of: {
                    convolution($0[0], $0[1], strides: test.strides, padding: test.padding, dilations: test.dilations)
                        .square().mean()
                }, at: [x, w])
            return [value] + gradients
        }
        let (one, two) = (results(x, w), results(x, w))
        evaluate(one, threads: 1)
        evaluate(two, threads: 2)
        let expected = results(x.cast(to: .float64), w.cast(to: .float64))
        for index in expected.indices {
            #expect(bytes(one[index]) == bytes(two[index]), "result \(index) depends on the threads")
            let greatest = expected[index].abs().max().item()
            expectClose(
                one[index].cast(to: .float64) / greatest, expected[index] / greatest, tolerance: 2e-5,
                "result \(index)")
        }
    }

    @Test func firstMaximumWinsAndNaNPropagates() {
        let x = Tensor([1, 3, 3, 0, .nan, 2, -.infinity, -.infinity] as [Double], shape: [1, 8, 1])
        let (_, gradients) = valueAndGradient(
            of: { $0[0].maxPooled(window: [2], strides: [1]).sum() }, at: [x])
        // Windows: 1 3, 3 3, 3 0, 0 NaN, NaN 2, 2 -inf, -inf -inf.
        #expect(gradients[0].doubles() == [0, 2, 1, 0, 2, 1, 1, 0])
        let y = x.maxPooled(window: [2], strides: [1]).doubles()
        #expect(y[0...2] == [3, 3, 3] && y[3].isNaN && y[4].isNaN && y[5] == 2 && y[6] == -.infinity)
        // Many channels are taken window by window.
        let wide = x.broadcast(to: [1, 8, 21])
        let (_, wideGradients) = valueAndGradient(
            of: { $0[0].maxPooled(window: [2], strides: [1]).sum() }, at: [wide])
        #expect(bytes(wideGradients[0]) == bytes(gradients[0].broadcast(to: [1, 8, 21])))
    }

    /// Images without pixels in padding that has some: zeros, and gradients of zeros.
    @Test(arguments: [1, 4, 20]) func emptyImagesGiveZeros(channels: Int) {
        for shape in [[2, 0, 5, channels], [2, 5, 0, channels], [0, 5, 5, channels]] as [Shape] {
            compare("\(shape)", samples([shape, [3, channels, 3, 3]], .float32), tolerance: 0) {
                convolution($0[0], $0[1], padding: .symmetric([2, 2]))
            }
        }
    }

    /// What is not a number reaches what its window saw and nothing else (Winograd's tiles, for more channels, spread it to
    /// neighbors).
    @Test(arguments: [(1, 1), (2, 4), (4, 3), (4, 8)])
    func notANumberStaysInItsWindow(channels: Int, out: Int) {
        let (height, width, pixels) = (6, 7, 6 * 7)
        let w = samples([[out, channels, 3, 3]], .float32)[0]
        func near(_ pixel: Int) -> [Bool] {
            (0..<pixels).map { abs($0 / width - pixel / width) <= 1 && abs($0 % width - pixel % width) <= 1 }
        }
        for pixel in 0..<pixels {
            func images(_ channels: Int) -> Tensor {
                let marked = Tensor((0..<pixels).map { $0 == pixel ? Float.nan : 1 }, shape: [1, height, width, 1])
                return marked.broadcast(to: [1, height, width, channels])
            }
            func isNaN(_ y: Tensor) -> [Bool] {
                y.isNaN().cast(to: .float32).max(along: 3).doubles().map { $0 == 1 }
            }
            #expect(isNaN(convolution(images(channels), w, padding: .same)) == near(pixel), "y")
            let (_, gradients) = vectorJacobianProduct(
                of: { convolution($0[0], w, padding: .same) }, at: [.ones([1, height, width, channels])],
                upstream: images(out))
            #expect(isNaN(gradients[0]) == near(pixel), "gradient of x")
        }
    }

    /// A whole row of them, for few channels and for many.
    @Test(arguments: [0, 1, 6, 16, 19]) func rowsInThePaddingAreEmpty(channels: Int) {
        let x = samples([[1, 4, 8, channels]], .float32)[0]
        let padding = Padding.explicit(low: [2, 0], high: [0, 0])
        for strides in [[1, 1], [2, 2]] {
            let most = x.maxPooled(window: [2, 2], strides: strides, padding: padding)
            let mean = x.averagePooled(window: [2, 2], strides: strides, padding: padding, countsPadding: false)
            #expect(most[0, 0].doubles().allSatisfy { $0 == -.infinity })
            #expect(mean[0, 0].doubles().allSatisfy { $0 == 0 })
        }
        if channels == 0 { return }
        // The second derivative picks from images.
        func second() -> Tensor {
            gradient(
                of: { x in
                    gradient(
                        of: {
                            $0.maxPooled(window: [2, 2], strides: [2, 2], padding: padding)
                                .clamped(min: -9).square().sum()
                        }, at: x
                    ).square().sum()
                }, at: x)
        }
        let (expected, found) = (second(), second())
        evaluate([expected], on: .reference)
        evaluate([found])
        expectClose(found, expected, tolerance: 1e-6, "second derivative")
    }

    @Test func windowsInThePaddingAreEmpty() {
        let x = Tensor([1, 2] as [Float], shape: [1, 2, 1])
        let padding = Padding.explicit(low: [2], high: [0])
        #expect(x.maxPooled(window: [2], strides: [2], padding: padding).doubles() == [-.infinity, 2])
        #expect(
            x.averagePooled(window: [2], strides: [2], padding: padding, countsPadding: false).doubles() == [0, 1.5])
    }
}

private func samples(_ shapes: [Shape], _ type: DataType) -> [Tensor] {
    shapes.enumerated().map {
        Tensor.randomUniform($1, in: -1..<1, key: RandomKey(seed: UInt64($0)), dataType: .float64).cast(to: type)
    }
}

/// Value and gradients, on the reference backend and on the processor with one and two threads.
private func compare(
    _ what: String, _ points: [Tensor], tolerance: Double, _ function: ([Tensor]) -> Tensor
) {
    func results() -> [Tensor] {
        let (_, value, gradients) = valueAndGradient(
            of: { points -> (Tensor, Tensor) in
                let value = function(points)
                return ((value * weights(value.shape, seed: 9).cast(to: value.dataType)).sum(), value)
            }, at: points)
        return [value] + gradients
    }
    let (expected, one, two) = (results(), results(), results())
    evaluate(expected, on: .reference)
    evaluate(one, threads: 1)
    evaluate(two, threads: 2)
    for index in expected.indices {
        expectClose(one[index], expected[index], tolerance: tolerance, "result \(index) of \(what)")
        #expect(bytes(one[index]) == bytes(two[index]), "result \(index) of \(what) depends on the threads")
    }
}

private func compareConvolutions(_ test: WindowCase, _ types: [DataType]) {
    for type in types {
        compare(
            test.testDescription, samples([test.x, test.weight], type), tolerance: type == .float64 ? 1e-14 : 2e-6
        ) {
            convolution(
                $0[0], $0[1], strides: test.strides, padding: test.padding, dilations: test.dilations,
                groups: test.groups)
        }
    }
}

private func comparePools(_ test: WindowCase) {
    for (type, tolerance) in [(DataType.float32, 1e-6), (.float64, 1e-15)] {
        compare("max pool \(test.testDescription)", samples([test.x], type), tolerance: tolerance) {
            $0[0].maxPooled(
                window: test.kernel, strides: test.strides, padding: test.padding, dilations: test.dilations)
        }
        for countsPadding in [true, false] {
            compare("average pool \(test.testDescription)", samples([test.x], type), tolerance: tolerance) {
                $0[0].averagePooled(
                    window: test.kernel, strides: test.strides, padding: test.padding,
                    countsPadding: countsPadding)
            }
        }
    }
}
