/// From a program to kernels: which call computes each row, and through which views it reads.
struct Lowering {
    struct Result {
        var kernels: [any Kernel] = []
        var buffers: [BufferInfo] = []
        /// The buffer of each output of the program.
        var outputs: [(buffer: Int, byteCount: Int)] = []
    }

    struct BufferInfo {
        enum Kind: Equatable {
            case argument(Int), intermediate, output(Int)
            /// Made once with the plan.
            case held(Int)
        }

        var kind: Kind
        var byteCount: Int
        var isIntermediate: Bool { kind == .intermediate }
    }

    /// Where a row's value is to be found.
    enum Place {
        case view(View)
        case constant(UInt64)
        /// The coordinate along an axis of the row's shape; made where it is needed.
        case index(axis: Int)
        /// Only inside its loop.
        case register
    }

    let program: Program
    private let precision: ProductPrecision
    var result = Result()
    var places: [Place]
    private var stored: [Bool]

    static func lower(_ program: Program, precision: ProductPrecision) -> Result {
        let units = Fuse.units(program)
        var lowering = Lowering(program, units, precision)
        for unit in units {
            switch unit {
            case .single(let row): lowering.lower(row)
            case .loop(let rows): lowering.lowerLoop(rows)
            }
        }
        lowering.bindOutputs()
        return lowering.result
    }

    private init(_ program: Program, _ units: [Fuse.Unit], _ precision: ProductPrecision) {
        self.program = program
        self.precision = precision
        places = [Place](repeating: .register, count: program.rows.count)
        stored = [Bool](repeating: false, count: program.rows.count)
        var loop = [Int](repeating: -1, count: program.rows.count)
        for (number, unit) in units.enumerated() {
            if case .loop(let rows) = unit { for row in rows { loop[row] = number } }
        }
        for (index, row) in program.rows.enumerated() {
            for input in row.inputs where loop[input] < 0 || loop[input] != loop[index] { stored[input] = true }
        }
        for output in program.outputs { stored[output] = true }
    }

    func isStored(_ row: Int) -> Bool { stored[row] }

    mutating func newBuffer(_ shape: Shape, _ type: DataType) -> Int {
        result.buffers.append(BufferInfo(kind: .intermediate, byteCount: shape.elementCount * type.size))
        return result.buffers.count - 1
    }

    /// A new buffer for the row's value, which the caller's kernel fills.
    mutating func store(_ row: Int) -> Int {
        let buffer = newBuffer(program.rows[row].shape, program.rows[row].dataType)
        places[row] = .view(View(buffer: buffer, shape: program.rows[row].shape))
        return buffer
    }

    /// A view of the row's value in memory.
    mutating func view(_ row: Int) -> View {
        if case .view(let view) = places[row] { return view }
        let shape = program.rows[row].shape
        let buffer = newBuffer(shape, program.rows[row].dataType)
        let view = View(buffer: buffer, shape: shape)
        result.kernels.append(
            ElementwiseKernel(copying: places[row], program.rows[row].dataType, shape, to: buffer))
        places[row] = .view(view)
        return view
    }

    /// A view of the row's value without strides to follow.
    mutating func contiguous(_ row: Int) -> View {
        let seen = view(row)
        return seen.isContiguous ? seen : copied(seen, program.rows[row].dataType)
    }

    mutating func copied(_ view: View, _ type: DataType) -> View {
        let shape = Shape(view.dimensions)
        let buffer = newBuffer(shape, type)
        result.kernels.append(CopyKernel(view, to: View(buffer: buffer, shape: shape), type: type))
        return View(buffer: buffer, shape: shape)
    }

    private mutating func lower(_ index: Int) {
        let row = program.rows[index]
        switch row.op {
        case .source(let source):
            switch source {
            case .argument(let argument):
                result.buffers.append(BufferInfo(kind: .argument(argument), byteCount: row.byteCount))
                places[index] = .view(View(buffer: result.buffers.count - 1, shape: row.shape))
            case .constant(let bits): places[index] = .constant(bits)
            case .index(let axis): places[index] = .index(axis: axis)
            case .data: preconditionFailure("data does not occur in a program")
            }
        case .unary, .binary, .comparison, .select, .cast: preconditionFailure("elementwise rows are lowered in loops")
        case .marker: places[index] = places[row.inputs[0]]
        case .movement(let movement): lower(movement, index)
        case .reduce(let op, let axes): lowerReduction(op, axes, index)
        case .argReduce(let greatest, let axis):
            let input = contiguous(row.inputs[0])
            result.kernels.append(
                AxisKernel(
                    .argReduce(greatest: greatest), input, inputType(row), axis: axis, to: store(index)))
        case .cumulativeSum(let axis, let reverse, let exclusive):
            let input = contiguous(row.inputs[0])
            result.kernels.append(
                AxisKernel(
                    .cumulativeSum(reverse: reverse, exclusive: exclusive), input, inputType(row), axis: axis,
                    to: store(index)))
        case .argsort(let axis, let descending):
            let input = contiguous(row.inputs[0])
            result.kernels.append(
                AxisKernel(.argsort(descending: descending), input, inputType(row), axis: axis, to: store(index)))
        case .matmul: lowerProduct(index)
        case .convolution(let op): lowerConvolution(op, index)
        case .window(let op): lowerWindow(op, index)
        case .concatenate(let axis):
            let parts = row.inputs.map { view($0) }
            result.kernels.append(
                ConcatenateKernel(parts, axis: axis, type: row.dataType, to: store(index), row.shape))
        case .gather(let axis):
            let input = contiguous(row.inputs[0])
            let indices = contiguous(row.inputs[1])
            result.kernels.append(
                GatherKernel(
                    input, indices, type: row.dataType, indexType: program.rows[row.inputs[1]].dataType, axis: axis,
                    to: store(index)))
        case .scatter(let mode, let axis):
            let base = view(row.inputs[0])
            let indices = contiguous(row.inputs[1])
            let updates = contiguous(row.inputs[2])
            let target = View(buffer: store(index), shape: row.shape)
            result.kernels.append(CopyKernel(base, to: target, type: row.dataType))
            result.kernels.append(
                ScatterKernel(
                    mode, target, indices, updates, type: row.dataType,
                    indexType: program.rows[row.inputs[1]].dataType, axis: axis))
        case .random(let distribution, let stream):
            let key = contiguous(row.inputs[0])
            result.kernels.append(
                RandomKernel(
                    distribution, key, stream, type: row.dataType, count: row.shape.elementCount, to: store(index)))
        }
    }

    private func inputType(_ row: Program.Row) -> DataType { program.rows[row.inputs[0]].dataType }

    private mutating func lower(_ movement: Movement, _ index: Int) {
        let row = program.rows[index]
        let input = row.inputs[0]
        if case .constant(let bits) = places[input], !row.op.isPad {
            places[index] = .constant(bits)
            return
        }
        switch movement {
        case .reshape:
            let seen = view(input)
            places[index] = .view(seen.reshaped(to: row.shape) ?? copied(seen, row.dataType).reshaped(to: row.shape)!)
        case .transpose(let permutation): places[index] = .view(view(input).transposed(permutation))
        case .broadcast: places[index] = .view(view(input).broadcast(to: row.shape))
        case .slice(let starts, let steps):
            places[index] = .view(view(input).sliced(starts: starts, steps: steps, to: row.shape))
        case .pad(let low, _, let interior, let bits):
            let seen = view(input)
            let target = View(buffer: store(index), shape: row.shape)
            result.kernels.append(
                FillKernel(bits, count: row.shape.elementCount, type: row.dataType, to: target.buffer))
            let inner = target.sliced(
                starts: low, steps: interior.map { $0 + 1 }, to: program.rows[input].shape)
            result.kernels.append(CopyKernel(seen, to: inner, type: row.dataType))
        }
    }

    /// Several axes are reduced one run of neighbors at a time, from the last.
    private mutating func lowerReduction(_ op: Reduction, _ axes: [Int], _ index: Int) {
        let type = program.rows[index].dataType
        var view = contiguous(program.rows[index].inputs[0])
        var rest = axes
        while let last = rest.popLast() {
            var first = last
            // Axes of size 1 in between do not interrupt a run.
            while let next = rest.last, next == first - 1 {
                first = next
                rest.removeLast()
            }
            let outer = view.dimensions[..<first].reduce(1, *)
            let n = view.dimensions[first...last].reduce(1, *)
            let inner = view.dimensions[(last + 1)...].reduce(1, *)
            let remaining = Shape(Array(view.dimensions[..<first] + view.dimensions[(last + 1)...]))
            let target = rest.isEmpty ? store(index) : newBuffer(remaining, type)
            let rows = ReduceKernel.rowsPerChunk(of: n, inner: inner)
            if outer == 1, n > rows {
                let chunks = (n + rows - 1) / rows
                let partial = newBuffer([chunks, inner], type)
                result.kernels.append(
                    ReduceKernel(op, type, view, outer: 1, n: n, inner: inner, rowsPerChunk: rows, to: partial))
                result.kernels.append(
                    ReduceKernel(
                        op, type, View(buffer: partial, shape: [chunks, inner]), outer: 1, n: chunks, inner: inner,
                        rowsPerChunk: nil, to: target))
            } else {
                result.kernels.append(
                    ReduceKernel(op, type, view, outer: outer, n: n, inner: inner, rowsPerChunk: nil, to: target))
            }
            view = View(buffer: target, shape: remaining)
        }
    }

    private mutating func lowerProduct(_ index: Int) {
        let row = program.rows[index]
        lowerProduct(view(row.inputs[0]), view(row.inputs[1]), index)
    }

    mutating func lowerProduct(_ left: View, _ right: View, _ index: Int) {
        let type = program.rows[index].dataType
        let operands = [left, right].map { MatmulKernel.orientation($0) == nil ? copied($0, type) : $0 }
        result.kernels.append(
            MatmulKernel(operands[0], operands[1], type: type, precision: precision, to: store(index)))
    }

    /// Makes each output a buffer of its own.
    private mutating func bindOutputs() {
        for (position, row) in program.outputs.enumerated() {
            let shape = program.rows[row].shape
            let type = program.rows[row].dataType
            let seen = view(row)
            let byteCount = shape.elementCount * type.size
            let isWhole = seen.isContiguous && seen.offset == 0 && result.buffers[seen.buffer].byteCount == byteCount
            if isWhole, result.buffers[seen.buffer].isIntermediate {
                result.buffers[seen.buffer].kind = .output(position)
                result.outputs.append((seen.buffer, byteCount))
            } else {
                let buffer = newBuffer(shape, type)
                result.buffers[buffer].kind = .output(position)
                result.kernels.append(CopyKernel(seen, to: View(buffer: buffer, shape: shape), type: type))
                result.outputs.append((buffer, byteCount))
            }
        }
    }
}
