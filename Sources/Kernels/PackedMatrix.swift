/// Whole panels of a matrix [rows × columns] whose symbols are packed in 4, 5 or 6 bits; docs/KERNELS.md gives the layout.
public typealias PackedMatrix = vk_packed_matrix

extension PackedMatrix {
    /// Calls `body` with every column of a row and the symbol there, from the first column to the last.
    public func forEachSymbol(inRow row: Int, _ body: (_ column: Int, _ symbol: Int) -> Void) {
        let (panel, lane) = row.quotientAndRemainder(dividingBy: 16)
        let (bits, columns) = unsafe (self.bits, matrix.columns)
        let start = unsafe matrix.elements + (panel * columns * 2 * bits + lane * 4)
        var outlier = unsafe Int(outlier_starts[panel])
        let end = unsafe Int(outlier_starts[panel + 1])
        for column in 0..<columns {
            let half = unsafe start + (column / 32 * 64 * bits + column % 4 / 2 * 2)
            var symbol = -(1 << (bits - 1))
            PackedField.forEach(bits, pair: PackedField.pair(column)) { field in
                let word = unsafe (half + field.group * 64).loadUnaligned(as: UInt16.self)
                symbol += (Int(UInt16(littleEndian: word)) >> field.shift & (1 << field.bits - 1)) << field.weight
            }
            let place = UInt32((column / 4 * 16 + lane) * 4 + column % 4)
            while outlier < end, unsafe outliers[outlier] >> 8 < place { outlier += 1 }
            if outlier < end, unsafe outliers[outlier] >> 8 == place {
                symbol += Int(Int8(truncatingIfNeeded: unsafe outliers[outlier]))
            }
            body(column, symbol)
        }
    }
}

/// A piece of a packed symbol: `bits` bits from bit `shift` on of one of a slab's groups, worth 2^`weight` and up.
struct PackedField {
    let group, shift, bits, weight: Int

    /// The pair of columns in a slab that a column belongs to.
    static func pair(_ column: Int) -> Int { column % 32 / 4 * 2 + column % 2 }

    /// Where a slab keeps the symbols of pair `pair`.
    static func forEach(_ bits: Int, pair: Int, _ body: (PackedField) -> Void) {
        func whole(_ group: Int, _ shift: Int) { body(PackedField(group: group, shift: shift, bits: bits, weight: 0)) }
        switch (bits, pair) {
        case (4, _): whole(pair / 4, pair % 2 * 8 + pair % 4 / 2 * 4)
        case (5, 15): for i in 0..<5 { body(PackedField(group: i, shift: 10, bits: 1, weight: 4 - i)) }
        case (5, _): whole(pair / 3, pair % 3 * 11 / 2)
        default:
            let first = pair / 8 * 3
            switch pair % 8 {
            case 0, 1: whole(first, pair % 8 * 6)
            case 2, 3: whole(first + 1, pair % 8 * 10 - 20)
            case 4, 5: whole(first + 2, pair % 8 * 6 - 24)
            default:
                let isLast = pair % 8 == 7
                body(PackedField(group: first + (isLast ? 2 : 0), shift: 12, bits: 4, weight: 0))
                body(PackedField(group: first + 1, shift: isLast ? 8 : 6, bits: 2, weight: 4))
            }
        }
    }
}

extension Reference {
    /// The symbols of a packed matrix as they lie in int8.
    static func unpacked(_ packed: PackedMatrix) -> [Int8] {
        let (rows, columns) = unsafe ((packed.matrix.rows + 15) / 16 * 16, packed.matrix.columns)
        var symbols = [Int8](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            unsafe packed.forEachSymbol(inRow: row) { column, symbol in
                let place = row / 16 * 16 * columns + (column / 4 * 16 + row % 16) * 4 + column % 4
                symbols[place] = Int8(truncatingIfNeeded: symbol)
            }
        }
        return symbols
    }

    static func pack(
        _ panel: UnsafePointer<Int8>, _ columns: Int, _ bits: Int, _ out: UnsafeMutablePointer<UInt8>,
        _ outliers: UnsafeMutablePointer<UInt32>, _ room: Int
    ) -> Int {
        let half = 1 << (bits - 1)
        var count = 0
        for i in 0..<columns * 2 * bits { unsafe out[i] = 0 }
        for place in 0..<columns * 16 {
            let symbol = unsafe Int(panel[place])
            let stored = min(max(symbol, -half), half - 1)
            if stored != symbol {
                if count < room { unsafe outliers[count] = UInt32(place << 8) | UInt32((symbol - stored) & 0xff) }
                count += 1
            }
            let column = place / 64 * 4 + place % 4
            let start = column / 32 * 64 * bits + place / 4 % 16 * 4 + column % 4 / 2 * 2
            PackedField.forEach(bits, pair: PackedField.pair(column)) { field in
                let piece = (stored + half) >> field.weight & (1 << field.bits - 1)
                let word = piece << field.shift
                unsafe out[start + field.group * 64] |= UInt8(word & 0xff)
                unsafe out[start + field.group * 64 + 1] |= UInt8(word >> 8)
            }
        }
        return count
    }
}
