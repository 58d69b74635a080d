import Checkpoints

/// The weights of up to four panels, turned as panels want them: output features side by side.
///
/// GPT-2's matrices are stored `[in × out]`, its embedding `[out × in]`. Read 64 features at a time, the first kind gives
/// runs of 256 bytes, and either kind costs 256 bytes of memory a column.
struct WeightSlab {
    static let featureCount = 64

    /// `[columns × 64]`; features beyond the last are zeros.
    private var values: [Float]
    /// What a tensor gives where it cannot be read straight into `values`. `[columns × 64]`
    private var scratch: [Float]
    private let columnCount: Int

    init(columnCount: Int) {
        self.columnCount = columnCount
        values = [Float](repeating: 0, count: columnCount * Self.featureCount)
        scratch = values
    }

    /// Reads the weights of some output features.
    mutating func load(_ tensor: Tensor, of checkpoint: any Checkpoint, features: Range<Int>, storedByInput: Bool) {
        let (count, columns) = (features.count, 0..<columnCount)
        precondition(count <= Self.featureCount)
        if storedByInput && count == Self.featureCount {
            var span = values.mutableSpan
            checkpoint.read(tensor, rows: columns, columns: features, into: &span)
            return
        }
        var span = scratch.mutableSpan
        if storedByInput {
            checkpoint.read(tensor, rows: columns, columns: features, into: &span)
        } else {
            checkpoint.read(tensor, rows: features, columns: columns, into: &span)
        }
        let (featureStep, columnStep) = storedByInput ? (1, count) : (columnCount, 1)
        unsafe values.withUnsafeMutableBufferPointer { values in
            unsafe scratch.withUnsafeBufferPointer { scratch in
                for column in 0..<columnCount {
                    for feature in 0..<Self.featureCount {
                        unsafe values[column * Self.featureCount + feature] =
                            feature < count ? scratch[feature * featureStep + column * columnStep] : 0
                    }
                }
            }
        }
    }

    /// One of the four panels.
    func withPanel<R, E: Error>(_ index: Int, _ body: (PanelWeights) throws(E) -> R) throws(E) -> R {
        precondition(0..<Self.featureCount / 16 ~= index)
        let result: Result<R, E> = unsafe values.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { preconditionFailure("a matrix has at least one column") }
            let weights = unsafe PanelWeights(
                base: base + 16 * index, stride: Self.featureCount, columnCount: columnCount)
            do throws(E) { return .success(try unsafe body(weights)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
