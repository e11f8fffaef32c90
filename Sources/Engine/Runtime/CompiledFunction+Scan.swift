internal import CKernels

extension CompiledFunction {
    /// Many runs in one call, each of which begins with what the one before left: whole trainings of small networks, without the
    /// cost of a call for every step.
    ///
    ///     let step = CompiledFunction(inputs: [w, x, y], donated: [1: 0]) { … return [loss, newW] }
    ///     let results = step.scan([w, batches, targets], over: [1, 2], count: 100)
    ///     // results[0]: [100] losses; results[1]: w after 100 steps
    ///
    /// Outputs that are donated an input's memory are carried: the next run takes them in that input's place. The results are
    /// those of as many calls, bit for bit (`lax.scan` of JAX).
    ///
    /// - Parameters:
    ///   - arguments: as for a call; those of `sequences` have one axis more, the first, with at least one element.
    ///   - sequences: numbers of inputs of which run i takes element i, starting over after the last one.
    /// - Returns: in the order of the outputs: what is carried after the last run; of the others, all runs' values along
    ///   a new first axis.
    /// - Throws: `EngineError` where the values make the computation impossible: an index out of range.
    public func scan(
        _ arguments: consuming [Tensor], over sequences: Set<Int>, count: Int, file: StaticString = #fileID,
        line: UInt = #line
    ) throws -> [Tensor] {
        let site = CallSite("scan", file, line)
        site.require(count >= 0, "\(count) runs")
        site.require(
            sequences.allSatisfy(inputs.indices.contains),
            "sequences \(sequences.sorted()) of a function with \(inputs.count) inputs")
        site.require(
            Set(donated.values).count == donated.count && sequences.isDisjoint(with: donated.values),
            "an input takes the place of one output, and is no sequence: donated \(donated), sequences \(sequences.sorted())"
        )
        var buffers = try buffers(consume arguments, over: sequences, site)
        let results = try plan.scan(&buffers, over: sequences, carried: donated, count: count, threads: threads)
        return zip(results, outputs).enumerated().map { number, output in
            let shape = donated[number] == nil ? Shape([count] + output.1.shape) : output.1.shape
            return Tensor(Node(value: output.0, shape: shape, dataType: output.1.dataType))
        }
    }
}
