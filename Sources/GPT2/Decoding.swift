import Kernels
import ModelFile
import Synchronization

/// Decodes what is compressed in a file, chunk by chunk, on all workers.
final class Decoding: ParallelWork, @unchecked Sendable {  // `next` hands every chunk to one worker
    /// A chunk and where its bytes go.
    @safe private struct Task {
        let chunk: Int
        let target: UnsafeMutableRawBufferPointer
    }

    private let file: ModelFile
    private let tasks: [Task]
    private let next = Atomic<Int>(0)
    private let failure = Mutex<ModelFileError?>(nil)

    private init(_ file: ModelFile, _ tasks: [Task]) {
        self.file = file
        self.tasks = tasks
    }

    /// Decoded copies of the first chunks of arrays, but for those that can be used in place, by the array's index.
    ///
    /// - Parameter chunkCounts: how many chunks, by the array's index.
    static func copies(of chunkCounts: [Int: Int], in file: ModelFile, pool: WorkerPool)
        throws(GPT2Error) -> [Int: AlignedBuffer<UInt8>]
    {
        var copies: [Int: AlignedBuffer<UInt8>] = [:]
        var tasks: [Task] = []
        for (index, count) in chunkCounts.sorted(by: { $0.key < $1.key }) {
            let array = file.arrays[index]
            if count == 0 || file.isInPlace(array) { continue }
            let chunks = array.chunks.prefix(count)
            let copy = try allocate(UInt8.self, chunks.reduce(0) { $0 + array.decodedByteCount(ofChunk: $1) })
            copies[array.index] = copy
            var offset = 0
            for chunk in chunks {
                let count = array.decodedByteCount(ofChunk: chunk)
                let start = unsafe UnsafeMutableRawPointer(copy.pointer) + offset
                unsafe tasks.append(
                    Task(chunk: chunk, target: UnsafeMutableRawBufferPointer(start: start, count: count)))
                offset += count
            }
        }
        guard !tasks.isEmpty else { return copies }
        let decoding = Decoding(file, tasks)
        pool.run(decoding)
        if let error = decoding.failure.withLock({ $0 }) { throw .file(error) }
        return copies
    }

    func run(worker: Int, workerCount: Int) {
        do throws(ModelFileError) {
            let decoder = try ChunkDecoder()
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < tasks.count else { return }
                let task = tasks[index]
                unsafe try file.decode(chunk: task.chunk, into: task.target, with: decoder)
            }
        } catch {
            failure.withLock { $0 = error }
            next.store(tasks.count, ordering: .relaxed)
        }
    }
}
