@testable import Kernels

extension KernelCase {
    /// Shapes as for int8, columns in multiples of 32, with every number of bits.
    static func packedProducts(_ kernel: Kernel, _ source: inout DataSource) -> [KernelCase] {
        var cases: [KernelCase] = []
        for bits in 4...6 {
            func add(_ rows: Int, _ columns: Int, _ block: Int, _ tokens: Int, extreme: Bool = false) {
                let patterns: [Pattern] = tokens == 4 && columns == 96 ? [.ordinary, .zero, .special] : [.ordinary]
                for pattern in patterns {
                    cases.append(
                        product(
                            kernel, rows: rows, columns: columns, block: block, tokens: tokens, isExtreme: extreme,
                            pattern, bits: bits, &source))
                }
            }
            for tokens in [1, 2, 3, 4, 5, 7, 8, 12, 13, 67] { add(17, 96, 64, tokens) }
            for tokens in [1, 4, 8] {
                add(3, 32, 32, tokens)
                add(83, 64, 64, tokens)
                add(2, 288, 128, tokens)
                add(50, 544, 544, tokens)
                add(2, 544, 256, tokens)
                add(1, 1056, 2000, tokens, extreme: true)
                add(2, 1056, 2000, tokens + 1, extreme: true)
            }
        }
        return cases
    }

    /// Panels to pack: symbols that fit, that do not, more of these than there is room for.
    static func panels(_ source: inout DataSource) -> [KernelCase] {
        var cases: [KernelCase] = []
        for bits in 4...6 {
            for columns in [32, 64, 96, 160] {
                for (extreme, room) in [(nil, 16 * columns), (nil, 3), (-128, 16 * columns), (127, 0), (1, 1)]
                    as [(Int8?, Int)]
                {
                    cases.append(
                        KernelCase(
                            kernel: .pack, counts: [columns, room], scalar: Float(bits),
                            inputs: [bytes(source.symbols(16 * columns, bits: bits, extreme: extreme))],
                            outputs: [blank(2 * bits * columns, .bytes), blank(4 * room, .bytes), blank(8, .bytes)]))
                }
            }
        }
        return cases
    }

    /// Whole panels of int8 symbols, packed by the reference row.
    static func packed(
        _ symbols: [Int8], columns: Int, bits: Int
    ) -> (elements: [UInt8], starts: [UInt8], outliers: [UInt8]) {
        var elements: [UInt8] = []
        var starts: [UInt32] = [0]
        var outliers: [UInt32] = []
        for first in stride(from: 0, to: symbols.count, by: 16 * columns) {
            let panel = Array(symbols[first..<first + 16 * columns])
            var packed = [UInt8](repeating: 0, count: 2 * bits * columns)
            var list = [UInt32](repeating: 0, count: panel.count)
            let count = unsafe Reference.pack(panel, columns, bits, &packed, &list, list.count)
            elements += packed
            outliers += list[..<count]
            starts.append(UInt32(outliers.count))
        }
        return (elements, bytes(starts), bytes(outliers))
    }
}
