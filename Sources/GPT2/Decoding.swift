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

    /// Decoded copies of those of `arrays` that are not stored raw, by the array's index.
    static func residentCopies(of arrays: [ArrayDescription], in file: ModelFile, pool: WorkerPool)
        throws(GPT2Error) -> [Int: AlignedBuffer<UInt8>]
    {
        var copies: [Int: AlignedBuffer<UInt8>] = [:]
        var tasks: [Task] = []
        for array in arrays where array.storage != .raw {
            let copy = try allocate(UInt8.self, array.decodedByteCount)
            copies[array.index] = copy
            var offset = 0
            for chunk in array.chunks {
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
                file.release(chunk: task.chunk)
            }
        } catch {
            failure.withLock { $0 = error }
            next.store(tasks.count, ordering: .relaxed)
        }
    }
}
