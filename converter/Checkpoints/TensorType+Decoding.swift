extension TensorType {
    /// Converts consecutive little-endian elements to float32, exactly. The type must be one of the three float types that
    /// can be read.
    ///
    /// NaN stays NaN with its payload; both infinities, both zeros and denormal numbers are kept.
    func decode(_ bytes: RawSpan, into output: inout MutableSpan<Float>, at start: Int, count: Int) {
        precondition(isReadable && blockLength == 1, "\(rawValue) elements cannot be read as float32")
        precondition(count >= 0 && start >= 0 && start <= output.count && count <= output.count - start)
        precondition(bytes.byteCount / (blockBitCount / 8) == count)
        unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe bytes.withUnsafeBytes { bytes in
                guard let from = bytes.baseAddress, let base = output.baseAddress else { return }
                let to = unsafe base + start
                switch self {
                case .float16:
                    for i in 0..<count {
                        let bits = unsafe UInt16(
                            littleEndian: from.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
                        unsafe to[i] = float(half: bits)
                    }
                case .bfloat16:
                    for i in 0..<count {
                        let bits = unsafe UInt16(
                            littleEndian: from.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
                        unsafe to[i] = Float(bitPattern: UInt32(bits) << 16)
                    }
                default:
                    for i in 0..<count {
                        let bits = unsafe UInt32(
                            littleEndian: from.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self))
                        unsafe to[i] = Float(bitPattern: bits)
                    }
                }
            }
        }
    }
}

/// The float32 value of an IEEE 754 binary16 number.
///
/// Its bits, moved to where a float32 has them, are the value times 2⁻¹¹²: the difference of the exponents' biases. One
/// multiplication undoes that for normal and denormal numbers alike, and is exact.
@inline(__always)
func float(half bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7FFF) << 13
    let isFinite = bits & 0x7C00 != 0x7C00
    let value = isFinite ? (Float(bitPattern: magnitude) * 0x1p112).bitPattern : magnitude | 0x7F80_0000
    return Float(bitPattern: value | sign)
}
