import ModelFile

extension QuantizedMatrix {
    /// How often each symbol from −128 to 127 is there. `[256]`
    private var symbolCounts: [Int] {
        var counts = [Int](repeating: 0, count: 256)
        for row in 0..<rows { forEachSymbol(ofRow: row) { _, symbol in counts[Int(symbol) + 128] += 1 } }
        return counts
    }

    /// Whether so many bits leave no more symbols out than a packed matrix may list.
    func fits(_ bits: Int) -> Bool {
        Packing.outlierCount(symbolCounts: symbolCounts, bits: bits)
            <= Packing.mostOutliers(elementCount: rows * columns)
    }

    /// The bits that symbols take in memory: what they are packed in, or 8.
    public var bitsInMemory: Int { Packing(symbolCounts: symbolCounts, rows: rows, columns: columns)?.bits ?? 8 }

    /// The bits that the symbols are nearest to filling, and log₂ of the factor by which steps would grow for that. Nil where
    /// they are so many that 8 are nearer than 6.
    var nearestPacking: (bits: Int, octaves: Double)? {
        let counts = symbolCounts
        // The largest magnitude, but for as many as may be listed.
        var left = Packing.mostOutliers(elementCount: rows * columns)
        var largest = 128
        while largest > 1 {
            left -= counts[128 - largest] + (largest < 128 ? counts[128 + largest] : 0)
            if left < 0 { break }
            largest -= 1
        }
        let fits = Packing.bitCounts.map { bits in
            (bits: bits, octaves: binaryLogarithm((Double(largest) + 0.5) / (Double(1 << (bits - 1)) - 0.5)))
        }
        let best = fits.min { abs($0.octaves) < abs($1.octaves) }
        return best.flatMap { $0.octaves > 1 ? nil : $0 }
    }
}
