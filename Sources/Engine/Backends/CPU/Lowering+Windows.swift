extension Lowering {
    mutating func lowerConvolution(_ op: ConvolutionOp, _ index: Int) {
        let row = program.rows[index]
        let inputs = row.inputs.map { program.rows[$0].shape }
        let (x, w, y) =
            switch op.kind {
            case .forward: (inputs[0], inputs[1], row.shape)
            case .inputGradient: (row.shape, inputs[1], inputs[0])
            case .weightGradient: (inputs[0], row.shape, inputs[1])
            }
        let problem = ConvolutionProblem(op, x: x, w: w, y: y)
        if problem.operations == 0 || x.elementCount == 0 {
            let target = store(index)
            result.kernels.append(FillKernel(0, count: row.shape.elementCount, type: row.dataType, to: target))
        } else if problem.isProduct {
            lowerAsProduct(problem, index)
        } else if row.dataType == .float32, let work = DirectProblem(problem) {
            lower(work, index)
        } else if row.dataType == .float32, let work = WinogradProblem(problem) {
            lower(work, index)
        } else if row.dataType == .float32, let work = LinesProblem(problem) {
            lower(work, problem, w, index)
        } else if row.dataType == .float32, let work = OneDNNParts(problem) {
            lower(problem, work, index)
        } else {
            lowerByColumns(problem, w, index)
        }
    }

    /// A window of one pixel sees rows of channels: y = x w' and dx = dy w.
    private mutating func lowerAsProduct(_ problem: ConvolutionProblem, _ index: Int) {
        let row = program.rows[index]
        let rows = problem.batch * problem.positions
        var pixels = view(row.inputs[0])
        if problem.kind == .forward {
            let output = Shape([problem.batch] + problem.output + [problem.inputChannels])
            pixels = pixels.sliced(
                starts: [Int](repeating: 0, count: output.rank), steps: [1] + problem.strides + [1], to: output)
        }
        let width = pixels.dimensions[pixels.dimensions.count - 1]
        let left = pixels.reshaped(to: [rows, width]) ?? copied(pixels, row.dataType).reshaped(to: [rows, width])!
        let weights = contiguous(row.inputs[1]).reshaped(to: [problem.outputChannels, problem.inputChannels])!
        let right = problem.kind == .forward ? weights.transposed([1, 0]) : weights
        lowerProduct(left, right, index)
    }

    private mutating func lower(_ problem: ConvolutionProblem, _ work: OneDNNParts, _ index: Int) {
        let row = program.rows[index]
        let first = contiguous(row.inputs[0])
        var second = contiguous(row.inputs[1])
        let weights: Shape = [work.first.weightCount]
        switch problem.kind {
        case .forward, .inputGradient:
            if work.first.reorders {
                let packed = newBuffer(weights, .float32)
                result.kernels.append(WeightLayoutKernel(work.first, second, to: packed))
                second = View(buffer: packed, shape: weights)
            }
            result.kernels.append(ConvolutionKernel(problem, work, first, second, to: store(index)))
        case .weightGradient:
            let parts = work.parts.count
            var found = parts > 1 || work.first.reorders ? newBuffer([parts, weights[0]], .float32) : store(index)
            result.kernels.append(ConvolutionKernel(problem, work, first, second, to: found))
            if parts > 1 {
                found = summed(found, parts, weights[0], .float32, work.first.reorders ? nil : index)
            }
            if work.first.reorders {
                let source = View(buffer: found, shape: weights)
                result.kernels.append(WeightLayoutKernel(work.first, source, to: store(index)))
            }
        }
    }

    /// Columns have the channels innermost, and so have the weights they meet.
    private mutating func lowerByColumns(_ problem: ConvolutionProblem, _ w: Shape, _ index: Int) {
        let row = program.rows[index]
        let axes = Array(2..<w.rank)
        let first = contiguous(row.inputs[0])
        let second = view(row.inputs[1])
        switch problem.kind {
        case .forward, .inputGradient:
            let turned = second.transposed([0] + axes + [1])
            let weights = turned.isContiguous ? turned : copied(turned, row.dataType)
            result.kernels.append(ColumnsKernel(problem, row.dataType, first, weights, to: store(index)))
        case .weightGradient:
            let parts = ColumnsKernel.parts(problem)
            let upstream = second.isContiguous ? second : copied(second, row.dataType)
            let partial = newBuffer([parts, problem.weightCount], row.dataType)
            result.kernels.append(ColumnsKernel(problem, row.dataType, first, upstream, to: partial))
            let sum = parts > 1 ? summed(partial, parts, problem.weightCount, row.dataType, nil) : partial
            let turned = View(buffer: sum, shape: Shape([w[0]] + w[2...] + [w[1]]))
            places[index] = .view(turned.transposed([0, w.rank - 1] + Array(1..<w.rank - 1)))
        }
    }

    /// One laid out operand for each row of the window.
    private mutating func lower(_ work: LinesProblem, _ problem: ConvolutionProblem, _ w: Shape, _ index: Int) {
        let inputs = program.rows[index].inputs
        let turned = view(inputs[1]).transposed([0] + Array(2..<w.rank) + [1])
        let weights = turned.isContiguous ? turned : copied(turned, .float32)
        let packed = (0..<work.lines.window.height).map { row in
            let source = PackKernel.Source(
                buffer: weights.buffer, offset: weights.offset + row * work.lines.span, isTransposed: true,
                leading: problem.depth, n: problem.outputChannels, k: work.lines.span, precision: .full)
            let target = newBuffer([source.byteCount / MemoryLayout<Float>.size], .float32)
            result.kernels.append(PackKernel(source, to: target))
            return target
        }
        result.kernels.append(LinesKernel(work, contiguous(inputs[0]), packed: packed, to: store(index)))
    }

    private mutating func lower(_ problem: DirectProblem, _ index: Int) {
        let row = program.rows[index]
        let (first, second) = (contiguous(row.inputs[0]), contiguous(row.inputs[1]))
        guard problem.kind == .weightGradient else {
            let weights = newBuffer([problem.weightCount], .float32)
            result.kernels.append(DirectWeightsKernel(problem, second, to: weights))
            let source = View(buffer: weights, shape: [problem.weightCount])
            result.kernels.append(DirectKernel(problem, first, source, to: store(index)))
            return
        }
        let partial = newBuffer([problem.chunks, problem.weightCount], .float32)
        result.kernels.append(DirectKernel(problem, first, second, to: partial))
        let sum = problem.chunks > 1 ? summed(partial, problem.chunks, problem.weightCount, .float32, nil) : partial
        // [window…, in, lanes] to [out, in, window…].
        let window = Array(row.shape[2...])
        let laidOut = View(buffer: sum, shape: Shape(window + [row.shape[1], problem.weightCount / problem.depth]))
        let turned = laidOut.transposed([window.count + 1, window.count] + Array(window.indices))
        let ones = [Int](repeating: 1, count: row.shape.rank)
        places[index] = .view(turned.sliced(starts: ones.map { _ in 0 }, steps: ones, to: row.shape))
    }

    private mutating func lower(_ problem: WinogradProblem, _ index: Int) {
        let inputs = program.rows[index].inputs.map { contiguous($0) }
        if problem.kind == .weightGradient {
            let sums = newBuffer([problem.parts, problem.weightCount], .float32)
            result.kernels.append(WinogradGradientKernel(problem, inputs[0], inputs[1], to: sums))
            result.kernels.append(WinogradWindowsKernel(problem, sums, to: store(index)))
        } else {
            let weights = newBuffer([problem.weightCount], .float32)
            result.kernels.append(WinogradWeightsKernel(problem, inputs[1], to: weights))
            result.kernels.append(WinogradKernel(problem, inputs[0], weights: weights, to: store(index)))
        }
    }

    /// The sum of the parts of a weight gradient, in their order; the row's own value if `index` is given.
    private mutating func summed(_ parts: Int, _ count: Int, _ width: Int, _ type: DataType, _ index: Int?) -> Int {
        let target = index.map { store($0) } ?? newBuffer([width], type)
        result.kernels.append(
            ReduceKernel(
                .sum, type, View(buffer: parts, shape: [count, width]), outer: 1, n: count, inner: width,
                rowsPerChunk: nil, to: target))
        return target
    }

    mutating func lowerWindow(_ op: WindowOp, _ index: Int) {
        let row = program.rows[index]
        let inputs = row.inputs.map { contiguous($0) }
        let (x, y): (Shape, Shape) =
            switch op.kind {
            case .maxPool, .maxPoolPick, .averagePool: (program.rows[row.inputs[0]].shape, row.shape)
            case .maxPoolGradient: (row.shape, program.rows[row.inputs[1]].shape)
            case .averagePoolGradient: (row.shape, program.rows[row.inputs[0]].shape)
            }
        result.kernels.append(WindowKernel(op, inputs, row.dataType, x: x, y: y, to: store(index)))
    }
}
