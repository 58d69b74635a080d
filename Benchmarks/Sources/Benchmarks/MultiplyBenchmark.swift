import Kernels

/// A product of the kernel table.
enum Product: String, CaseIterable {
    case i8i16 = "multiply_i8_i16"
    case i8i8 = "multiply_i8_i8"
    case i8f32 = "multiply_i8_f32"
    case f16f32 = "multiply_f16_f32"
    case f32f32 = "multiply_f32_f32"

    /// What the weights are.
    var element: Element {
        switch self {
        case .i8i16, .i8i8, .i8f32: .int8
        case .f16f32: .float16
        case .f32f32: .float32
        }
    }

    /// Bytes of an activation.
    var activationByteCount: Int {
        switch self {
        case .i8i16: 2
        case .i8i8: 1
        case .i8f32, .f16f32, .f32f32: 4
        }
    }
}

/// A matrix times some tokens.
struct Shape {
    let rows, columns, tokens: Int

    var multiplications: Int { rows * columns * tokens }

    func weightByteCount(_ product: Product) -> Int { rows * columns * product.element.byteCount }

    /// Bytes of the weights, the activations and the result.
    func byteCount(_ product: Product) -> Int {
        weightByteCount(product) + tokens * columns * product.activationByteCount + tokens * rows * 4
    }

    /// The matrices of a layer of 124M: qkv, attention output, up, down; `[rows × columns]`.
    static let matrices = [(2304, 768), (768, 768), (3072, 768), (768, 3072)]

    /// Small enough, with all they need, for the nearest cache, and whole tiles of every row of the table.
    static func nearest(_ product: Product) -> [Shape] {
        let all = [16, 48, 64].flatMap { rows in
            [64, 128, 256, 512].flatMap { columns in
                [16, 64].map { Shape(rows: rows, columns: columns, tokens: $0) }
            }
        }
        return all.filter { $0.byteCount(product) <= 26 << 10 }
    }
}

/// The products of a row, on matrices that come from memory.
struct MultiplyBenchmark {
    private let kernels: KernelSet
    private let memory: WeightMemory
    private let bandwidth: Double
    private let stopwatch: Stopwatch
    /// Activations of the widest matrix, whatever their type.
    private let activations: AlignedBuffer<UInt64>
    /// Scales of weights and activations, and the bias: more than the rows of the tallest matrix, all 2⁻¹⁰.
    private let factors: AlignedBuffer<Float>
    private let result: AlignedBuffer<Float>

    private static let tokenCounts = [1, 4, 8, 64]

    /// - Parameter bandwidth: bytes a second that memory gives.
    init(_ kernels: KernelSet, _ memory: WeightMemory, bandwidth: Double, _ stopwatch: Stopwatch) throws {
        self.kernels = kernels
        self.memory = memory
        self.bandwidth = bandwidth
        self.stopwatch = stopwatch
        activations = try AlignedBuffer(count: 64 * 3072 / 2)
        factors = try AlignedBuffer(count: 3072)
        result = try AlignedBuffer(count: 64 * 3072)
        unsafe factors.pointer.update(repeating: 0x1p-10, count: factors.count)
    }

    func table() -> String {
        var table = Table(
            "\(kernels.name): matrices from memory, which gives \((bandwidth / 1e9).brief) GB/s",
            words: ["kernel", "rows × columns"],
            figures: ["1 token: GB/s", "of memory"] + Self.tokenCounts.dropFirst().map { "\($0): GMAC/s" }
                + ["of its peak", "peak in L1", "spread"])
        for product in Product.allCases {
            fillActivations(for: product)
            let peaks = Shape.nearest(product).map { Double($0.multiplications) / time(product, $0, matrices: 1).best }
            let peak = peaks.max() ?? .nan
            for (rows, columns) in Shape.matrices {
                let shapes = Self.tokenCounts.map { Shape(rows: rows, columns: columns, tokens: $0) }
                let matrices = WeightMemory.byteCount / shapes[0].weightByteCount(product)
                let timings = shapes.map { time(product, $0, matrices: matrices) }
                let single = Double(shapes[0].weightByteCount(product)) / timings[0].median
                let rates = zip(shapes, timings).dropFirst().map { Double($0.multiplications) / $1.median }
                table.add(
                    [product.rawValue, "\(rows) × \(columns)", (single / 1e9).brief, (single / bandwidth).percent]
                        + rates.map { ($0 / 1e9).brief }
                        + [(rates[rates.count - 1] / peak).percent, (peak / 1e9).brief, timings.spread.percent])
            }
        }
        return table.text
    }

    private func fillActivations(for product: Product) {
        var random = Xorshift()
        let element: Element = product.activationByteCount == 4 ? .float32 : .int8
        unsafe random.fill(activations.pointer, count: activations.count, with: element)
    }

    /// The time of one product, each with the next of `matrices` matrices that lie one behind the other.
    private func time(_ product: Product, _ shape: Shape, matrices: Int) -> Timing {
        let start = unsafe memory.start(product.element)
        let a = unsafe UnsafeRawPointer(activations.pointer)
        let (scales, y) = unsafe (UnsafePointer(factors.pointer), result.pointer)
        var matrix = unsafe PanelMatrix(
            elements: start, scales: product.element == .int8 ? scales : nil, bias: scales, rows: shape.rows,
            columns: shape.columns, block: shape.columns)
        let (tokens, rows, byteCount) = (shape.tokens, shape.rows, shape.weightByteCount(product))
        var next = 0
        return stopwatch.measure {
            unsafe matrix.elements = start + next * byteCount
            next = next + 1 == matrices ? 0 : next + 1
            switch product {
            case .i8i16:
                unsafe kernels.multiplyI8I16(&matrix, a.assumingMemoryBound(to: Int16.self), scales, tokens, y, rows)
            case .i8i8:
                unsafe kernels.multiplyI8I8(&matrix, a.assumingMemoryBound(to: Int8.self), scales, tokens, y, rows)
            case .i8f32: unsafe kernels.multiplyI8F32(&matrix, a.assumingMemoryBound(to: Float.self), tokens, y, rows)
            case .f16f32: unsafe kernels.multiplyF16F32(&matrix, a.assumingMemoryBound(to: Float.self), tokens, y, rows)
            case .f32f32: unsafe kernels.multiplyF32F32(&matrix, a.assumingMemoryBound(to: Float.self), tokens, y, rows)
            }
        }
    }
}
