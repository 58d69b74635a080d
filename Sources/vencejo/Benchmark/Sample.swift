/// Measurements of one quantity; at least one.
struct Sample {
    /// In ascending order.
    private let values: [Double]

    init(_ values: [Double]) {
        precondition(!values.isEmpty, "nothing was measured")
        self.values = values.sorted()
    }

    var min: Double { values[0] }
    var max: Double { values[values.count - 1] }

    /// The middle value, or the mean of the middle two.
    var median: Double { (values[(values.count - 1) / 2] + values[values.count / 2]) / 2 }

    /// √(Σ (v − mean)² / (count − 1)); 0 for one value.
    var standardDeviation: Double {
        guard values.count > 1 else { return 0 }
        let mean = values.reduce(0, +) / Double(values.count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
    }
}
