/// How far the weights of a matrix as stored lie from those of the checkpoint.
public struct WeightError: Sendable, Equatable {
    /// The largest |ŵ − w|.
    public private(set) var maximum: Float = 0
    private var squaredErrors = 0.0
    private var squaredWeights = 0.0
    private var count = 0

    /// √(mean of (ŵ − w)²).
    public var rootMeanSquare: Double { count == 0 ? 0 : (squaredErrors / Double(count)).squareRoot() }
    /// ‖ŵ − w‖ / ‖w‖, or 0 where every weight is 0.
    public var relative: Double { squaredWeights == 0 ? 0 : (squaredErrors / squaredWeights).squareRoot() }

    mutating func add(_ other: WeightError) {
        maximum = max(maximum, other.maximum)
        squaredErrors += other.squaredErrors
        squaredWeights += other.squaredWeights
        count += other.count
    }

    mutating func add(weight: Float, stored: Float) {
        let error = stored - weight
        maximum = max(maximum, error.magnitude)
        squaredErrors += Double(error) * Double(error)
        squaredWeights += Double(weight) * Double(weight)
        count += 1
    }

    /// Takes in the sums of a run, and counts `count` weights: padding adds zeros to sums and is not counted.
    mutating func add(_ run: ErrorRun, count: Int) {
        for lane in 0..<16 {
            maximum = max(maximum, run.maximum[lane])
            squaredErrors += run.squaredErrors[lane]
            squaredWeights += run.squaredWeights[lane]
        }
        self.count += count
    }
}

/// Sums in 16 lanes over a run of columns, in float64: squares of float32 weights can overflow float32.
struct ErrorRun {
    /// The longest run.
    static let columnCount = 256

    fileprivate var maximum = SIMD16<Float>.zero
    fileprivate var squaredErrors = SIMD16<Double>.zero
    fileprivate var squaredWeights = SIMD16<Double>.zero

    @inline(__always)
    mutating func add(weights: SIMD16<Float>, stored: SIMD16<Float>) {
        let errors = stored - weights
        let magnitudes = errors.replacing(with: -errors, where: errors .< 0)
        maximum.replace(with: magnitudes, where: magnitudes .> maximum)
        let (wideErrors, wideWeights) = (SIMD16<Double>(errors), SIMD16<Double>(weights))
        squaredErrors += wideErrors * wideErrors
        squaredWeights += wideWeights * wideWeights
    }
}
