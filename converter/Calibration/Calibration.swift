public import GPT2
public import Quantization
import Generation
import ModelFile

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
        let matrices = model.configuration.arrays.filter { $0.role == .matrix }
        let total = 4 * texts.count + matrices.count
        for (index, text) in texts.enumerated() {
            try statistics.read(text)
            try onProgress(4 * (index + 1), total)
        }
        for (index, matrix) in matrices.enumerated() {
            sensitivities[matrix.name] = try statistics.takeSensitivity(of: matrix.name)
            try onProgress(4 * texts.count + index + 1, total)
        }
    }
}
