internal import Foundation
public import ThalwegEngine
internal import ThalwegFormats

extension Preprocessing {
    /// Refuses inputs that a network cannot be trained or judged with: their squares overflow the type they are computed in.
    ///
    /// - Parameters:
    ///   - inputs: what `inputs(_:rows:dataType:)` made of the examples.
    ///   - rows: which examples they are.
    /// - Throws: `DataError` naming the first cell at fault.
    public func checkRange(of inputs: Tensor, _ examples: Examples, rows: [Int]) throws {
        let largest =
            inputs.dataType == .float64 ? Double.greatestFiniteMagnitude : Double(Float.greatestFiniteMagnitude)
        let limit = largest.squareRoot()
        guard inputs.shape.elementCount > 0, inputs.abs().max().item() >= limit,
            let place = inputs.doubles().firstIndex(where: { abs($0) >= limit })
        else { return }
        let width = inputs.shape.elementCount / rows.count
        let (row, column) = (rows[place / width], inputNames[min(place % width, inputNames.count - 1)])
        let kind = inputs.dataType.rawValue
        let hint = inputs.dataType == .float64 ? "" : " (dtype=float64 holds more)"
        guard case .table(let table) = examples else {
            throw DataError(
                .invalidValue, tensor: "inputs",
                "example \(row + 1), \(column): squares of so large a number overflow \(kind)\(hint)")
        }
        var found = ""
        if case .numbers(let numbers)? = table.column(named: column)?.values { found = "\(numbers[row].shortText) is " }
        throw DataError(
            .invalidValue, file: table.source, line: table.lines[row], column: column,
            "\(found)so far from the training examples' values, or from 0, that its square overflows \(kind)\(hint)")
    }
}
