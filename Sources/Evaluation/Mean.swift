/// A weighted mean and its standard error, from sums whose rounding errors are kept.
struct Mean: Sendable {
    private(set) var count = 0
    private var weights = CompensatedSum()
    private var values = CompensatedSum()
    // Of squared weights: times nothing, the value, and its square.
    private var squares = (CompensatedSum(), CompensatedSum(), CompensatedSum())

    mutating func add(_ value: Double, weight: Double = 1) {
        count += 1
        weights.add(weight)
        values.add(weight * value)
        let square = weight * weight
        squares.0.add(square)
        squares.1.add(square * value)
        squares.2.add(square * (value * value))
    }

    /// The mean m = Σ wx / Σ w and its standard error √(n / (n − 1) · Σ w² (x − m)²) / Σ w.
    var estimate: Summary.Estimate {
        let mean = values.value / weights.value
        let deviations = squares.2.value - 2 * mean * squares.1.value + mean * mean * squares.0.value
        let factor = count > 1 ? Double(count) / Double(count - 1) : 0
        return Summary.Estimate(
            mean: mean, standardError: (factor * max(0, deviations)).squareRoot() / weights.value)
    }
}

/// A sum that carries along what rounding took from it (Neumaier, 1974).
struct CompensatedSum: Sendable {
    private var sum = 0.0
    private var lost = 0.0

    mutating func add(_ value: Double) {
        let new = sum + value
        lost += sum.magnitude >= value.magnitude ? (sum - new) + value : (value - new) + sum
        sum = new
    }

    var value: Double { sum + lost }
}
