extension ShapeRules {
    /// The number of windows along each spatial axis.
    static func positions(_ spatial: [Int], _ size: [Int], _ sliding: Sliding) throws(ShapeError) -> [Int] {
        var result: [Int] = []
        for axis in spatial.indices {
            let reach = (size[axis] - 1) * sliding.dilations[axis] + 1
            let padded = spatial[axis] + sliding.low[axis] + sliding.high[axis]
            guard size[axis] > 0, sliding.strides[axis] > 0, sliding.dilations[axis] > 0 else {
                throw ShapeError(
                    "windows \(size), strides \(sliding.strides) and dilations \(sliding.dilations) must be positive")
            }
            guard padded >= reach else {
                throw ShapeError(
                    "a window of \(size[axis]) with dilation \(sliding.dilations[axis]) does not fit into spatial axis "
                        + "\(axis) of \(spatial[axis]) with padding \(sliding.low[axis]) and \(sliding.high[axis])")
            }
            result.append((padded - reach) / sliding.strides[axis] + 1)
        }
        return result
    }

    /// The result of a convolution of `x` by `weight`.
    static func convolution(
        _ x: Shape, _ weight: Shape, _ sliding: Sliding, groups: Int
    ) throws(ShapeError) -> Shape {
        guard x.rank == weight.rank, (3...5).contains(x.rank) else {
            throw ShapeError(
                "needs x [batch, 1 to 3 spatial axes, channels] and weight [out, in / groups, kernel…], found \(x) and "
                    + "\(weight)")
        }
        try check(sliding, axes: x.rank - 2)
        let (channels, out) = (x[x.rank - 1], weight[0])
        guard groups > 0, channels % groups == 0, out % groups == 0 else {
            throw ShapeError("\(channels) input and \(out) output channels do not divide into \(groups) groups")
        }
        guard weight[1] == channels / groups else {
            throw ShapeError(
                "weight \(weight) wants \(weight[1]) channels a group, x \(x) has \(channels) in \(groups) groups")
        }
        let spatial = try positions(Array(x[1..<x.rank - 1]), Array(weight[2...]), sliding)
        return Shape([x[0]] + spatial + [out])
    }

    /// The result of pooling `x` over windows.
    static func window(_ x: Shape, _ size: [Int], _ sliding: Sliding) throws(ShapeError) -> Shape {
        guard (3...5).contains(x.rank), size.count == x.rank - 2 else {
            throw ShapeError(
                "a window \(size) needs x [batch, spatial…, channels] of rank \(size.count + 2), found \(x)")
        }
        try check(sliding, axes: size.count)
        let spatial = try positions(Array(x[1..<x.rank - 1]), size, sliding)
        return Shape([x[0]] + spatial + [x[x.rank - 1]])
    }

    private static func check(_ sliding: Sliding, axes: Int) throws(ShapeError) {
        for list in [sliding.strides, sliding.dilations, sliding.low, sliding.high] where list.count != axes {
            throw ShapeError("strides, dilations and padding need \(axes) entries each, found \(list)")
        }
    }
}
