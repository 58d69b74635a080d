import Kernels
import ModelFile

/// What is added to a token's embedding for the place it has in the text: `[contextLength × embeddingSize]`, in place in
/// the file, float16 or float32.
@safe struct PositionEmbedding: @unchecked Sendable {  // the pointer is good as long as the model's file is mapped
    private let array: ArrayDescription
    private let start: UnsafeRawPointer

    init(_ array: ArrayDescription, in file: ModelFile) throws(GPT2Error) {
        self.array = array
        unsafe start = try file.verifiedStart(of: array)
    }

    /// Adds the embedding of `position` to `x`, `[embeddingSize]`.
    func addRow(_ position: Int, to x: UnsafeMutablePointer<Float>, kernels: KernelSet) {
        let row = unsafe start + array.byteOffset(row: position, column: 0)
        if array.elementType == .float32 {
            unsafe kernels.add(x, row.assumingMemoryBound(to: Float.self), array.columns)
        } else {
            unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: array.columns) { floats in
                guard let floats = floats.baseAddress else { return }
                unsafe kernels.floatFromHalf(row.assumingMemoryBound(to: UInt16.self), array.columns, floats)
                unsafe kernels.add(x, floats, array.columns)
            }
        }
    }
}
