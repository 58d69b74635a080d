import Kernels
import ModelFile
import Synchronization

extension Crew {
    func prepare(_ matrix: Matrix, _ x: UnsafePointer<Float>, _ row: Int) {
        let (columns, padded) = (matrix.array.columns, matrix.array.paddedColumns)
        let start = unsafe UnsafeMutableRawPointer(staged.pointer)
        let scale = unsafe stagedScales.pointer + row
        let (first, stride) = KernelSet.place(ofToken: row, among: tokenCount, columns: padded)
        switch matrix.activations(model.activations) {
        case .int16:
            let out = unsafe start.assumingMemoryBound(to: Int16.self) + first
            unsafe kernels.quantizeI16(x, matrix.steps, columns, padded, out, stride, scale)
        case .int8:
            let out = unsafe start.assumingMemoryBound(to: Int8.self) + first
            unsafe kernels.quantizeI8(x, matrix.steps, columns, padded, out, stride, scale)
        case .float32:
            let out = unsafe start.assumingMemoryBound(to: Float.self) + row * padded
            unsafe kernels.prepareF32(x, matrix.steps, columns, padded, out)
        }
    }

    /// Adds the rows that some panels gave to `sum`.
    func add(_ y: Activation, of matrix: Matrix, _ panels: Range<Int>, to sum: Activation) {
        let first = panels.lowerBound * 16
        let count = min(panels.upperBound * 16, matrix.array.rows) - first
        guard count > 0 else { return }
        for row in 0..<tokenCount { unsafe kernels.add(sum.row(row) + first, y.row(row) + first, count) }
    }

    func multiply(_ matrix: Matrix, _ panels: Range<Int>, worker: Int, into y: Activation) {
        guard !panels.isEmpty else { return }
        let rows = panels.lowerBound * 16..<min(panels.upperBound * 16, matrix.array.rows)
        let elements: UnsafeRawPointer
        do throws(ModelFileError) {
            try matrix.verify(panels)
            let scratch = chunkScratch.isEmpty ? nil : chunkScratch[worker]
            unsafe elements = try matrix.start(ofPanel: panels.lowerBound, scratch: scratch)
        } catch {
            failure.withLock { $0 = error }
            return
        }
        let start = unsafe UnsafeRawPointer(staged.pointer)
        let out = unsafe y.row(0) + rows.lowerBound
        let int16 = unsafe start.assumingMemoryBound(to: Int16.self)
        let int8 = unsafe start.assumingMemoryBound(to: Int8.self)
        let float = unsafe start.assumingMemoryBound(to: Float.self)
        let scales = unsafe stagedScales.pointer
        let activations = matrix.activations(model.activations)
        if var slice = unsafe matrix.packedSlice(panels, elements: elements) {
            switch activations {
            case .int16: unsafe kernels.multiplyPackedI16(&slice, int16, scales, tokenCount, out, y.stride)
            case .int8: unsafe kernels.multiplyPackedI8(&slice, int8, scales, tokenCount, out, y.stride)
            case .float32: unsafe kernels.multiplyPackedF32(&slice, float, tokenCount, out, y.stride)
            }
        } else {
            var slice = unsafe matrix.slice(panels, elements: elements)
            switch (matrix.array.elementType, activations) {
            case (.int8, .int16): unsafe kernels.multiplyI8I16(&slice, int16, scales, tokenCount, out, y.stride)
            case (.int8, .int8): unsafe kernels.multiplyI8I8(&slice, int8, scales, tokenCount, out, y.stride)
            case (.int8, .float32): unsafe kernels.multiplyI8F32(&slice, float, tokenCount, out, y.stride)
            case (.float16, _): unsafe kernels.multiplyF16F32(&slice, float, tokenCount, out, y.stride)
            default: unsafe kernels.multiplyF32F32(&slice, float, tokenCount, out, y.stride)
            }
        }
        if !matrix.escapes.isEmpty { addEscapes(of: matrix, rows: rows, into: y) }
    }

    /// Adds what the values beyond int8 contribute, in the order docs/FORMAT.md states: by row, then by column.
    private func addEscapes(of matrix: Matrix, rows: Range<Int>, into y: Activation) {
        for escape in matrix.escapes(in: rows) {
            let weight = Float(escape.remainder) * matrix.scale(row: escape.row, column: escape.column)
            for token in 0..<tokenCount {
                let activation = stagedValue(matrix, token: token, column: escape.column)
                let sum = unsafe y.row(token) + escape.row
                unsafe sum.pointee = sum.pointee.addingProduct(weight, activation)
            }
        }
    }

    /// One staged activation, its scale applied.
    private func stagedValue(_ matrix: Matrix, token: Int, column: Int) -> Float {
        let padded = matrix.array.paddedColumns
        let start = unsafe UnsafeRawPointer(staged.pointer)
        let (first, stride) = KernelSet.place(ofToken: token, among: tokenCount, columns: padded)
        let group = first + column / 4 * stride
        switch matrix.activations(model.activations) {
        case .int16:
            // Inside a group of four the order is 0, 2, 1, 3: the pairs a 16-bit multiply-add takes.
            let place = group + [0, 2, 1, 3][column % 4]
            return unsafe Float(start.assumingMemoryBound(to: Int16.self)[place]) * stagedScales.pointer[token]
        case .int8:
            let place = group + column % 4
            return unsafe Float(start.assumingMemoryBound(to: Int8.self)[place]) * stagedScales.pointer[token]
        case .float32: return unsafe start.assumingMemoryBound(to: Float.self)[token * padded + column]
        }
    }
}
