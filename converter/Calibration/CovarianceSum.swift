import Kernels
import Quantization

extension SymmetricMatrix {
    /// self + Σ over tokens of x xᵀ, by the runtime's product of Xᵀ with itself.
    func add(_ x: TokenVectors, kernels: KernelSet, pool: WorkerPool) throws(KernelError) {
        precondition(x.width == count, "vectors of the matrix's size")
        let panels = try FloatPanels(rows: count, columns: x.count)
        unsafe panels.load(transposing: x.row(0), stride: x.width)
        let transposed = try TokenVectors(count: count, width: x.count)
        pool.forEachShare(of: count) { row in
            let out = unsafe transposed.row(row)
            for token in 0..<x.count { unsafe out[token] = x.row(token)[row] }
        }
        let products = try TokenVectors(count: count, width: panels.panelCount * 16)
        pool.forEachShare(of: panels.panelCount) { panel in
            let first = 16 * panel
            var slice = unsafe panels.slice(panel..<panel + 1)
            // Rows from the panel's first on: the lower triangle, and a little of the upper.
            unsafe kernels.multiplyF32F32(
                &slice, transposed.row(first), count - first, products.row(first) + first, products.width)
            for row in first..<count {
                for column in first...min(first + 15, row) {
                    unsafe self.row(row)[column] += products.row(row)[column]
                }
            }
        }
    }
}
