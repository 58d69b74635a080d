/// How often each symbol occurs.
struct SymbolHistogram: Sendable {
    /// Of the symbols −128 to 127. `[256]`
    private(set) var counts = [Int](repeating: 0, count: 256)

    mutating func add(_ symbol: Int8) { counts[Int(symbol) + 128] += 1 }
}
