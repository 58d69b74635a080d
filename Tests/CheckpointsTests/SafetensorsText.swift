/// A safetensors file made by hand: the header's text as given, its length stated truly, then the data.
func safetensors(_ header: String, data: [UInt8] = []) -> [UInt8] {
    lengthPrefix(UInt64(header.utf8.count)) + Array(header.utf8) + data
}

func lengthPrefix(_ count: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } }

/// The bytes of float32 numbers.
func bytes(_ floats: [Float]) -> [UInt8] {
    floats.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
}

/// The bytes of 16-bit words.
func bytes(_ words: [UInt16]) -> [UInt8] {
    words.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
}
