extension Reference {
    /// Columns between two float steps, where no block is shorter: int32 must hold 512 · 128 · 32639.
    static let span = 512
    /// The same for int8 activations: int32 holds 65536 · 128 · 127.
    static let spanInt8 = 65536

    /// A matrix of panels, element by element; `perGroup` columns share a group of 4 bytes.
    @safe struct Panels {
        let rows, columns, block, perGroup: Int
        private let scales, biases: UnsafePointer<Float>?

        init(_ matrix: UnsafePointer<PanelMatrix>, perGroup: Int) {
            rows = unsafe matrix.pointee.rows
            columns = unsafe matrix.pointee.columns
            block = unsafe matrix.pointee.block
            self.perGroup = perGroup
            unsafe scales = matrix.pointee.scales
            unsafe biases = matrix.pointee.bias
        }

        /// Where the element of `row` and column `c` lies, counted in elements.
        func place(_ row: Int, _ c: Int) -> Int {
            row / 16 * columns * 16 + (c / perGroup * 16 + row % 16) * perGroup + c % perGroup
        }

        func scale(_ row: Int, _ c: Int) -> Float {
            guard let scales = unsafe scales else { return 1 }
            if block >= columns { return unsafe scales[row] }
            let blocks = (columns + block - 1) / block
            return unsafe scales[(row / 16 * blocks + c / block) * 16 + row % 16]
        }

        func bias(_ row: Int) -> Float { unsafe biases?[row] ?? 0 }

        /// Σ over spans of `part` · scale, rounded once a span; `part` gives the sum over a span's columns.
        func sum(_ row: Int, span: Int, part: (_ columns: Range<Int>) -> Float) -> Float {
            let span = min(block, span)
            var sum: Float = 0
            for start in stride(from: 0, to: columns, by: span) {
                sum = fused(part(start..<min(start + span, columns)), scale(row, start), sum)
            }
            return sum
        }
    }

    /// int8 weights times int16 activations.
    static func multiply(
        _ matrix: UnsafePointer<PanelMatrix>, _ weights: UnsafePointer<Int8>, _ a: UnsafePointer<Int16>,
        _ scales: UnsafePointer<Float>, _ tokens: Int, _ y: UnsafeMutablePointer<Float>, _ yStride: Int
    ) {
        let w = unsafe Panels(matrix, perGroup: 4)
        unsafe multiply(w, weights, scales, tokens, y, yStride, span: span) { token, c in
            unsafe Int32(a[place(token, tokens, w.columns, int16Place(c))])
        }
    }

    /// int8 weights times int8 activations.
    static func multiply(
        _ matrix: UnsafePointer<PanelMatrix>, _ weights: UnsafePointer<Int8>, _ a: UnsafePointer<Int8>,
        _ scales: UnsafePointer<Float>, _ tokens: Int, _ y: UnsafeMutablePointer<Float>, _ yStride: Int
    ) {
        let w = unsafe Panels(matrix, perGroup: 4)
        unsafe multiply(w, weights, scales, tokens, y, yStride, span: spanInt8) { token, c in
            unsafe Int32(a[place(token, tokens, w.columns, c)])
        }
    }

    /// int8 weights times float32 activations.
    static func multiply(
        _ matrix: UnsafePointer<PanelMatrix>, _ weights: UnsafePointer<Int8>, _ a: UnsafePointer<Float>, _ tokens: Int,
        _ y: UnsafeMutablePointer<Float>, _ yStride: Int
    ) {
        let w = unsafe Panels(matrix, perGroup: 4)
        unsafe multiply(w, a, tokens, y, yStride) { unsafe Float(weights[$0]) }
    }

    /// What a packed matrix is as int8.
    static func withUnpacked(
        _ packed: UnsafePointer<PackedMatrix>, _ body: (UnsafePointer<PanelMatrix>, UnsafePointer<Int8>) -> Void
    ) {
        var matrix = unsafe packed.pointee.matrix
        let symbols = unsafe unpacked(packed.pointee)
        unsafe symbols.withUnsafeBufferPointer { symbols in
            if let start = symbols.baseAddress { unsafe body(&matrix, start) }
        }
    }

    /// int8 `weights` times integers; `activation` gives the one of a token and column.
    static func multiply(
        _ w: Panels, _ weights: UnsafePointer<Int8>, _ scales: UnsafePointer<Float>, _ tokens: Int,
        _ y: UnsafeMutablePointer<Float>, _ yStride: Int, span: Int,
        activation: (_ token: Int, _ column: Int) -> Int32
    ) {
        for token in 0..<tokens {
            for row in 0..<w.rows {
                let sum = w.sum(row, span: span) { columns in
                    var dot: Int32 = 0
                    for c in columns { unsafe dot += Int32(weights[w.place(row, c)]) * activation(token, c) }
                    return Float(dot)
                }
                unsafe y[token * yStride + row] = fused(sum, scales[token], w.bias(row))
            }
        }
    }

    /// Any weights times float32 activations; `weight` gives the one at a place.
    static func multiply(
        _ w: Panels, _ a: UnsafePointer<Float>, _ tokens: Int, _ y: UnsafeMutablePointer<Float>, _ yStride: Int,
        weight: (_ place: Int) -> Float
    ) {
        for token in 0..<tokens {
            for row in 0..<w.rows {
                let sum = w.sum(row, span: span) { columns in
                    var part: Float = 0
                    for c in columns { part = unsafe fused(weight(w.place(row, c)), a[token * w.columns + c], part) }
                    return part
                }
                unsafe y[token * yStride + row] = sum + w.bias(row)
            }
        }
    }
}
