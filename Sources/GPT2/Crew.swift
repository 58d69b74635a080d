import Kernels
import ModelFile
import Synchronization

/// The workers of a session and the scratch they share: how each step of a forward pass is split among threads.
///
/// Every output element is computed whole by one worker, so the split never changes a bit.
/// Workers write disjoint parts, and the fields change between rounds only: hence Sendable.
final class Crew: ParallelWork, @unchecked Sendable {
    /// A step, and what it works on.
    enum Job {
        case idle
        /// Rounds activations for a matrix, into `staged`. Split by tokens.
        case prepare(Matrix, Activation)
        /// Multiplies what is staged. Split by panels.
        case multiply(Matrix, Activation)
        /// Puts keys and values into the cache. Split by heads.
        case append(Activation, layer: Int, position: Int)
        /// Split by heads and tokens.
        case attend(Activation, layer: Int, position: Int, into: Activation)
        /// The feed-forward's non-linearity. Split by tokens.
        case activate(Activation)
    }

    var tokenCount = 0
    let model: GPT2
    let kernels: KernelSet
    let cache: KVCache
    /// Activations ready for the kernels, `[rows × padded columns]` of int16, int8 or float32.
    let staged: AlignedBuffer<Float>
    /// A scale for every token's activations, `[rows]`.
    let stagedScales: AlignedBuffer<Float>
    /// One row of attention scores for each worker, `[workers × context]`.
    private let scores: AlignedBuffer<Float>
    private var job = Job.idle
    let failure = Mutex<ModelFileError?>(nil)
    private(set) var watcher: ((Observation) -> Void)?
    private(set) var watched = ""

    init(_ model: GPT2, cache: KVCache, rows: Int) throws(GPT2Error) {
        let shape = model.configuration
        self.model = model
        self.cache = cache
        kernels = model.kernels
        let widest = (max(shape.innerSize, shape.embeddingSize) + 3) / 4 * 4
        staged = try allocate(Float.self, rows * widest)
        stagedScales = try allocate(Float.self, rows)
        scores = try allocate(Float.self, model.threadCount * cache.capacity)
    }

    /// Does `job` with all workers, or alone where waking them costs more than it saves.
    func run(_ job: Job) {
        self.job = job
        if operations(job) < Self.worthSharing { run(worker: 0, workerCount: 1) } else { model.pool.run(self) }
        self.job = .idle
    }

    /// Operations below which one worker is faster alone: a few microseconds' work, about what a meeting of threads costs.
    private static let worthSharing = 1 << 16

    /// About how many elementary operations a job takes.
    private func operations(_ job: Job) -> Int {
        let shape = model.configuration
        return switch job {
        case .idle: 0
        case .prepare(let matrix, _): tokenCount * matrix.array.columns
        case .multiply(let matrix, _): tokenCount * matrix.array.elementCount
        case .append: tokenCount * shape.embeddingSize
        case .attend(_, _, let position, _): tokenCount * shape.embeddingSize * (position + tokenCount)
        case .activate(let wide): tokenCount * wide.width
        }
    }

    /// Does an attention job on one thread, telling `observer` every row of scores and of weights.
    func runWatched(_ job: Job, name: String, _ observer: @escaping (Observation) -> Void) {
        (self.job, watcher, watched) = (job, observer, name)
        run(worker: 0, workerCount: 1)
        (self.job, watcher) = (.idle, nil)
    }

    /// Throws what a worker met in the last job.
    func rethrow() throws(GPT2Error) {
        if let error = failure.withLock({ $0 }) { throw .file(error) }
    }

    func run(worker: Int, workerCount: Int) {
        switch job {
        case .idle:
            break
        case .prepare(let matrix, let x):
            for row in stride(from: worker, to: tokenCount, by: workerCount) { unsafe prepare(matrix, x.row(row), row) }
        case .multiply(let matrix, let y):
            let panels = matrix.array.panelCount
            multiply(matrix, panels * worker / workerCount..<panels * (worker + 1) / workerCount, into: y)
        case .append(let qkv, let layer, let position):
            for head in stride(from: worker, to: model.configuration.headCount, by: workerCount) {
                append(qkv, layer: layer, head: head, position: position)
            }
        case .attend(let qkv, let layer, let position, let h):
            let scores = unsafe self.scores.pointer + worker * cache.capacity
            for item in stride(from: worker, to: model.configuration.headCount * tokenCount, by: workerCount) {
                let (head, row) = item.quotientAndRemainder(dividingBy: tokenCount)
                unsafe attend(
                    qkv, layer: layer, head: head, row: row, position: position + row, scores: scores, into: h)
            }
        case .activate(let wide):
            let activate =
                switch model.configuration.activation {
                case .geluTanh: unsafe kernels.geluTanh
                case .geluErf: unsafe kernels.geluErf
                case .relu: unsafe kernels.relu
                }
            for row in stride(from: worker, to: tokenCount, by: workerCount) {
                unsafe activate(wide.row(row), wide.width)
            }
        }
    }
}
