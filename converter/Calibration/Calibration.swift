public import GPT2
public import Quantization
import Generation
import ModelFile

/// What an error in each matrix of a model costs, as texts tell.
///
/// To second order an error e in row r of a matrix raises the divergence of what the model predicts by ½ E[g_r² (e x)²], x
/// being what the matrix reads and g_r the gradient at output r of the surprise at a token drawn from the model's own
/// prediction: the Fisher information. It is taken apart in G_r = E[g_r²] and H = E[x xᵀ], which rounding needs
/// apart (the approximation behind K-FAC; Martens and Grosse, 2015).
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
