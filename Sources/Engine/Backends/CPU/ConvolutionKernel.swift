internal import CKernels
internal import COneDNN

/// One of x, y and w of a convolution from the two others, by oneDNN, in parts. Weights are in oneDNN's layout; a weight
/// gradient is left as one array for each part.
final class ConvolutionKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    let scratchBytes: Int
    let operations: Int
    let detail: String
    private let kind: ConvolutionOp.Kind
    private let parts: [OneDNNParts.Part]
    private let (first, second): (View, View)
    private let weightCount: Int

    init(_ problem: ConvolutionProblem, _ work: OneDNNParts, _ first: View, _ second: View, to target: Int) {
        reads = [first.buffer, second.buffer]
        writes = [target]
        operations = problem.operations
        detail = problem.detail
        kind = problem.kind
        parts = work.parts
        (self.first, self.second) = (first, second)
        weightCount = work.first.weightCount
        scratchBytes = work.scratchBytes
    }

    func run(_ context: RunContext) throws {
        let a = context.pointers[first.buffer].assumingMemoryBound(to: Float.self) + first.offset
        let b = context.pointers[second.buffer].assumingMemoryBound(to: Float.self) + second.offset
        let target = context.pointers[writes[0]].assumingMemoryBound(to: Float.self)
        context.parallel(parts.count) { number, scratch in
            let part = parts[number]
            let status =
                switch kind {
                case .forward:
                    tw_dnnl_convolution_run(part.convolution.handle, a + part.x, b, target + part.y, scratch)
                case .inputGradient:
                    tw_dnnl_convolution_run(part.convolution.handle, a + part.y, b, target + part.x, scratch)
                case .weightGradient:
                    tw_dnnl_convolution_run(
                        part.convolution.handle, a + part.x, b + part.y, target + number * weightCount, scratch)
                }
            precondition(status == 0, "oneDNN refused a convolution: status \(status)")
        }
    }
}

/// Weights `[out, in / groups, kernel…]` to oneDNN's layout, or a gradient of them back. With weights that never change
/// this need not be in the step.
final class WeightLayoutKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    let scratchBytes: Int
    private let convolution: OneDNNConvolution
    private let offset: Int

    init(_ convolution: OneDNNConvolution, _ source: View, to target: Int) {
        reads = [source.buffer]
        writes = [target]
        self.convolution = convolution
        offset = source.offset
        scratchBytes = convolution.scratchBytes
    }

    func run(_ context: RunContext) throws {
        let status = tw_dnnl_convolution_reorder(
            convolution.handle, context.pointers[reads[0]].assumingMemoryBound(to: Float.self) + offset,
            context.pointers[writes[0]].assumingMemoryBound(to: Float.self), context.scratch)
        precondition(status == 0, "oneDNN refused to change the layout of weights: status \(status)")
    }
}
