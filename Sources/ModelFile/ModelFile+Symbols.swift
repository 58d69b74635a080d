extension ModelFile {
    /// How often each symbol from −128 to 127 is there in an int8 matrix, padding left out, verified. `[256]`
    public func symbolCounts(of matrix: ArrayDescription) throws(ModelFileError) -> [Int] {
        guard matrix.elementType == .int8 else {
            throw .unexpectedArray(name: matrix.name, found: matrix.kindAndShape, expected: "int8")
        }
        var counts = [Int](repeating: 0, count: 256)
        for symbol in try elements(of: matrix, { bytes, offset, _, _ in bytes.uint8(at: offset) }) {
            counts[Int(Int8(bitPattern: symbol)) + 128] += 1
        }
        return counts
    }
}
