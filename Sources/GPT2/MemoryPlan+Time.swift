import Kernels
public import ModelFile

extension MemoryPlan {
    /// Chunks that are timed.
    private static let sampleCount = 16

    /// Seconds that reading and decoding what is streamed will take for every batch of tokens, as a few chunks of the file
    /// take it: `first` as they are now, perhaps on the disk; `later` where the system still holds them in memory.
    public func streamingTime(
        of file: ModelFile, threadCount: Int
    ) throws(GPT2Error) -> (first: Double, later: Double) {
        var chunks: [(array: ArrayDescription, chunk: Int)] = []
        for (index, count) in keptChunks.sorted(by: { $0.key < $1.key }) {
            let array = file.arrays[index]
            for chunk in array.chunks.dropFirst(count) { chunks.append((array, chunk)) }
        }
        guard !chunks.isEmpty else { return (0, 0) }
        let scratch = try ChunkScratch(byteCount: ChunkScratch.largestChunk(of: chunks.map(\.array)))
        let step = (chunks.count + Self.sampleCount - 1) / Self.sampleCount
        let sample = stride(from: 0, to: chunks.count, by: step).map { chunks[$0] }
        let byteCount = sample.reduce(0) { $0 + $1.array.decodedByteCount(ofChunk: $1.chunk) }
        func seconds() throws(GPT2Error) -> Double {
            let start = ContinuousClock.now
            for (array, chunk) in sample {
                try wrap(GPT2Error.file) { () throws(ModelFileError) in
                    _ = unsafe try scratch.decode(chunk, of: array, in: file)
                }
            }
            let duration = start.duration(to: .now).components
            return (Double(duration.seconds) + Double(duration.attoseconds) * 1e-18)
                * Double(streamedByteCount) / Double(byteCount) / Double(threadCount)
        }
        let first = try seconds()
        return (first, min(first, try seconds()))
    }
}
