import Kernels
import ModelFile

/// A worker's room for a chunk that is decoded, multiplied while the cache holds it, and forgotten.
final class ChunkScratch {
    private let decoder: ChunkDecoder
    private let buffer: AlignedBuffer<UInt8>

    /// - Parameter byteCount: of the largest chunk, decoded.
    init(byteCount: Int) throws(GPT2Error) {
        decoder = try wrap(GPT2Error.file) { () throws(ModelFileError) in try ChunkDecoder() }
        buffer = try allocate(UInt8.self, byteCount)
    }

    /// Decodes a chunk and tells where it begins. The one before is gone.
    func decode(_ chunk: Int, of array: ArrayDescription, in file: ModelFile) throws(ModelFileError) -> UnsafeRawPointer
    {
        let target = unsafe UnsafeMutableRawBufferPointer(
            start: buffer.pointer, count: array.decodedByteCount(ofChunk: chunk))
        unsafe try file.decode(chunk: chunk, into: target, with: decoder)
        return unsafe UnsafeRawPointer(buffer.pointer)
    }

    /// The decoded bytes of the largest chunk of some arrays.
    static func largestChunk(of arrays: [ArrayDescription]) -> Int {
        arrays.map { $0.decodedByteCount(ofChunk: $0.chunks.lowerBound) }.max() ?? 0
    }

    /// What one takes, for chunks of some arrays.
    static func byteCount(of arrays: [ArrayDescription], in file: ModelFile) -> Int {
        let stored = arrays.flatMap(\.chunks).map { file.storedByteCount(ofChunks: $0..<$0 + 1) }.max() ?? 0
        return largestChunk(of: arrays) + ChunkDecoder.byteCount(storedByteCount: stored)
    }
}
