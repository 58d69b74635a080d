extension ModelFile {
    /// The elements of a plain float array, row after row, verified; float16 becomes float32, exactly.
    public func floats(of array: ArrayDescription) throws(ModelFileError) -> [Float] {
        guard array.layout == .plain, array.elementType == .float32 || array.elementType == .float16 else {
            throw .unexpectedArray(name: array.name, found: array.kindAndShape, expected: "float32 or float16, plain")
        }
        return try elements(of: array) { bytes, offset, _, _ in array.float(in: bytes, at: offset) }
    }

    /// The elements of a uint32 array, row after row, verified.
    public func words(of array: ArrayDescription) throws(ModelFileError) -> [UInt32] {
        guard array.elementType == .uint32 else {
            throw .unexpectedArray(name: array.name, found: array.kindAndShape, expected: "uint32, plain")
        }
        return try elements(of: array) { bytes, offset, _, _ in bytes.uint32(at: offset) }
    }

    /// The bytes of a uint8 array, row after row, verified.
    public func bytes(of array: ArrayDescription) throws(ModelFileError) -> [UInt8] {
        guard array.elementType == .uint8 else {
            throw .unexpectedArray(name: array.name, found: array.kindAndShape, expected: "uint8, plain")
        }
        return try elements(of: array) { bytes, offset, _, _ in bytes.uint8(at: offset) }
    }

    /// The words of an array's outliers; none where it is not packed.
    func outlierWords(of array: ArrayDescription) throws(ModelFileError) -> [UInt32] {
        guard let bits = array.layout.packedBits else { return [] }
        return try outliers(of: array, bits: bits).words
    }

    /// A chunk, verified and decoded into memory of its own, and unpacked.
    ///
    /// - Parameter words: ``outlierWords(of:)`` of its array.
    func unpackedBytes(
        ofChunk chunk: Int, with decoder: ChunkDecoder, outliers words: [UInt32]
    ) throws(ModelFileError) -> [UInt8] {
        let array = array(ofChunk: chunk)
        let bytes = try bytes(ofChunk: chunk, with: decoder)
        guard let bits = array.layout.packedBits else { return bytes }
        let first = (chunk - array.chunks.lowerBound) * array.rowsPerChunk / ArrayDescription.panelRowCount
        return PackedPanels.unpacked(bytes, columns: array.columns, bits: bits) { panel in
            let list = words[(array.panelCount + 1)...]
            let range = Int(words[first + panel])..<Int(words[first + panel + 1])
            return Array(list[(list.startIndex + range.lowerBound)..<(list.startIndex + range.upperBound)])
        }
    }

    /// A chunk, verified and decoded into memory of its own.
    func bytes(ofChunk chunk: Int, with decoder: ChunkDecoder) throws(ModelFileError) -> [UInt8] {
        let byteCount = chunks[chunk].decodedByteCount
        var fault: ModelFileError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            do throws(ModelFileError) {
                try unsafe decode(
                    chunk: chunk,
                    into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: byteCount), with: decoder)
                count = byteCount
            } catch {
                fault = error
            }
        }
        if let fault { throw fault }
        return bytes
    }
}

extension ArrayDescription {
    /// The float element at a byte offset of decoded bytes.
    func float(in bytes: RawSpan, at offset: Int) -> Float {
        elementType == .float16
            ? float32(half: bytes.uint16(at: offset)) : Float(bitPattern: bytes.uint32(at: offset))
    }
}

/// The float32 that equals an IEEE 754 binary16 number; a NaN keeps its payload.
func float32(half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let exponent = UInt32(half >> 10 & 0x1F)
    let fraction = UInt32(half & 0x3FF)
    switch exponent {
    case 0:  // zero and subnormals: fraction · 2⁻²⁴, exact in float32
        let magnitude = Float(fraction) * Float(sign: .plus, exponent: -24, significand: 1)
        return Float(bitPattern: sign | magnitude.bitPattern)
    case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
}
