// Images made larger or smaller, one spatial axis after the other. Images are `[batch, spatial…, channels]`.

extension Tensor {
    /// The mean of each part when each spatial axis is cut into so many parts as equal as they can be (part i from
    /// floor(i·n / parts) to before ceil((i + 1)·n / parts), as in PyTorch). `[1, 1]` gives the mean of the image.
    public func adaptiveAveragePooled(
        to sizes: [Int], file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let site = CallSite("adaptiveAveragePooled", file, line)
        requireImages(sizes, site)
        if sizes.allSatisfy({ $0 == 1 }) {
            return mean(along: Axes(Array(1..<rank - 1)), keepingDimensions: true)
        }
        return mapped(sizes) { position, n, parts in
            let (first, end) = (position * n / parts, ((position + 1) * n + parts - 1) / parts)
            return (first..<end).map { ($0, 1 / Double(end - first)) }
        }
    }

    /// Every pixel repeated `factors[i]` times along spatial axis i.
    public func upsampledNearest(
        by factors: [Int], file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        requireImages(factors, CallSite("upsampledNearest", file, line))
        var (spread, wide, result) = ([shape[0]], [shape[0]], [shape[0]])
        for (size, factor) in zip(shape[1..<rank - 1], factors) {
            spread += [size, 1]
            wide += [size, factor]
            result.append(size * factor)
        }
        let channels = [shape[rank - 1]]
        return reshaped(to: Shape(spread + channels)).broadcast(to: Shape(wide + channels))
            .reshaped(to: Shape(result + channels))
    }

    /// Linear interpolation along each spatial axis (bilinear for two).
    ///
    /// - Parameter alignsCorners: True lays the centers of the first and last pixels on each other, false (the usual
    ///   choice) the outer edges of the images; as in PyTorch.
    public func upsampledLinear(
        to sizes: [Int], alignsCorners: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        requireImages(sizes, CallSite("upsampledLinear", file, line))
        return mapped(sizes) { position, n, size in
            let place =
                alignsCorners
                ? (size == 1 ? 0 : Double(position) * Double(n - 1) / Double(size - 1))
                : Swift.max(0, (Double(position) + 0.5) * Double(n) / Double(size) - 0.5)
            let low = Swift.min(Int(place), n - 1)
            let share = place - Double(low)
            return [(low, 1 - share), (Swift.min(low + 1, n - 1), share)]
        }
    }

    private func requireImages(_ sizes: [Int], _ site: CallSite) {
        site.require(
            dataType.isFloatingPoint && (3...5).contains(rank) && sizes.count == rank - 2
                && sizes.allSatisfy { $0 > 0 },
            "\(sizes) does not name the spatial axes of floating-point [batch, spatial…, channels], found "
                + "\(dataType.rawValue)\(shape)")
    }

    /// Each spatial axis by a linear map, given by what an output position takes from an axis of n.
    private func mapped(
        _ sizes: [Int], _ terms: (_ position: Int, _ n: Int, _ size: Int) -> [(source: Int, share: Double)]
    ) -> Tensor {
        var result = self
        for (axis, size) in zip(1..., sizes) {
            let n = shape[axis]
            var matrix = [Double](repeating: 0, count: size * n)
            for position in 0..<size {
                for (source, share) in terms(position, n, size) { matrix[position * n + source] += share }
            }
            let dimensions = result.shape.dimensions
            let (outer, inner) = (dimensions[..<axis].reduce(1, *), dimensions[(axis + 1)...].reduce(1, *))
            // [size, n] × [outer, n, inner]
            result = matmul(
                Tensor(matrix, shape: [size, n]).cast(to: dataType), result.reshaped(to: [outer, n, inner])
            ).reshaped(to: Shape(dimensions[..<axis] + [size] + dimensions[(axis + 1)...]))
        }
        return result
    }
}
