import Evaluation
import GPT2
import Kernels

/// The model that is measured and its base, opened side by side.
struct EvaluatedModels {
    let path: String
    let model: GPT2
    let base: (path: String, model: GPT2)?

    /// - Parameter reservedByteCount: what will be needed besides the models, for ``Options/memoryLimit``.
    init(
        _ path: String, _ runtime: RuntimeOptions, _ comparison: BaseArguments, pool: WorkerPool, contextLength: Int,
        reservedByteCount: Int
    ) throws {
        var options = try runtime.options(pool: pool, contextLength: contextLength)
        options.keptLogits = WindowReader.keptLogits
        let program = (ProcessMemory.current?.resident ?? Self.assumedProgram) + reservedByteCount
        options.programByteCount = program
        self.path = path
        guard let basePath = comparison.base else {
            model = try Self.open(path, options)
            base = nil
            return
        }
        var baseOptions = options
        baseOptions.activations = comparison.baseActivations ?? .float32
        baseOptions.cacheType = comparison.baseCacheType ?? .float32
        // The model leaves the base what it takes at least; the base gets what the model leaves.
        let least = try Self.leastByteCount(basePath, baseOptions, threadCount: pool.threadCount)
        options.programByteCount = program + least
        do { model = try GPT2(contentsOf: path, options: options) } catch {
            if case .tooLittleMemory = error { throw Failure(error).about("\(path) beside \(basePath)") }
            throw Failure(error).about(path)
        }
        baseOptions.programByteCount = model.plan.byteCount - least
        base = (basePath, try Self.open(basePath, baseOptions))
    }

    /// What the program takes where the system does not tell.
    private static let assumedProgram = 24 << 20

    private static func open(_ path: String, _ options: Options) throws -> GPT2 {
        do { return try GPT2(contentsOf: path, options: options) } catch { throw Failure(error).about(path) }
    }

    /// What a model takes if all of its weights are streamed.
    private static func leastByteCount(_ path: String, _ options: Options, threadCount: Int) throws -> Int {
        guard options.memoryLimit != nil else { return 0 }
        var options = options
        (options.memoryLimit, options.programByteCount) = (0, 0)
        do {
            let file = try ModelFileOption.open(path)
            return try MemoryPlan(file, options, threadCount: threadCount).byteCount
        } catch GPT2Error.tooLittleMemory(let needed, _, _, _, _) {
            return needed
        } catch { throw Failure(error).about(path) }
    }
}
