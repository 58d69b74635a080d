import GPT2
import Kernels
import ModelFile

/// A float32 model whose operations are taken backward. Each is the derivative of the operation of that name in
/// Sources/GPT2, for all tokens of a text at once.
struct GradientModel: Sendable {
    let shape: Configuration
    let kernels: KernelSet
    let pool: WorkerPool
    private let file: ModelFile
    private let gains: [String: [Float]]

    /// Panels that a worker multiplies by at a time, and tokens: both stay in its cache.
    private static let (panelsInShare, tokensAtOnce) = (4, 64)

    /// - Parameter model: of a float32 file whose arrays are stored raw.
    init(_ model: GPT2) throws(CalibrationError) {
        (shape, kernels, pool, file) = (model.configuration, model.kernels, model.options.pool ?? .shared, model.file)
        guard model.plan.isMapped else { throw .tooLittleMemory(byteCount: model.plan.weightByteCount) }
        var gains: [String: [Float]] = [:]
        for array in shape.arrays where array.name.hasSuffix(".gain") {
            do {
                guard let stored = file.array(named: array.name) else { continue }
                gains[String(array.name.dropLast(".gain".count))] = try file.floats(of: stored)
            } catch { throw .model(.file(error)) }
        }
        self.gains = gains
    }

    // MARK: Matrices

    /// y = W x: ∂L/∂x = Wᵀ ∂L/∂y, `[tokens × columns]`.
    func multiplyBackward(_ y: TokenVectors, _ name: String) throws(KernelError) -> TokenVectors {
        let transposed = try transposed(name)
        let x = try TokenVectors(count: y.count, width: transposed.rows)
        multiply(transposed, y, rows: y.count, into: x, firstRow: 0)
        return x
    }

    /// A matrix of the file with rows and columns exchanged, as panels.
    func transposed(_ name: String) throws(KernelError) -> FloatPanels {
        let source = StoredMatrix(name, in: file)
        let (rows, columns) = (source.rows, source.columns)
        let result = try FloatPanels(rows: columns, columns: rows)
        pool.forEachShare(of: result.panelCount) { panel in
            let out = unsafe result.elements.pointer + panel * rows * 16
            for row in 0..<rows {
                let line = unsafe source.start + row / 16 * 16 * columns + row % 16
                for lane in 0..<min(16, columns - 16 * panel) {
                    unsafe out[16 * row + lane] = line[16 * (16 * panel + lane)]
                }
            }
        }
        return result
    }

    /// y = x · matrixᵀ for the first rows of x; they become those of y from `firstRow` on.
    func multiply(_ matrix: FloatPanels, _ x: TokenVectors, rows: Int, into y: TokenVectors, firstRow: Int) {
        let share = Self.panelsInShare
        pool.forEachShare(of: (matrix.panelCount + share - 1) / share) { index in
            for start in stride(from: 0, to: rows, by: Self.tokensAtOnce) {
                for panel in index * share..<min((index + 1) * share, matrix.panelCount) {
                    var slice = unsafe matrix.slice(panel..<panel + 1)
                    unsafe kernels.multiplyF32F32(
                        &slice, x.row(start), min(Self.tokensAtOnce, rows - start),
                        y.row(firstRow + start) + 16 * panel,
                        y.width)
                }
            }
        }
    }

    // MARK: Layer norm

    /// y = (x − mean) · r · gain + bias, r = 1 / √(variance + ε): with d = gain · ∂L/∂y and x̂ = (x − mean) · r,
    /// ∂L/∂x = r · (d − mean d − x̂ · mean(d x̂)), added to `sum`.
    func normalizeBackward(_ y: TokenVectors, _ name: String, of x: TokenVectors, addingTo sum: TokenVectors) {
        guard let gain = gains[name] else { preconditionFailure("\(name) is no layer norm") }
        let count = Double(x.width)
        pool.forEachShare(of: x.count) { token in
            let (x, y, sum) = unsafe (x.row(token), y.row(token), sum.row(token))
            var mean = 0.0
            for i in gain.indices { unsafe mean += Double(x[i]) }
            mean /= count
            var variance = 0.0
            for i in gain.indices { unsafe variance += (Double(x[i]) - mean) * (Double(x[i]) - mean) }
            let r = 1 / (variance / count + Double(shape.layerNormEpsilon)).squareRoot()
            var (meanD, meanDX) = (0.0, 0.0)
            for i in gain.indices {
                let d = unsafe Double(gain[i] * y[i])
                meanD += d
                unsafe meanDX += d * (Double(x[i]) - mean) * r
            }
            (meanD, meanDX) = (meanD / count, meanDX / count)
            for i in gain.indices {
                let normal = unsafe (Double(x[i]) - mean) * r
                unsafe sum[i] += Float(r * (Double(gain[i] * y[i]) - meanD - normal * meanDX))
            }
        }
    }
}

/// A matrix of a float32 file where it lies: panels, `[panels × columns × 16]`. Good as long as the file.
@safe private struct StoredMatrix: @unchecked Sendable {  // nobody writes what is mapped
    let start: UnsafePointer<Float>
    let rows: Int
    let columns: Int

    init(_ name: String, in file: ModelFile) {
        guard let array = file.array(named: name), array.elementType == .float32, array.layout == .panels,
            let start = unsafe try? file.rawBytes(of: array).baseAddress
        else { preconditionFailure("\(name) is not float32 and raw") }
        unsafe self.start = start.assumingMemoryBound(to: Float.self)
        (rows, columns) = (array.rows, array.columns)
    }
}
