/// Images of a convolution line by line, with the zeros that stand beside them: what a window sees of a line on its way from
/// pixel to pixel lies one behind the other. Images of one axis are one line.
struct PaddedLines: Sendable {
    let batch: Int
    let channels: Int
    let input: (height: Int, width: Int)
    let output: (height: Int, width: Int)
    let window: (height: Int, width: Int)
    let strides: (down: Int, across: Int)
    let low: (down: Int, across: Int)
    /// Lines from one row of a window to the next.
    let dilation: Int
    /// Output rows that are worked on together.
    var band: Int

    /// nil where the window's pixels do not lie side by side, or not every window begins in a line or before it.
    init?(_ problem: ConvolutionProblem) {
        guard problem.groups == 1, problem.input.count <= 2, problem.dilations.last == 1,
            problem.low.allSatisfy({ $0 >= 0 })
        else { return nil }
        func pair(_ values: [Int], _ missing: Int) -> (Int, Int) {
            (values.count > 1 ? values[0] : missing, values.last!)
        }
        (batch, channels) = (problem.batch, problem.inputChannels)
        input = pair(problem.input, 1)
        output = pair(problem.output, 1)
        window = pair(problem.kernel, 1)
        strides = pair(problem.strides, 1)
        low = pair(problem.low, 0)
        dilation = pair(problem.dilations, 1).0
        band = output.height
        // What a band sees stays in the cache, and its pixels are enough to share the weights.
        let fitting = (65_536 / length - (window.height - 1) * dilation - 1) / strides.down + 1
        let most = min(output.height, max(fitting, (48 + output.width - 1) / output.width))
        var bands = (output.height + most - 1) / most
        if batch == 1, bands > 1, bands < output.height { bands += bands % 2 }
        band = (output.height + bands - 1) / bands
    }

    /// Elements of what a window sees of a line.
    var span: Int { window.width * channels }
    /// Elements of a line that windows see.
    var length: Int { (output.width - 1) * strides.across * channels + span }
    func seen(by rows: Int) -> Int { (rows - 1) * strides.down + (window.height - 1) * dilation + 1 }
    var bands: Int { (output.height + band - 1) / band }

    /// The output rows of a band of an image, and the lines that they see, copied.
    func copy(
        band number: Int, of image: UnsafePointer<Float>, to scratch: UnsafeMutablePointer<Float>
    ) -> Range<Int> {
        let first = number * band
        let rows = first..<min(first + band, output.height)
        let before = min(low.across, length / channels)
        let copied = max(min(input.width, length / channels - before), 0)
        for line in 0..<seen(by: rows.count) {
            let (target, source) = (scratch + line * length, first * strides.down - low.down + line)
            guard (0..<input.height).contains(source), copied > 0 else {
                target.update(repeating: 0, count: length)
                continue
            }
            target.update(repeating: 0, count: before * channels)
            (target + before * channels).update(
                from: image + source * input.width * channels, count: copied * channels)
            (target + (before + copied) * channels).update(
                repeating: 0, count: length - (before + copied) * channels)
        }
        return rows
    }
}
