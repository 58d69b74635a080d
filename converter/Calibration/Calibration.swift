public import GPT2
public import Quantization
import Kernels
import Synchronization

/// What errors in each matrix of a model cost, as texts tell.
///
/// To second order errors E of a matrix raise the divergence of what the model predicts by ½ E[(gᵀ E x)²], x being what
/// the matrix reads and g the gradient, at what it gives, of the surprise at a token drawn from the model's own prediction:
/// the Fisher information. It is taken apart in Γ = E[g gᵀ] and H = E[x xᵀ], which makes it ½ tr(Γ E H Eᵀ) (K-FAC; Martens
/// and Grosse, 2015).
public struct Calibration: Sendable {
    /// By the matrix's name in the model file.
    public private(set) var sensitivities: [String: MatrixSensitivity] = [:]

    /// Runs a model on texts, forward and backward.
    ///
    /// - Parameters:
    ///   - model: of a float32 file stored raw, with float32 activations and cache.
    ///   - onProgress: called after every text and matrix; an error ends it.
    public init(
        _ model: GPT2, on texts: [[Int]], onProgress: (_ done: Int, _ total: Int) throws(CalibrationError) -> Void
    ) throws(CalibrationError) {
        let statistics = try GradientStatistics(model)
        let pool = model.options.pool ?? .shared
        let total = 4 * texts.count + model.configuration.arrays.count { $0.role == .matrix }
        for (index, text) in texts.enumerated() {
            try statistics.read(text)
            try onProgress(4 * (index + 1), total)
        }
        // Matrices are factored as many at a time as there are threads, those of a kind together.
        let taken = statistics.takeMatrices()
        if let matrix = taken.first(where: { !$0.isFinite }) { throw .notFinite(matrix: matrix.name) }
        var matrices = taken.sorted { ($0.cost, $0.name) > ($1.cost, $1.name) }
        while !matrices.isEmpty {
            let group = Array(matrices.prefix(pool.threadCount))
            matrices.removeFirst(group.count)
            for (name, sensitivity) in try Self.factor(group, pool) { sensitivities[name] = sensitivity }
            try onProgress(total - matrices.count, total)
        }
    }

    private static func factor(
        _ group: [MatrixStatistics], _ pool: WorkerPool
    ) throws(CalibrationError) -> [String: MatrixSensitivity] {
        let results = Mutex<Result<[String: MatrixSensitivity], KernelError>>(.success([:]))
        pool.forEachShare(of: group.count) { index in
            let outcome = Result { () throws(KernelError) in try group[index].sensitivity() }
            results.withLock { results in
                results = results.flatMap { all in
                    outcome.map { all.merging([group[index].name: $0]) { first, _ in first } }
                }
            }
        }
        return try wrap { () throws(KernelError) in try results.withLock { $0 }.get() }
    }
}
