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

    public static func panelByteCount(columns: Int) -> Int { (columns + 3) / 4 * 64 }
}
