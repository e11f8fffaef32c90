extension Tensor {
    private func reduce(_ op: Reduction, _ axes: Axes?, _ keepingDimensions: Bool, _ site: CallSite) -> Tensor {
        let resolved = site.require { () throws(ShapeError) in try ShapeRules.axes(axes?.list, rank: rank) }
        if resolved.isEmpty { return self }
        let reduced = Tensor.record(
            .reduce(op, axes: resolved), [self],
            shape: ShapeRules.reduced(shape, axes: resolved, keepingDimensions: false), dataType: dataType)
        return keepingDimensions
            ? reduced.reshaped(to: ShapeRules.reduced(shape, axes: resolved, keepingDimensions: true)) : reduced
    }

    /// Sum; `bool` and `uint8` are summed as `int64`. Floating sums are accumulated stably.
    public func sum(
        along axes: Axes? = nil, keepingDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let wide = dataType == .bool || dataType == .uint8 ? cast(to: .int64) : self
        return wide.reduce(.sum, axes, keepingDimensions, CallSite("sum", file, line))
    }

    /// Sum divided by the number of elements.
    public func mean(
        along axes: Axes? = nil, keepingDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let site = CallSite("mean", file, line)
        site.require(dataType.isFloatingPoint, "needs floating-point numbers, found \(dataType.rawValue)")
        let total = reduce(.sum, axes, keepingDimensions, site)
        return total * (Double(Swift.max(total.elementCount, 1)) / Double(Swift.max(elementCount, 1)))
    }

    /// Mean squared deviation from the mean; `unbiased` divides by n - 1.
    public func variance(
        along axes: Axes? = nil, keepingDimensions: Bool = false, unbiased: Bool = false, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Tensor {
        let centered = self - mean(along: axes, keepingDimensions: true, file: file, line: line)
        let biased = centered.square().mean(along: axes, keepingDimensions: keepingDimensions, file: file, line: line)
        let n = Double(elementCount) / Double(Swift.max(biased.elementCount, 1))
        return unbiased ? biased * (n / (n - 1)) : biased
    }

    /// Root of the variance.
    public func standardDeviation(
        along axes: Axes? = nil, keepingDimensions: Bool = false, unbiased: Bool = false, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Tensor {
        variance(along: axes, keepingDimensions: keepingDimensions, unbiased: unbiased, file: file, line: line).sqrt()
    }

    /// Greatest element; NaN wins; ties share the gradient.
    public func max(
        along axes: Axes? = nil, keepingDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let site = CallSite("max", file, line)
        site.require(elementCount > 0, "of no elements: \(shape)")
        return reduce(.max, axes, keepingDimensions, site)
    }

    /// Least element; NaN wins; ties share the gradient.
    public func min(
        along axes: Axes? = nil, keepingDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let site = CallSite("min", file, line)
        site.require(elementCount > 0, "of no elements: \(shape)")
        return reduce(.min, axes, keepingDimensions, site)
    }

    /// Whether any element is true.
    public func any(
        along axes: Axes? = nil, keepingDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let site = CallSite("any", file, line)
        site.require(dataType == .bool, "needs bool, found \(dataType.rawValue)")
        return reduce(.any, axes, keepingDimensions, site)
    }

    /// Whether all elements are true.
    public func all(
        along axes: Axes? = nil, keepingDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let site = CallSite("all", file, line)
        site.require(dataType == .bool, "needs bool, found \(dataType.rawValue)")
        return reduce(.all, axes, keepingDimensions, site)
    }

    /// Product, by halving: its gradient is right where elements are 0.
    public func product(
        along axes: Axes? = nil, keepingDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let site = CallSite("product", file, line)
        let resolved = site.require { () throws(ShapeError) in try ShapeRules.axes(axes?.list, rank: rank) }
        let kept = (0..<rank).filter { !resolved.contains($0) }
        let keptShape = kept.map { shape[$0] }
        var rest = transposed(kept + resolved).reshaped(
            to: Shape(keptShape + [elementCount / Swift.max(Shape(keptShape).elementCount, 1)]))
        let last = keptShape.count
        while rest.shape[last] > 1 {
            let half = rest.shape[last] / 2
            let pairs = rest.slice(axis: last, from: 0, count: half) * rest.slice(axis: last, from: half, count: half)
            rest =
                rest.shape[last] % 2 == 0
                ? pairs : Tensor.concatenate([pairs, rest.slice(axis: last, from: 2 * half, count: 1)], along: last)
        }
        if rest.shape[last] == 0 { rest = .ones(Shape(keptShape + [1]), dataType: dataType) }
        return rest.reshaped(to: ShapeRules.reduced(shape, axes: resolved, keepingDimensions: keepingDimensions))
    }

    private func argReduce(greatest: Bool, _ axis: Int, _ keepingDimensions: Bool, _ site: CallSite) -> Tensor {
        let axis = site.require { () throws(ShapeError) in try ShapeRules.axis(axis, rank: rank) }
        site.require(shape[axis] > 0, "axis \(axis) of \(shape) is empty")
        let found = Tensor.record(
            .argReduce(greatest: greatest, axis: axis), [self],
            shape: ShapeRules.reduced(shape, axes: [axis], keepingDimensions: false), dataType: .int64)
        return keepingDimensions ? found.expandingDimensions(at: axis) : found
    }

    /// Position of the first greatest element, `int64`.
    public func argmax(
        along axis: Int = -1, keepingDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor { argReduce(greatest: true, axis, keepingDimensions, CallSite("argmax", file, line)) }

    /// Position of the first least element, `int64`.
    public func argmin(
        along axis: Int = -1, keepingDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor { argReduce(greatest: false, axis, keepingDimensions, CallSite("argmin", file, line)) }

    /// Sum of this and all earlier elements along an axis (`exclusive`: earlier ones only; `reverse`: later ones).
    public func cumulativeSum(
        along axis: Int, reverse: Bool = false, exclusive: Bool = false, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Tensor {
        let site = CallSite("cumulativeSum", file, line)
        let axis = site.require { () throws(ShapeError) in try ShapeRules.axis(axis, rank: rank) }
        site.require(dataType != .bool, "needs numbers, found bool")
        return Tensor.record(
            .cumulativeSum(axis: axis, reverse: reverse, exclusive: exclusive), [self], shape: shape, dataType: dataType
        )
    }

    /// Positions that sort along an axis, stable, NaN last; `int64`.
    public func argsorted(
        along axis: Int = -1, descending: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let axis = CallSite("argsorted", file, line)
            .require { () throws(ShapeError) in try ShapeRules.axis(axis, rank: rank) }
        return Tensor.record(.argsort(axis: axis, descending: descending), [self], shape: shape, dataType: .int64)
    }

    /// Sorted along an axis, NaN last.
    public func sorted(
        along axis: Int = -1, descending: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        gatheredElements(at: argsorted(along: axis, descending: descending, file: file, line: line), along: axis)
    }

    /// The `k` greatest elements along an axis, greatest first, and their positions.
    public func topK(
        _ k: Int, along axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
    ) -> (values: Tensor, indices: Tensor) {
        let site = CallSite("topK", file, line)
        let axis = site.require { () throws(ShapeError) in try ShapeRules.axis(axis, rank: rank) }
        site.require(k >= 0 && k <= shape[axis], "k = \(k) of an axis of size \(shape[axis])")
        let indices = argsorted(along: axis, descending: true).slice(axis: axis, from: 0, count: k)
        return (gatheredElements(at: indices, along: axis), indices)
    }

    /// log of the sum of e^x, without overflow.
    public func logSumExp(
        along axes: Axes? = nil, keepingDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let top = max(along: axes, keepingDimensions: true, file: file, line: line).stoppingGradient()
        // An infinite maximum would give inf - inf.
        let finite = Tensor.select(top.isFinite(), top, 0.0)
        let total = (self - finite).exp().sum(along: axes, keepingDimensions: true).log() + finite
        guard !keepingDimensions else { return total }
        let resolved = CallSite("logSumExp", file, line)
            .require { () throws(ShapeError) in try ShapeRules.axes(axes?.list, rank: rank) }
        return total.reshaped(to: ShapeRules.reduced(shape, axes: resolved, keepingDimensions: false))
    }

    /// e^x / sum of e^x along an axis.
    public func softmax(along axis: Int = -1, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        let top = max(along: .axis(axis), keepingDimensions: true, file: file, line: line).stoppingGradient()
        let exponentials = (self - top).exp()
        return exponentials / exponentials.sum(along: .axis(axis), keepingDimensions: true)
    }

    /// log(softmax(x)), without underflow.
    public func logSoftmax(along axis: Int = -1, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        let top = max(along: .axis(axis), keepingDimensions: true, file: file, line: line).stoppingGradient()
        let centered = self - top
        return centered - centered.exp().sum(along: .axis(axis), keepingDimensions: true).log()
    }

    /// Euclidean (Frobenius) norm; its gradient at zero is zero.
    public func norm(
        along axes: Axes? = nil, keepingDimensions: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let squares = square().sum(along: axes, keepingDimensions: keepingDimensions, file: file, line: line)
        // The root has no slope at 0: it is kept away from there.
        let isZero = squares .== 0.0
        return Tensor.select(isZero, 0.0, Tensor.select(isZero, 1.0, squares).sqrt())
    }
}
