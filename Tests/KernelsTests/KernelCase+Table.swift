@testable import Kernels

extension KernelCase {
    /// Lengths below, at and above the 16 lanes and their multiples.
    static let counts = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 129]

    /// Every case of `kernel`, with the outputs the `reference` row gives.
    static func table(_ kernel: Kernel) -> [KernelCase] {
        var source = DataSource(seed: UInt64(kernel.rawValue) + 1)
        var cases: [KernelCase] =
            switch kernel {
            case .quantizeI16: activations(kernel, width: 2, &source)
            case .quantizeI8: activations(kernel, width: 1, &source)
            case .prepareF32: activations(kernel, width: 4, &source)
            case .multiplyI8I16, .multiplyI8I8, .multiplyI8F32, .multiplyF16F32, .multiplyF32F32:
                products(kernel, &source)
            case .multiplyPackedI16, .multiplyPackedI8, .multiplyPackedF32: packedProducts(kernel, &source)
            case .pack: panels(&source)
            case .scoresF32, .scoresF16, .scoresI8, .mixF32, .mixF16, .mixI8: attention(kernel, &source)
            default: vectors(kernel, &source)
            }
        let memory = memory(for: cases)
        for index in cases.indices {
            let found = cases[index].run(.reference, .end, in: memory)
            for output in found.indices { cases[index].outputs[output].expected = found[output] }
        }
        return cases
    }

    /// Memory a kernel must fill, or leave alone: no pattern of ours comes out of a kernel by chance.
    static func blank(_ byteCount: Int, _ kind: Kind) -> Output {
        Output(kind: kind, initial: [UInt8](repeating: 0xa5, count: byteCount))
    }

    private static func activations(_ kernel: Kernel, width: Int, _ source: inout DataSource) -> [KernelCase] {
        var cases: [KernelCase] = []
        for columns in counts.dropFirst() {
            for pattern in Pattern.allCases {
                for hasSteps in [false, true] {
                    let padded = (columns + 3) / 4 * 4
                    // The first of one, two or four tokens; float32 activations lie apart always.
                    let stride = kernel == .prepareF32 ? 4 : [4, 8, 16][columns % 3]
                    let byteCount = ((padded / 4 - 1) * stride + 4) * width
                    var outputs = [blank(byteCount, kernel == .prepareF32 ? .float : .bytes)]
                    if kernel != .prepareF32 { outputs.append(blank(4, .float)) }
                    cases.append(
                        KernelCase(
                            kernel: kernel, counts: [columns, padded, stride],
                            inputs: [
                                bytes(source.floats(columns, pattern)),
                                hasSteps ? bytes(source.floats(columns)) : nil,
                            ], outputs: outputs))
                }
            }
        }
        return cases
    }

    /// Rows, columns, blocks and tokens around every tile; extremes that would overflow a narrower sum.
    private static func products(_ kernel: Kernel, _ source: inout DataSource) -> [KernelCase] {
        struct Shape { let rows, columns, block, tokens: Int, isExtreme: Bool }
        var shapes: [Shape] = []
        for tokens in [1, 2, 3, 4, 5, 7, 8, 12, 13, 67] {
            shapes.append(Shape(rows: 17, columns: 72, block: 64, tokens: tokens, isExtreme: false))
            shapes.append(Shape(rows: 16, columns: 20, block: 20, tokens: tokens, isExtreme: false))
        }
        for tokens in [1, 4] {
            shapes.append(Shape(rows: 83, columns: 12, block: 64, tokens: tokens, isExtreme: false))
            shapes.append(Shape(rows: 3, columns: 4, block: 4, tokens: tokens, isExtreme: false))
            shapes.append(Shape(rows: 2, columns: 260, block: 128, tokens: tokens, isExtreme: false))
            shapes.append(Shape(rows: 2, columns: 520, block: 256, tokens: tokens, isExtreme: false))
            shapes.append(Shape(rows: 2, columns: 516, block: 516, tokens: tokens, isExtreme: false))
            shapes.append(Shape(rows: 1, columns: 1028, block: 2000, tokens: tokens, isExtreme: true))
            shapes.append(Shape(rows: 50, columns: 1028, block: 2000, tokens: 2 * tokens, isExtreme: true))
        }
        shapes.append(Shape(rows: 2, columns: 4224, block: 64, tokens: 24, isExtreme: false))
        for tokens in [20, 21, 24] {
            shapes.append(Shape(rows: 18, columns: 1028, block: 2000, tokens: tokens, isExtreme: true))
        }
        if kernel == .multiplyI8I8 {
            shapes.append(Shape(rows: 1, columns: 65536, block: 65536, tokens: 1, isExtreme: true))
        }
        return shapes.flatMap { shape in
            let patterns: [Pattern] =
                shape.tokens == 4 && shape.columns < 100 ? [.ordinary, .zero, .special, .huge] : [.ordinary]
            return patterns.map { pattern in
                product(
                    kernel, rows: shape.rows, columns: shape.columns, block: shape.block, tokens: shape.tokens,
                    isExtreme: shape.isExtreme, pattern, &source)
            }
        }
    }

    static func product(
        _ kernel: Kernel, rows: Int, columns: Int, block: Int, tokens: Int, isExtreme: Bool, _ pattern: Pattern,
        bits: Int? = nil, _ source: inout DataSource
    ) -> KernelCase {
        let panels = (rows + 15) / 16
        let blocks = block >= columns ? 1 : (columns + block - 1) / block
        let count = panels * 16 * columns
        let hasFloatElements = kernel == .multiplyF16F32 || kernel == .multiplyF32F32
        let elements =
            switch kernel {
            case .multiplyF16F32: bytes(source.halves(count, pattern))
            case .multiplyF32F32: bytes(source.floats(count, pattern))
            case .multiplyPackedI16, .multiplyPackedI8, .multiplyPackedF32: [UInt8]()
            default: bytes(source.weights(count, extreme: isExtreme ? -128 : nil))
            }
        var inputs: [[UInt8]?] = [
            elements, hasFloatElements ? nil : bytes(source.floats(panels * blocks * 16, pattern)),
            tokens % 2 == 0 ? bytes(source.floats(rows)) : nil,
        ]
        switch kernel {
        case .multiplyI8I16, .multiplyPackedI16:
            inputs.append(bytes(source.activations(tokens * columns, limit: 32639, isExtreme: isExtreme)))
        case .multiplyI8I8, .multiplyPackedI8:
            inputs.append(bytes(source.activations(tokens * columns, limit: Int8.max, isExtreme: isExtreme)))
        default: inputs.append(bytes(source.floats(tokens * columns, pattern)))
        }
        let isFloat = [.multiplyI8F32, .multiplyF16F32, .multiplyF32F32, .multiplyPackedF32].contains(kernel)
        if !isFloat { inputs.append(bytes(source.floats(tokens, pattern))) }
        if let bits {
            if isFloat { inputs.append(nil) }
            // Most symbols fit; of the extremes half lie at the end of what fits, half do not fit at all.
            let extreme: Int8? = isExtreme ? tokens % 3 == 1 ? -128 : -1 << (bits - 1) : nil
            let packed = packed(source.symbols(count, bits: bits, extreme: extreme), columns: columns, bits: bits)
            inputs[0] = packed.elements
            inputs += [packed.starts, packed.outliers]
        }
        let yStride = rows + 3
        return KernelCase(
            kernel: kernel, counts: [rows, columns, hasFloatElements ? columns : block, tokens, yStride],
            scalar: Float(bits ?? 0), inputs: inputs,
            outputs: [blank(((tokens - 1) * yStride + rows) * 4, .float)])
    }

    private static func attention(_ kernel: Kernel, _ source: inout DataSource) -> [KernelCase] {
        var cases: [KernelCase] = []
        let isScore = [.scoresF32, .scoresF16, .scoresI8].contains(kernel)
        for headSize in [1, 3, 16, 64, 80] {
            for positions in [1, 2, 15, 16, 17, 33, 65, 100] {
                for pattern in [Pattern.ordinary, .zero, .special, .bits] where pattern == .ordinary || positions <= 17
                {
                    // One query, or several so that the last ones reach into another block of 16 positions.
                    let queries = [1, 4, 2, 7, 1, 13, 3][(headSize + positions) % 7]
                    let last = positions + queries - 1
                    let stride = headSize + 2, scoresStride = last + 1
                    let cached = headSize * (isScore ? (last + 15) / 16 * 16 : last)
                    let headed = (queries - 1) * stride + headSize
                    let scored = (queries - 1) * scoresStride + last
                    var inputs = [bytes(source.floats(isScore ? headed : scored, pattern))]
                    switch kernel {
                    case .scoresF16, .mixF16: inputs.append(bytes(source.halves(cached, pattern)))
                    case .scoresI8, .mixI8:
                        let extreme: Int8? = positions == 16 ? [-128, 127][headSize % 2] : nil
                        inputs.append(bytes(source.weights(cached, extreme: extreme)))
                        inputs.append(bytes(source.floats(last, pattern)))
                    default: inputs.append(bytes(source.floats(cached, pattern)))
                    }
                    cases.append(
                        KernelCase(
                            kernel: kernel, counts: [headSize, positions, queries, stride, scoresStride], scalar: 0.125,
                            inputs: inputs, outputs: [blank((isScore ? scored : headed) * 4, .float)]))
                }
            }
        }
        return kernel == .mixF32 ? cases + fusing(&source) : cases
    }

    /// fma(a, b, c) as mixes of two positions, where rounding twice goes wrong: products that nearly cancel the addend,
    /// numbers of any size, and sums that lie by less than a float64 can tell beside the middle of two floats.
    private static func fusing(_ source: inout DataSource) -> [KernelCase] {
        (0..<60).map { round in
            let pattern = [Pattern.ordinary, .bits, .subnormal][round % 3]
            let step = Float(1 + 9 * round) * 0x1p-23
            let a = round % 2 == 0 ? 1 + step : source.float(pattern)
            let b = source.floats(64, pattern).enumerated().map { index, b in
                index % 2 == 0 ? (1 - step) * (index % 4 == 0 ? 0x1p-24 : -0x1p-24) : b
            }
            let c = b.enumerated().map { index, b in
                switch index % 8 {
                case 0, 2: 1 + Float(round % 7) * 0x1p-23
                case 4, 6: -1 - Float(round % 7) * 0x1p-23
                case 1, 5: -(a * b)
                case 3: a * b * -0x1.000002p-24
                default: source.float(.bits)
                }
            }
            return KernelCase(
                kernel: .mixF32, counts: [64, 2, 1, 64, 2], inputs: [bytes([1, a]), bytes(c + b)],
                outputs: [blank(64 * 4, .float)])
        }
    }

    private static func vectors(_ kernel: Kernel, _ source: inout DataSource) -> [KernelCase] {
        var cases: [KernelCase] = []
        for count in counts where count > 0 || kernel != .layerNorm {
            for pattern in Pattern.allCases {
                let x = bytes(source.floats(count, pattern))
                var one = KernelCase(kernel: kernel, counts: [count], outputs: [])
                switch kernel {
                case .layerNorm:
                    one.scalar = 1e-5
                    one.inputs = [x, bytes(source.floats(count)), bytes(source.floats(count))]
                    one.outputs = [blank(count * 4, .float)]
                    cases.append(one)
                    one.inputs[0] = nil
                    one.outputs = [Output(kind: .float, initial: x)]
                case .add:
                    one.inputs = [bytes(source.floats(count, pattern))]
                    one.outputs = [Output(kind: .float, initial: x)]
                case .sumF32:
                    one.inputs = [x]
                    one.outputs = [blank(4, .float)]
                case .halfFromFloat:
                    one.inputs = [x]
                    one.outputs = [blank(count * 2, .half)]
                case .floatFromHalf:
                    one.inputs = [bytes(source.halves(count, pattern))]
                    one.outputs = [blank(count * 4, .float)]
                default: one.outputs = [Output(kind: .float, initial: x)]
                }
                cases.append(one)
            }
        }
        return cases
    }
}
