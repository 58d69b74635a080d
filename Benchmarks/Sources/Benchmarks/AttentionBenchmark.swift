import Kernels

/// Scores and mixes of a row, head after head of a cache of 124M's shape: 12 layers of 12 heads of 64, context 1024.
struct AttentionBenchmark {
    private let kernels: KernelSet
    private let memory: WeightMemory
    private let stopwatch: Stopwatch
    /// Queries, and outputs of mix: as many floats apart as in the engine.
    private let queries: AlignedBuffer<Float>
    private let scores: AlignedBuffer<Float>
    /// Of int8 keys or values: `[heads × context]`.
    private let scales: AlignedBuffer<Float>

    private static let (heads, headSize, context, embeddingSize) = (12 * 12, 64, 1024, 768)

    private enum Step: String, CaseIterable {
        case scoresF16 = "scores_f16"
        case scoresF32 = "scores_f32"
        case scoresI8 = "scores_i8"
        case mixF16 = "mix_f16"
        case mixF32 = "mix_f32"
        case mixI8 = "mix_i8"

        var element: Element {
            switch self {
            case .scoresF16, .mixF16: .float16
            case .scoresF32, .mixF32: .float32
            case .scoresI8, .mixI8: .int8
            }
        }

        var isScores: Bool { self == .scoresF16 || self == .scoresF32 || self == .scoresI8 }
    }

    init(_ kernels: KernelSet, _ memory: WeightMemory, _ stopwatch: Stopwatch) throws {
        self.kernels = kernels
        self.memory = memory
        self.stopwatch = stopwatch
        queries = try AlignedBuffer(count: 4 * 3 * Self.embeddingSize)
        scores = try AlignedBuffer(count: 4 * Self.context)
        scales = try AlignedBuffer(count: Self.heads * Self.context)
        unsafe scales.pointer.update(repeating: 1 / 127, count: scales.count)
    }

    func table() -> String {
        var table = Table(
            "\(kernels.name): attention of a head, 144 heads in turn",
            words: ["kernel", "positions"], figures: ["1 query: µs", "GB/s", "4 queries: µs", "GMAC/s", "spread"])
        for step in Step.allCases {
            for positions in [128, Self.context] {
                let timings = [1, 4].map { time(step, positions: positions, queries: $0) }
                let scaleByteCount = step.element == .int8 ? 4 : 0
                let bytes = Double(positions * (Self.headSize * step.element.byteCount + scaleByteCount))
                let multiplications = Double((positions - 3...positions).reduce(0, +) * Self.headSize)
                table.add([
                    step.rawValue, "\(positions)", (timings[0].median * 1e6).brief,
                    (bytes / timings[0].median / 1e9).brief, (timings[1].median * 1e6).brief,
                    (multiplications / timings[1].median / 1e9).brief, timings.spread.percent,
                ])
            }
        }
        return table.text
    }

    /// - Parameter positions: those that the last query attends to.
    private func time(_ step: Step, positions: Int, queries count: Int) -> Timing {
        var head = AttentionQueries(
            head_size: Self.headSize, positions: positions - count + 1, queries: count,
            stride: (step.isScores ? 3 : 1) * Self.embeddingSize, scores_stride: Self.context)
        unsafe queries.pointer.update(repeating: 0.25, count: queries.count)
        unsafe scores.pointer.update(repeating: 1 / Float(positions), count: scores.count)
        let start = unsafe memory.start(step.element)
        let headByteCount = Self.context * Self.headSize * step.element.byteCount
        var next = 0
        return stopwatch.measure {
            let cached = unsafe start + next * headByteCount
            let scales = unsafe scales.pointer + next * Self.context
            next = next + 1 == Self.heads ? 0 : next + 1
            let halves = unsafe cached.assumingMemoryBound(to: UInt16.self)
            let floats = unsafe cached.assumingMemoryBound(to: Float.self)
            let bytes = unsafe cached.assumingMemoryBound(to: Int8.self)
            switch step {
            case .scoresF16: unsafe kernels.scoresF16(&head, queries.pointer, halves, 0.125, scores.pointer)
            case .scoresF32: unsafe kernels.scoresF32(&head, queries.pointer, floats, 0.125, scores.pointer)
            case .scoresI8: unsafe kernels.scoresI8(&head, queries.pointer, bytes, scales, 0.125, scores.pointer)
            case .mixF16: unsafe kernels.mixF16(&head, scores.pointer, halves, queries.pointer)
            case .mixF32: unsafe kernels.mixF32(&head, scores.pointer, floats, queries.pointer)
            case .mixI8: unsafe kernels.mixI8(&head, scores.pointer, bytes, scales, queries.pointer)
            }
        }
    }
}
