import Kernels
import ModelFile
import Synchronization

/// The workers of a batch and the scratch they share: how each step of a forward pass is split among threads.
///
/// Every output element is computed whole by one worker, so the split never changes a bit.
/// Workers write disjoint parts, and the fields change between rounds only: hence Sendable.
final class Crew: ParallelWork, @unchecked Sendable {
    /// A step, and what it works on.
    enum Job {
        case idle
        /// Split by tokens.
        case normalize(Activation, Norm, into: Activation)
        /// Rounds activations for a matrix, into `staged`. Split by tokens.
        case prepare(Matrix, Activation)
        /// Multiplies what is staged, and adds the result to another activation where one is given. Split by panels.
        case multiply(Matrix, into: Activation, addingTo: Activation? = nil)
        /// Puts keys and values into the caches. Split by runs and heads.
        case append(Activation, layer: Int)
        /// Split by tokens and heads.
        case attend(Activation, layer: Int, into: Activation)
        /// The feed-forward's non-linearity. Split by tokens.
        case activate(Activation)
    }

    let model: GPT2
    let kernels: KernelSet
    /// Activations ready for the kernels: integers in quads of tokens, or `[rows × columns]` float32.
    let staged: AlignedBuffer<Float>
    /// A scale for every token's activations, `[rows]`.
    let stagedScales: AlignedBuffer<Float>
    /// Attention scores for each worker, `[workers × queriesAtOnce × scoresStride]`.
    let scores: AlignedBuffer<Float>
    let scoresStride: Int
    /// Room for streamed chunks, one for each worker; empty where all weights are in memory.
    let chunkScratch: [ChunkScratch]
    private(set) var runs: [Batch.Run] = []
    private(set) var tokenCount = 0
    private var job = Job.idle
    /// The shares of the job, and of those of its weights that are decoded as they are used.
    let shares: Shares
    private let streamedShares: Shares
    let failure = Mutex<ModelFileError?>(nil)
    private(set) var watcher: ((Observation) -> Void)?
    private(set) var watched = ""

    /// Queries of a head that share what is read of the cache.
    static let queriesAtOnce = 4

    init(_ model: GPT2, rows: Int) throws(GPT2Error) {
        let shape = model.configuration
        self.model = model
        kernels = model.kernels
        staged = try allocate(Float.self, rows * Self.widest(shape))
        stagedScales = try allocate(Float.self, rows)
        scoresStride = KVCache.capacity(model.contextLength)
        scores = try allocate(Float.self, model.threadCount * Self.queriesAtOnce * scoresStride)
        var chunkScratch: [ChunkScratch] = []
        let streamed = model.weights.streamedArrays
        if !streamed.isEmpty {
            for _ in 0..<model.threadCount {
                chunkScratch.append(try ChunkScratch(byteCount: ChunkScratch.largestChunk(of: streamed)))
            }
        }
        self.chunkScratch = chunkScratch
        shares = Shares(workerCount: model.threadCount)
        streamedShares = Shares(workerCount: model.threadCount)
    }

    /// What a crew takes, room for chunks aside.
    static func byteCount(_ shape: Configuration, rows: Int, contextLength: Int, threadCount: Int) -> Int {
        4 * (rows * (widest(shape) + 1) + threadCount * queriesAtOnce * KVCache.capacity(contextLength))
    }

    /// Columns of the widest matrix, padded.
    private static func widest(_ shape: Configuration) -> Int {
        (max(shape.innerSize, shape.embeddingSize) + 3) / 4 * 4
    }

    /// Does `job` with all workers, or alone where waking them costs more than it saves.
    func run(_ job: Job, _ batch: Batch) {
        start(job, batch)
        if operations(job) < Self.worthSharing { run(worker: 0, workerCount: 1) } else { model.pool.run(self) }
        finish()
    }

    /// Does an attention job on one thread, telling `observer` every row of scores and of weights.
    func runWatched(_ job: Job, _ batch: Batch, name: String, _ observer: @escaping (Observation) -> Void) {
        start(job, batch)
        (watcher, watched) = (observer, name)
        run(worker: 0, workerCount: 1)
        watcher = nil
        finish()
    }

    private func start(_ job: Job, _ batch: Batch) {
        self.job = job
        runs = batch.runs
        tokenCount = batch.tokenCount
        shares.reset()
        streamedShares.reset()
    }

    /// Lets go of what the job worked on; a second owner of the runs would make the batch copy them.
    private func finish() {
        job = .idle
        runs = []
    }

    /// Panels of a share: whole tiles of every row (3 or 2 panels for many tokens, 4 for one), and about eight shares a worker.
    /// One token reads its panels faster the more of them follow each other.
    private func panelsInShare(_ panelCount: Int, workerCount: Int) -> Int {
        guard workerCount > 1 else { return max(1, panelCount) }
        let tile = tokenCount >= KernelSet.tokensTogether ? 6 : panelCount >= 24 * workerCount ? 12 : 4
        return max(1, panelCount / (8 * workerCount * tile)) * tile
    }

    /// Operations below which one worker is faster alone: a few microseconds' work, about what a meeting of threads costs.
    private static let worthSharing = 1 << 16

    /// About how many elementary operations a job takes.
    private func operations(_ job: Job) -> Int {
        let shape = model.configuration
        return switch job {
        case .idle: 0
        case .normalize(let x, _, _): 4 * tokenCount * x.width
        case .prepare(let matrix, _): 4 * tokenCount * matrix.array.columns
        case .multiply(let matrix, _, _): tokenCount * matrix.array.elementCount
        case .append: 4 * tokenCount * shape.embeddingSize
        case .attend: runs.reduce(0) { $0 + $1.count * ($1.position + $1.count) } * 2 * shape.embeddingSize
        case .activate(let wide): 16 * tokenCount * wide.width
        }
    }

    /// Throws what a worker met in the last job.
    func rethrow() throws(GPT2Error) {
        if let error = failure.withLock({ $0 }) {
            try model.checkFile()
            throw .file(error)
        }
        if model.file.isLost { throw .file(model.file.changed) }
    }

    func run(worker: Int, workerCount: Int) {
        func forEachShare(_ count: Int, _ body: (Int) -> Void) {
            shares.forEach(below: count, worker: worker, of: workerCount, body)
        }
        switch job {
        case .idle: break
        case .normalize(let x, let norm, let h):
            let epsilon = model.configuration.layerNormEpsilon
            forEachShare(tokenCount) { row in
                unsafe kernels.layerNorm(x.row(row), norm.gain, norm.bias, x.width, epsilon, h.row(row))
            }
        case .prepare(let matrix, let x):
            // Tokens whose activations lie together are one worker's, so that no two write to the same cache line.
            let together = KernelSet.tokensTogether
            forEachShare((tokenCount + together - 1) / together) { share in
                for row in share * together..<min((share + 1) * together, tokenCount) {
                    unsafe prepare(matrix, x.row(row), row)
                }
            }
        case .multiply(let matrix, let y, let sum):
            func multiply(_ panels: Range<Int>) {
                self.multiply(matrix, panels, worker: worker, into: y)
                if let sum { add(y, of: matrix, panels, to: sum) }
            }
            // Chunks to be decoded come first, since they take longest.
            let (streamed, kept) = (matrix.streamedChunks, matrix.keptPanels.count)
            streamedShares.forEach(below: streamed.count, worker: worker, of: workerCount) { share in
                let chunk = streamed.lowerBound + share
                multiply(matrix.panels(in: chunk..<chunk + 1))
            }
            let length = panelsInShare(kept, workerCount: workerCount)
            forEachShare((kept + length - 1) / length) { share in
                multiply(share * length..<min((share + 1) * length, kept))
            }
        case .append(let qkv, let layer): append(qkv, layer: layer, worker: worker, of: workerCount)
        case .attend(let qkv, let layer, let h): attend(qkv, layer: layer, worker: worker, of: workerCount, into: h)
        case .activate(let wide):
            let activate =
                switch model.configuration.activation {
                case .geluTanh: unsafe kernels.geluTanh
                case .geluErf: unsafe kernels.geluErf
                case .relu: unsafe kernels.relu
                }
            forEachShare(tokenCount) { row in unsafe activate(wide.row(row), wide.width) }
        }
    }
}
