import Kernels
public import ModelFile

extension MemoryPlan {
    /// Chunks that are timed.
    private static let sampleCount = 16

    /// Seconds that reading and decoding what is streamed will take for every batch of tokens, as a few chunks of the file
    /// take it now. Where the system keeps the file in memory between batches reading is fast, elsewhere it is not.
    public func streamingTime(of file: ModelFile, threadCount: Int) throws(GPT2Error) -> Double {
        var chunks: [(array: ArrayDescription, chunk: Int)] = []
        for (index, count) in keptChunks.sorted(by: { $0.key < $1.key }) {
            let array = file.arrays[index]
            for chunk in array.chunks.dropFirst(count) { chunks.append((array, chunk)) }
        }
        guard !chunks.isEmpty else { return 0 }
        let scratch = try ChunkScratch(byteCount: ChunkScratch.largestChunk(of: chunks.map(\.array)))
        let step = (chunks.count + Self.sampleCount - 1) / Self.sampleCount
        var byteCount = 0
        let start = ContinuousClock.now
        for (array, chunk) in chunks.enumerated().filter({ $0.offset % step == 0 }).map(\.element) {
            try wrap(GPT2Error.file) { () throws(ModelFileError) in
                _ = unsafe try scratch.decode(chunk, of: array, in: file)
            }
            byteCount += array.decodedByteCount(ofChunk: chunk)
        }
        let duration = start.duration(to: .now).components
        let seconds = Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
        return seconds * Double(streamedByteCount) / Double(byteCount) / Double(threadCount)
    }
}
