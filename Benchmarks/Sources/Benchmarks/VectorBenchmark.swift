import Kernels

/// The kernels that work on vectors, as long as a token of 124M has them, in turns on 256 KiB that lie in a near cache.
struct VectorBenchmark {
    private let kernels: KernelSet
    private let stopwatch: Stopwatch
    private let x: AlignedBuffer<Float>
    private let y: AlignedBuffer<Float>

    private static let count = 64 << 10

    init(_ kernels: KernelSet, _ stopwatch: Stopwatch) throws {
        self.kernels = kernels
        self.stopwatch = stopwatch
        x = try AlignedBuffer(count: Self.count)
        y = try AlignedBuffer(count: Self.count)
    }

    func table() -> String {
        var table = Table(
            "\(kernels.name): vectors", words: ["kernel", "elements"], figures: ["µs", "elements/ns", "spread"])
        func add(_ name: String, _ counts: [Int], _ body: (_ x: UnsafeMutablePointer<Float>, _ count: Int) -> Void) {
            for count in counts {
                let timing = unsafe time(count, body)
                table.add([
                    name, "\(count)", (timing.median * 1e6).brief, (Double(count) / timing.median / 1e9).brief,
                    timing.spread.percent,
                ])
            }
        }
        let out = unsafe y.pointer
        var scale: Float = 0
        unsafe add("softmax", [128, 1024]) { unsafe kernels.softmax($0, $1) }
        unsafe add("layer_norm", [768]) { unsafe kernels.layerNorm($0, out, out, $1, 1e-5, out + $1) }
        unsafe add("gelu_tanh", [3072]) { unsafe kernels.geluTanh($0, $1) }
        unsafe add("gelu_erf", [3072]) { unsafe kernels.geluErf($0, $1) }
        unsafe add("add", [768]) { unsafe kernels.add($0, out, $1) }
        unsafe add("quantize_i16", [768, 3072]) { x, count in
            unsafe out.withMemoryRebound(to: Int16.self, capacity: count) {
                unsafe kernels.quantizeI16(x, nil, count, count, $0, 4, &scale)
            }
        }
        unsafe add("quantize_i8", [768, 3072]) { x, count in
            unsafe out.withMemoryRebound(to: Int8.self, capacity: count) {
                unsafe kernels.quantizeI8(x, nil, count, count, $0, 4, &scale)
            }
        }
        unsafe add("half_from_float", [768]) { x, count in
            unsafe out.withMemoryRebound(to: UInt16.self, capacity: count) {
                unsafe kernels.halfFromFloat(x, count, $0)
            }
        }
        return table.text
    }

    /// The time of one call, on fresh numbers from −4 to 4: what works in place would wear them down.
    private func time(_ count: Int, _ body: (UnsafeMutablePointer<Float>, Int) -> Void) -> Timing {
        let vectors = Self.count / count
        var (random, next) = (Xorshift(), 0)
        return stopwatch.measure(calls: vectors) {
            for index in 0..<Self.count {
                unsafe x.pointer[index] = Float(Int32(truncatingIfNeeded: random.next())) * 0x1p-29
                unsafe y.pointer[index] = 0.5
            }
            next = 0
        } _: {
            unsafe body(x.pointer + next * count, count)
            next = next + 1 == vectors ? 0 : next + 1
        }
    }
}
