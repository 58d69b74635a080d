public import Kernels
public import ModelFile

/// A matrix as symbols and steps: what an int8 array of a model file and its companions hold.
public struct QuantizedMatrix: Sendable {
    public let rows: Int
    public let columns: Int
    /// Int8 panels as docs/FORMAT.md lays them out. `[panels × groups × 16 rows × 4 columns]`
    public let symbols: AlignedBuffer<Int8>
    /// A row's step. `[panels × 16]`
    public let scales: [Float]
    /// What does not fit an int8, in the file's order.
    public let escapes: [Escape]

    /// Takes whole numbers, `[panels × columns × 16]`, times their rows' steps, `[panels × 16]`.
    init(_ numbers: AlignedBuffer<Int16>, rows: Int, columns: Int, steps: [Float]) throws(KernelError) {
        (self.rows, self.columns, scales) = (rows, columns, steps)
        let panelByteCount = (columns + 3) / 4 * 64
        symbols = try AlignedBuffer(count: steps.count / 16 * panelByteCount)
        var escapes: [Escape] = []
        for row in 0..<rows {
            let (panel, lane) = row.quotientAndRemainder(dividingBy: 16)
            let line = unsafe numbers.pointer + panel * columns * 16 + lane
            let out = unsafe symbols.pointer + panel * panelByteCount + 4 * lane
            for column in 0..<columns {
                let number = unsafe line[16 * column]
                let symbol = Int8(min(max(number, -127), 127))
                unsafe out[column / 4 * 64 + column % 4] = symbol
                if number != Int16(symbol) {
                    escapes.append(Escape(row: row, column: column, remainder: number - Int16(symbol)))
                }
            }
        }
        self.escapes = escapes
    }

    func forEachSymbol(ofRow row: Int, _ body: (_ column: Int, _ symbol: Int8) -> Void) {
        let panelByteCount = (columns + 3) / 4 * 64
        let line = unsafe symbols.pointer + row / 16 * panelByteCount + 4 * (row % 16)
        for column in 0..<columns { body(column, unsafe line[column / 4 * 64 + column % 4]) }
    }

    /// Calls `body` with every weight as it is stored, row after row.
    public func forEachWeight(_ body: (_ row: Int, _ column: Int, _ weight: Float) -> Void) {
        var escapes = escapes[...]
        for row in 0..<rows {
            forEachSymbol(ofRow: row) { column, symbol in
                var number = Int(symbol)
                if let escape = escapes.first, escape.row == row, escape.column == column {
                    number += Int(escape.remainder)
                    escapes.removeFirst()
                }
                body(row, column, Float(number) * scales[row])
            }
        }
    }
}
