import GPT2
import Kernels

extension GradientModel {
    /// The feed-forward's non-linearity.
    func activate(_ x: TokenVectors) throws(KernelError) -> TokenVectors {
        let y = try TokenVectors(copying: x)
        let activate =
            switch shape.activation {
            case .geluTanh: unsafe kernels.geluTanh
            case .geluErf: unsafe kernels.geluErf
            case .relu: unsafe kernels.relu
            }
        pool.forEachShare(of: y.count) { unsafe activate(y.row($0), y.width) }
        return y
    }

    /// Multiplies `y` by the derivative of the non-linearity at `x`.
    func activateBackward(_ y: TokenVectors, at x: TokenVectors) throws(KernelError) {
        let slope = try TokenVectors(copying: x)
        pool.forEachShare(of: x.count) { token in
            let (x, y, slope) = unsafe (x.row(token), y.row(token), slope.row(token))
            switch shape.activation {
            case .geluTanh: unsafe geluTanhSlope(x, slope, count: shape.innerSize)
            case .geluErf: unsafe geluErfSlope(x, slope, count: shape.innerSize)
            case .relu: for i in 0..<shape.innerSize { unsafe slope[i] = x[i] > 0 ? 1 : 0 }
            }
            for i in 0..<shape.innerSize { unsafe y[i] *= slope[i] }
        }
    }

    /// v s, s = 1 / (1 + e^(−2u)), u = √(2/π) (v + 0.044715 v³): s + v s (1 − s) · 2 du/dv.
    private func geluTanhSlope(_ v: UnsafePointer<Float>, _ slope: UnsafeMutablePointer<Float>, count: Int) {
        let (a, b): (Float, Float) = (1.595_769_1, 0.044_715)  // 2 √(2/π)
        for i in 0..<count { unsafe slope[i] = -a * (v[i] + b * v[i] * v[i] * v[i]) }
        unsafe kernels.expF32(slope, count)
        for i in 0..<count {
            let s = unsafe 1 / (1 + slope[i])
            unsafe slope[i] = s + v[i] * s * (1 - s) * a * (1 + 3 * b * v[i] * v[i])
        }
    }

    /// v Φ(v): Φ(v) + v φ(v).
    private func geluErfSlope(_ v: UnsafePointer<Float>, _ slope: UnsafeMutablePointer<Float>, count: Int) {
        for i in 0..<count { unsafe slope[i] = -v[i] * v[i] / 2 }
        unsafe kernels.expF32(slope, count)
        for i in 0..<count {
            var product = unsafe v[i]
            unsafe kernels.geluErf(&product, 1)
            // Near 0, where the quotient says nothing, Φ(v) = 1/2 + v φ(0).
            let density = unsafe 0.398_942_28 * slope[i]
            let probability = unsafe v[i].magnitude < 1e-3 ? 0.5 + v[i] * 0.398_942_28 : product / v[i]
            unsafe slope[i] = probability + v[i] * density
        }
    }
}
