import Foundation
import ThalwegFormats

extension RunFolder {
    /// The rows of `metrics.csv` so far. A last row that is still being written is left out.
    ///
    /// - Throws: `TrainingError.file` when the file is missing or not of the form.
    public func metricsRows() throws -> [MetricsRow] {
        let file: FileBytes
        do { file = try FileBytes(metrics) } catch {
            throw TrainingError.file(metrics.relativePath, problem: "is missing or cannot be read")
        }
        return try withExtendedLifetime(file) {
            guard file.bytes.starts(with: MetricsRow.header.utf8) else {
                throw TrainingError.file(
                    metrics.relativePath, problem: "is damaged: its first line is no header of metrics")
            }
            return try rows(UnsafeRawBufferPointer(rebasing: file.bytes[MetricsRow.header.utf8.count...]))
        }
    }

    /// The last whole row of `metrics.csv`, without reading the others.
    public var lastMetricsRow: MetricsRow? {
        guard let handle = try? FileHandle(forReadingFrom: metrics) else { return nil }
        defer { try? handle.close() }
        guard let end = try? handle.seekToEnd() else { return nil }
        let start = UInt64(MetricsRow.header.utf8.count)
        // A row has at most 7 numbers of some 25 characters.
        guard (try? handle.seek(toOffset: max(start, end > 1024 ? end - 1024 : 0))) != nil,
            let bytes = try? handle.readToEnd(), let last = bytes.lastIndex(of: 10)
        else { return nil }
        let first = bytes[..<last].lastIndex(of: 10).map { $0 + 1 } ?? bytes.startIndex
        return bytes[first...last].withUnsafeBytes { MetricsRow(line: $0) }
    }

    private func rows(_ bytes: UnsafeRawBufferPointer) throws -> [MetricsRow] {
        var rows: [MetricsRow] = []
        rows.reserveCapacity(bytes.count / 60)
        var start = 0
        while let length = bytes[start...].firstIndex(of: 10).map({ $0 - start }) {
            guard let row = MetricsRow(line: UnsafeRawBufferPointer(rebasing: bytes[start...start + length])) else {
                throw TrainingError.file(metrics.relativePath, problem: "is damaged: line \(rows.count + 2)")
            }
            rows.append(row)
            start += length + 1
        }
        return rows
    }
}

extension MetricsRow {
    /// - Parameter line: Seven cells and the line break, which keeps the C functions from reading on.
    fileprivate init?(line: UnsafeRawBufferPointer) {
        guard let base = line.baseAddress?.assumingMemoryBound(to: CChar.self), line.last == 10 else { return nil }
        let end = base + (line.count - 1)
        var place = base
        var isSound = true
        /// The next cell; nil for an empty one.
        func cell(isLast: Bool = false) -> Double? {
            defer { if !isLast { place += 1 } }
            let stop = Int8(bitPattern: isLast ? 10 : 44)
            if place <= end, place.pointee == stop { return nil }
            // White space would be passed over, line breaks with it.
            guard place < end, place.pointee > 32 else {
                isSound = false
                return nil
            }
            var rest: UnsafeMutablePointer<CChar>?
            let value = strtod(place, &rest)
            guard let rest, rest > place, rest <= end, rest.pointee == stop else {
                isSound = false
                place = end
                return nil
            }
            place = UnsafePointer(rest)
            return value
        }
        let (step, epoch) = (cell(), cell())
        let (trainCost, devCost, trainMetric, devMetric) = (cell(), cell(), cell(), cell())
        let rate = cell(isLast: true)
        guard isSound, let step = step.flatMap({ Int(exactly: $0) }), let epoch = epoch.flatMap({ Int(exactly: $0) }),
            let rate
        else { return nil }
        self.init(
            step: step, epoch: epoch, trainCost: trainCost, devCost: devCost, trainMetric: trainMetric,
            devMetric: devMetric, learningRate: rate)
    }
}
