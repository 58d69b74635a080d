/// How few bits the symbols of an int8 matrix fit in, but for a few that are listed.
public struct Packing: Sendable, Equatable {
    /// 4, 5 or 6.
    public let bits: Int
    /// Symbols outside of −2^(bits − 1) … 2^(bits − 1) − 1.
    public let outlierCount: Int

    /// The widths that symbols can be packed in.
    public static let bitCounts = 4...6
    /// What a matrix in panels is cut into where it is packed.
    public static let columnMultiple = 32

    /// The fewest bits that leave out at most ``mostOutliers(elementCount:)`` symbols; nil where there are none.
    ///
    /// - Parameters:
    ///   - counts: how often each symbol from −128 to 127 is there.
    ///   - rows: the matrix's rows.
    ///   - columns: its columns.
    public init?(symbolCounts counts: [Int], rows: Int, columns: Int) {
        let most = Self.mostOutliers(elementCount: rows * columns)
        guard columns % Self.columnMultiple == 0,
            let bits = Self.bitCounts.first(where: { Self.outlierCount(symbolCounts: counts, bits: $0) <= most })
        else { return nil }
        self.init(bits: bits, outlierCount: Self.outlierCount(symbolCounts: counts, bits: bits))
    }

    /// Outliers that a matrix may have.
    public static func mostOutliers(elementCount: Int) -> Int { Limits.outlierCount(elementCount: elementCount) }

    /// Symbols that do not fit, of so many of each from −128 to 127.
    public static func outlierCount(symbolCounts counts: [Int], bits: Int) -> Int {
        let half = 1 << (bits - 1)
        return counts[..<(128 - half)].reduce(0, +) + counts[(128 + half)...].reduce(0, +)
    }

    init(bits: Int, outlierCount: Int) {
        self.bits = bits
        self.outlierCount = outlierCount
    }

    /// Bytes that so many decoded ones take once they are packed.
    public func byteCount(decoded: Int) -> Int { decoded / 8 * bits }

    /// Words of a matrix's list of outliers: where each panel's begin, the end, and the outliers themselves.
    public func listCount(of array: ArrayDescription) -> Int { array.panelCount + 1 + outlierCount }
}

extension ArrayDescription {
    /// Whether a header may say how its symbols can be packed in memory.
    var isPackable: Bool {
        elementType == .int8 && layout == .panels && storage == .zstd && columns % Packing.columnMultiple == 0
    }
}

/// The packed layouts of docs/FORMAT.md, for those who are in no hurry.
enum PackedPanels {
    /// Packs whole int8 panels. A panel's outliers are appended to `outliers`, one list for each.
    static func packed(_ symbols: [UInt8], columns: Int, bits: Int, outliers: inout [[UInt32]]) -> [UInt8] {
        let half = 1 << (bits - 1)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(symbols.count / 8 * bits)
        for panel in stride(from: 0, to: symbols.count, by: 16 * columns) {
            var list: [UInt32] = []
            for place in 0..<16 * columns {
                let symbol = Int(Int8(bitPattern: symbols[panel + place]))
                guard symbol < -half || symbol >= half else { continue }
                list.append(UInt32(place << 8 | (symbol - min(max(symbol, -half), half - 1)) & 0xFF))
            }
            outliers.append(list)
            for slab in stride(from: panel, to: panel + 16 * columns, by: 512) {
                var groups = [UInt8](repeating: 0, count: 64 * bits)
                for lane in 0..<32 {
                    let values = (0..<16).map { pair in
                        let symbol = Int8(bitPattern: symbols[slab + place(pair: pair, lane: lane)])
                        return min(max(Int(symbol), -half), half - 1) + half
                    }
                    for (group, word) in words(values, bits: bits).enumerated() {
                        groups[group * 64 + lane * 2] = UInt8(word & 0xFF)
                        groups[group * 64 + lane * 2 + 1] = UInt8(word >> 8)
                    }
                }
                bytes += groups
            }
        }
        return bytes
    }

    /// What whole packed panels are as int8.
    ///
    /// - Parameter outliers: of a panel, by its number in `packed`.
    static func unpacked(
        _ packed: [UInt8], columns: Int, bits: Int, outliers: (_ panel: Int) -> [UInt32]
    ) -> [UInt8] {
        let half = 1 << (bits - 1)
        var symbols = [UInt8](repeating: 0, count: packed.count / bits * 8)
        for slab in 0..<symbols.count / 512 {
            for lane in 0..<32 {
                let words = (0..<bits).map { group in
                    let start = (slab * bits + group) * 64 + lane * 2
                    return Int(packed[start]) | Int(packed[start + 1]) << 8
                }
                for (pair, value) in values(words, bits: bits).enumerated() {
                    symbols[slab * 512 + place(pair: pair, lane: lane)] = UInt8(truncatingIfNeeded: value - half)
                }
            }
        }
        for panel in 0..<symbols.count / (16 * columns) {
            for outlier in outliers(panel) {
                symbols[panel * 16 * columns + Int(outlier >> 8)] &+= UInt8(truncatingIfNeeded: outlier)
            }
        }
        return symbols
    }

    /// Where in 32 columns of an int8 panel the symbol of a pair lies that belongs to a lane: half a row's 4 bytes.
    private static func place(pair: Int, lane: Int) -> Int {
        pair / 2 * 64 + lane / 2 * 4 + pair % 2 + lane % 2 * 2
    }

    /// A lane's 16 values in `bits` words of 16 bits.
    private static func words(_ values: [Int], bits: Int) -> [Int] {
        switch bits {
        case 4:
            (0..<4).map {
                values[4 * $0] | values[4 * $0 + 2] << 4 | values[4 * $0 + 1] << 8 | values[4 * $0 + 3] << 12
            }
        case 5:
            (0..<5).map {
                values[3 * $0] | values[3 * $0 + 1] << 5 | (values[15] >> (4 - $0) & 1) << 10 | values[3 * $0 + 2] << 11
            }
        default:
            [0, 8].flatMap { first in
                let v = values[first..<first + 8].map { $0 }
                return [
                    v[0] | v[1] << 6 | (v[6] & 15) << 12, v[2] | (v[6] >> 4) << 6 | (v[7] >> 4) << 8 | v[3] << 10,
                    v[4] | v[5] << 6 | (v[7] & 15) << 12,
                ]
            }
        }
    }

    /// The 16 values in a lane's words.
    private static func values(_ words: [Int], bits: Int) -> [Int] {
        switch bits {
        case 4: words.flatMap { [$0 & 15, $0 >> 8 & 15, $0 >> 4 & 15, $0 >> 12] }
        case 5:
            words.flatMap { [$0 & 31, $0 >> 5 & 31, $0 >> 11] } + [words.reduce(0) { $0 << 1 | $1 >> 10 & 1 }]
        default:
            [0, 3].flatMap { first in
                let (x, y, z) = (words[first], words[first + 1], words[first + 2])
                return [
                    x & 63, x >> 6 & 63, y & 63, y >> 10, z & 63, z >> 6 & 63, x >> 12 | (y >> 6 & 3) << 4,
                    z >> 12 | (y >> 8 & 3) << 4,
                ]
            }
        }
    }
}
