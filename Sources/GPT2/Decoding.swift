import Kernels
import ModelFile
import Synchronization

/// Chunks of a matrix in memory, in the order of the file.
struct MatrixCopy {
    let elements: AlignedBuffer<UInt8>
    /// The bits that symbols are packed in; nil where they are not.
    var bits: Int?
    /// Where each panel's outliers begin and the last panel's end, then the outliers, as the kernels take them.
    var outliers: AlignedBuffer<UInt32>?
}

/// Decodes what is compressed in a file, chunk by chunk, on all workers, and packs it before the next chunk comes.
final class Decoding: ParallelWork, @unchecked Sendable {  // `next` hands every chunk to one worker
    /// A chunk and where its bytes go.
    @safe private struct Task {
        let chunk: Int
        let target: UnsafeMutableRawBufferPointer
        let bits: Int?
    }

    /// The outliers of a chunk's panels.
    private struct Outliers {
        var panelCounts: [Int] = []
        var words: [UInt32] = []
    }

    private let file: ModelFile
    private let tasks: [Task]
    private let kernels: KernelSet
    private let outliers: Mutex<[Int: Outliers]> = Mutex([:])
    private let next = Atomic<Int>(0)
    private let failure = Mutex<ModelFileError?>(nil)

    private init(_ file: ModelFile, _ tasks: [Task], _ kernels: KernelSet) {
        self.file = file
        self.kernels = kernels
        self.tasks = tasks
    }

    /// Copies of the chunks that a plan keeps, but for those that can be used in place, by the array's index.
    static func copies(
        _ plan: MemoryPlan, in file: ModelFile, kernels: KernelSet, pool: WorkerPool
    ) throws(GPT2Error) -> [Int: MatrixCopy] {
        var copies: [Int: MatrixCopy] = [:]
        var tasks: [Task] = []
        for (index, count) in plan.keptChunks.sorted(by: { $0.key < $1.key }) {
            let array = file.arrays[index]
            if count == 0 || file.isInPlace(array) { continue }
            let packing = plan.packing[index]
            let sizes = array.chunks.prefix(count).map { chunk in
                let decoded = array.decodedByteCount(ofChunk: chunk)
                return packing?.byteCount(decoded: decoded) ?? decoded
            }
            let copy = MatrixCopy(elements: try allocate(UInt8.self, sizes.reduce(0, +)), bits: packing?.bits)
            copies[index] = copy
            var offset = 0
            for (chunk, size) in zip(array.chunks, sizes) {
                let start = unsafe UnsafeMutableRawPointer(copy.elements.pointer) + offset
                unsafe tasks.append(
                    Task(
                        chunk: chunk, target: UnsafeMutableRawBufferPointer(start: start, count: size),
                        bits: copy.bits))
                offset += size
            }
        }
        guard !tasks.isEmpty else { return copies }
        let decoding = Decoding(file, tasks, kernels)
        pool.run(decoding)
        if let error = decoding.failure.withLock({ $0 }) { throw .file(error) }
        let outliers = decoding.outliers.withLock { $0 }
        for (index, packing) in plan.packing where copies[index] != nil {
            let array = file.arrays[index]
            let chunks = array.chunks.prefix(plan.keptChunks[index] ?? 0).compactMap { outliers[$0] }
            let found = chunks.reduce(0) { $0 + $1.words.count }
            guard chunks.count < array.chunks.count ? found <= packing.outlierCount : found == packing.outlierCount
            else { throw .file(.wrongPacking(array: array.name, stated: packing.outlierCount, found: found)) }
            copies[index]?.outliers = try list(chunks)
        }
        return copies
    }

    /// The list of outliers that kernels take.
    private static func list(_ chunks: [Outliers]) throws(GPT2Error) -> AlignedBuffer<UInt32> {
        let counts = chunks.flatMap(\.panelCounts)
        let list = try allocate(UInt32.self, counts.count + 1 + counts.reduce(0, +))
        list.withMutableSpan { words in
            var end: UInt32 = 0
            for (panel, count) in counts.enumerated() {
                end += UInt32(count)
                words[panel + 1] = end
            }
            var next = counts.count + 1
            for chunk in chunks {
                for word in chunk.words {
                    words[next] = word
                    next += 1
                }
            }
        }
        return list
    }

    func run(worker: Int, workerCount: Int) {
        do throws(ModelFileError) {
            let decoder = try ChunkDecoder()
            var room: PackingRoom?
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < tasks.count else { return }
                let task = tasks[index]
                guard let bits = task.bits else {
                    unsafe try file.decode(chunk: task.chunk, into: task.target, with: decoder)
                    continue
                }
                let array = file.array(ofChunk: task.chunk)
                let byteCount = array.decodedByteCount(ofChunk: task.chunk)
                if (room?.symbols.count ?? 0) < byteCount || (room?.outliers.count ?? 0) < array.panelByteCount {
                    room = try PackingRoom(
                        symbolCount: max(byteCount, room?.symbols.count ?? 0),
                        outlierCount: max(array.panelByteCount, room?.outliers.count ?? 0))
                }
                guard let room else { return }
                let symbols = unsafe UnsafeMutableRawBufferPointer(start: room.symbols.pointer, count: byteCount)
                unsafe try file.decode(chunk: task.chunk, into: symbols, with: decoder)
                let found = unsafe pack(symbols, array, bits, into: task.target, room.outliers)
                outliers.withLock { $0[task.chunk] = found }
            }
        } catch {
            failure.withLock { $0 = error }
            next.store(tasks.count, ordering: .relaxed)
        }
    }

    /// Packs a chunk's panels.
    private func pack(
        _ symbols: UnsafeMutableRawBufferPointer, _ array: ArrayDescription, _ bits: Int,
        into target: UnsafeMutableRawBufferPointer, _ list: AlignedBuffer<UInt32>
    ) -> Outliers {
        var outliers = Outliers()
        guard let start = symbols.baseAddress, let out = target.baseAddress else { return outliers }
        for panel in 0..<symbols.count / array.panelByteCount {
            let count = unsafe kernels.pack(
                (start + panel * array.panelByteCount).assumingMemoryBound(to: Int8.self), array.columns, bits,
                (out + panel * array.panelByteCount / 8 * bits).assumingMemoryBound(to: UInt8.self), list.pointer,
                list.count)
            outliers.panelCounts.append(count)
            unsafe outliers.words.append(contentsOf: UnsafeBufferPointer(start: list.pointer, count: count))
        }
        return outliers
    }
}

/// A worker's room for a chunk that is to be packed, and for a panel's outliers.
private struct PackingRoom {
    let symbols: AlignedBuffer<UInt8>
    let outliers: AlignedBuffer<UInt32>

    init(symbolCount: Int, outlierCount: Int) throws(ModelFileError) {
        do throws(KernelError) {
            symbols = try AlignedBuffer(count: symbolCount)
            outliers = try AlignedBuffer(count: outlierCount)
        } catch {
            throw .outOfMemory(byteCount: symbolCount + 4 * outlierCount)
        }
    }
}
