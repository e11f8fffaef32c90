internal import CKernels
internal import COneDNN

/// The sizes of one convolution, or of one part of it, whichever operand is computed. Spatial lists have 1 to 3 entries.
struct ConvolutionProblem: Hashable {
    var kind: ConvolutionOp.Kind
    var batch: Int
    var input: [Int]
    var output: [Int]
    var kernel: [Int]
    var strides: [Int]
    var dilations: [Int]
    var low: [Int]
    let groups: Int
    let inputChannels: Int
    let outputChannels: Int

    init(_ op: ConvolutionOp, x: Shape, w: Shape, y: Shape) {
        kind = op.kind
        batch = x[0]
        input = Array(x[1..<x.rank - 1])
        output = Array(y[1..<y.rank - 1])
        kernel = Array(w[2...])
        strides = op.sliding.strides
        dilations = op.sliding.dilations
        low = op.sliding.low
        groups = op.groups
        inputChannels = x[x.rank - 1]
        outputChannels = w[0]
    }

    var positions: Int { output.reduce(1, *) }
    var inputPerImage: Int { input.reduce(inputChannels, *) }
    var outputPerImage: Int { positions * outputChannels }
    /// Multiplications for one element of the output.
    var depth: Int { kernel.reduce(inputChannels / groups, *) }
    var weightCount: Int { depth * outputChannels }
    var operations: Int { 2 * batch * outputPerImage * depth }

    /// For people: kind, images, kernel, and what is not one.
    var detail: String {
        let images = Shape([batch] + input + [inputChannels])
        let window = kernel.map(String.init).joined(separator: "x")
        var words = ["\(kind.rawValue) \(images) * \(window) to \(outputChannels)"]
        if strides.contains(where: { $0 > 1 }) { words.append("strides \(strides)") }
        if dilations.contains(where: { $0 > 1 }) { words.append("dilations \(dilations)") }
        if groups > 1 { words.append("groups \(groups)") }
        return words.joined(separator: ", ")
    }

    /// Every pixel for itself: images are no more than rows of pixels then.
    private var isPointwise: Bool {
        kernel.allSatisfy { $0 == 1 } && strides.allSatisfy { $0 == 1 } && low.allSatisfy { $0 == 0 }
            && input == output
    }

    /// A plain product of pixels and weights, which can share its rows with what follows it.
    var isProduct: Bool {
        guard groups == 1, kernel.allSatisfy({ $0 == 1 }), low.allSatisfy({ $0 == 0 }) else { return false }
        switch kind {
        case .forward: return zip(output, zip(input, strides)).allSatisfy { ($0 - 1) * $1.1 < $1.0 }
        case .inputGradient: return isPointwise
        case .weightGradient: return false
        }
    }

    // MARK: Parts

    /// A part of the work: its sizes, and where its x and y begin, in elements.
    struct Part {
        var problem: ConvolutionProblem
        var x: Int
        var y: Int
    }

    /// Ways to cut the work, the best first. They depend on the problem only, so that results do not depend on the number
    /// of threads.
    var partitions: [[Part]] {
        // A part is worth a fork and reads the weights once more.
        let least = max(8_000_000, 32 * weightCount)
        let wanted = operations < 1_000_000 ? 1 : min(64, max(2, operations / least))
        var ways: [[Part]] = []
        if isPointwise {
            ways.append(pixels(wanted))
        } else if batch < wanted, kind == .forward {
            ways.append(rows((wanted + batch - 1) / batch))
        } else {
            ways.append(images(wanted))
        }
        return ways + [images(batch), images(1)]
    }

    private func images(_ wanted: Int) -> [Part] {
        Self.ranges(batch, wanted).map { images in
            var part = self
            part.batch = images.count
            return Part(
                problem: part, x: images.lowerBound * inputPerImage, y: images.lowerBound * outputPerImage)
        }
    }

    private func pixels(_ wanted: Int) -> [Part] {
        Self.ranges(batch * positions, wanted).map { pixels in
            let first = pixels.lowerBound
            var part = self
            part.batch = 1
            part.input = [1, pixels.count]
            part.output = part.input
            (part.kernel, part.strides, part.dilations, part.low) = ([1, 1], [1, 1], [1, 1], [0, 0])
            return Part(problem: part, x: first * inputChannels, y: first * outputChannels)
        }
    }

    /// Each image in bands of output rows, with the rows of the input that they see.
    private func rows(_ wanted: Int) -> [Part] {
        let step = (output[0] + wanted - 1) / wanted
        let (inputRow, outputRow) = (inputPerImage / input[0], outputPerImage / output[0])
        return (0..<batch).flatMap { image in
            stride(from: 0, to: output[0], by: step).map { first in
                let count = min(step, output[0] - first)
                let begin = first * strides[0] - low[0]
                let end = begin + (count - 1) * strides[0] + (kernel[0] - 1) * dilations[0] + 1
                let seen = min(max(begin, 0), input[0] - 1)..<min(max(end, 1), input[0])
                var part = self
                part.batch = 1
                part.input[0] = seen.count
                part.output[0] = count
                part.low[0] = seen.lowerBound - begin
                return Part(
                    problem: part, x: image * inputPerImage + seen.lowerBound * inputRow,
                    y: image * outputPerImage + first * outputRow)
            }
        }
    }

    /// Parts that differ by one at most: each for itself if as many are wanted, else a power of two of them, since threads
    /// often are one too.
    private static func ranges(_ count: Int, _ wanted: Int) -> [Range<Int>] {
        var parts = 1
        while 2 * parts <= min(wanted, count) { parts *= 2 }
        if wanted == count { parts = max(count, 1) }
        return (0..<parts).map { count * $0 / parts..<count * ($0 + 1) / parts }
    }
}

/// A convolution of oneDNN's.
///
/// `@unchecked Sendable`: the library promises that a primitive with user-managed scratch memory may run on several threads
/// at once; nothing else is ever changed.
final class OneDNNConvolution: @unchecked Sendable {
    let handle: OpaquePointer

    /// nil where oneDNN has nothing better than plain loops.
    init?(_ problem: ConvolutionProblem, like other: OneDNNConvolution? = nil) {
        func fill(_ values: [Int], _ target: inout (Int64, Int64, Int64)) {
            let padded = values + [Int](repeating: 1, count: 3 - values.count)
            target = (Int64(padded[0]), Int64(padded[1]), Int64(padded[2]))
        }
        var sizes = tw_convolution()
        sizes.kind =
            switch problem.kind {
            case .forward: TW_CONVOLUTION_FORWARD
            case .inputGradient: TW_CONVOLUTION_INPUT_GRADIENT
            case .weightGradient: TW_CONVOLUTION_WEIGHT_GRADIENT
            }
        sizes.spatial = Int32(problem.input.count)
        sizes.batch = Int64(problem.batch)
        sizes.groups = Int64(problem.groups)
        sizes.in_channels = Int64(problem.inputChannels)
        sizes.out_channels = Int64(problem.outputChannels)
        fill(problem.input, &sizes.in)
        fill(problem.output, &sizes.out)
        fill(problem.kernel, &sizes.kernel)
        fill(problem.strides, &sizes.stride)
        fill(problem.dilations, &sizes.dilation)
        fill(problem.low, &sizes.low)
        guard let handle = tw_dnnl_convolution_create(&sizes, other?.handle) else { return nil }
        self.handle = handle
    }

    deinit { tw_dnnl_convolution_destroy(handle) }

    var reorders: Bool { tw_dnnl_convolution_reorders(handle) }
    /// Elements of the weights in oneDNN's layout.
    var weightCount: Int { tw_dnnl_convolution_weight_bytes(handle) / 4 }
    var scratchBytes: Int { (tw_dnnl_convolution_scratch_bytes(handle) + 63) & ~63 }
}

/// The work cut into parts, each with the convolution of oneDNN's that does it.
struct OneDNNParts: Sendable {
    struct Part: Sendable {
        let convolution: OneDNNConvolution
        let x: Int
        let y: Int
    }

    let parts: [Part]

    /// nil where oneDNN has nothing better than plain loops.
    init?(_ problem: ConvolutionProblem) {
        for way in problem.partitions {
            guard let first = OneDNNConvolution(way[0].problem) else { return nil }
            var known = [way[0].problem: first]
            for part in way where known[part.problem] == nil {
                known[part.problem] = OneDNNConvolution(part.problem, like: first)
            }
            // Parts of other sizes may not take the first one's layout of the weights.
            if way.allSatisfy({ known[$0.problem] != nil }) {
                parts = way.map { Part(convolution: known[$0.problem]!, x: $0.x, y: $0.y) }
                return
            }
        }
        return nil
    }

    var first: OneDNNConvolution { parts[0].convolution }
    var scratchBytes: Int { parts.map(\.convolution.scratchBytes).max() ?? 0 }
}
