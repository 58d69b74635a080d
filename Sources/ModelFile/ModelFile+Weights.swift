extension ModelFile {
    /// The weights of a float or int8 array as float32, row after row, padding left out: the arithmetic of
    /// `docs/FORMAT.md`, one element after the other. Slow; for conversion, reports and tests.
    public func weights(of array: ArrayDescription) throws(ModelFileError) -> [Float] {
        switch array.elementType {
        case .uint8, .uint32:
            throw .unexpectedArray(name: array.name, found: array.kindAndShape, expected: "int8, float16 or float32")
        case .int8:
            return try dequantized(array)
        case .float16, .float32:
            return try elements(of: array) { bytes, offset, _, _ in array.float(in: bytes, at: offset) }
        }
    }

    /// weight = (float(symbol) · scale[row, block]) · step[column], each product rounded to float32.
    private func dequantized(_ matrix: ArrayDescription) throws(ModelFileError) -> [Float] {
        let companions = try companions(of: matrix)
        let scales = try floats(of: companions.scales)
        let blockLength = matrix.blockLength == 0 ? matrix.columns : matrix.blockLength
        var escapes = companions.escapes[...]
        return try elements(of: matrix) { bytes, offset, row, column in
            var symbol = Int(Int8(bitPattern: bytes.uint8(at: offset)))
            if let escape = escapes.first, (escape.row, escape.column) == (row, column) {
                symbol += Int(escape.remainder)
                escapes.removeFirst()
            }
            let (panel, rowInPanel) = row.quotientAndRemainder(dividingBy: ArrayDescription.panelRowCount)
            let block = panel * matrix.blockCount + column / blockLength
            let weight = Float(symbol) * scales[block * ArrayDescription.panelRowCount + rowInPanel]
            return companions.steps.map { weight * $0[column] } ?? weight
        }
    }

    /// The elements in ascending order of row, then column. `element` gets a chunk's bytes, the element's offset in
    /// them, its row and its column.
    func elements<Element>(
        of array: ArrayDescription, _ element: (RawSpan, Int, Int, Int) -> Element
    ) throws(ModelFileError) -> [Element] {
        let decoder = try ChunkDecoder()
        var elements: [Element] = []
        elements.reserveCapacity(array.elementCount)
        let outliers = try outlierWords(of: array)
        for chunk in array.chunks {
            let decoded = try unpackedBytes(ofChunk: chunk, with: decoder, outliers: outliers)
            let bytes = unsafe decoded.span.bytes
            let rows = array.rows(inChunk: chunk)
            for row in rows {
                for column in 0..<array.columns {
                    let offset = array.byteOffset(row: row - rows.lowerBound, column: column)
                    elements.append(element(bytes, offset, row, column))
                }
            }
        }
        return elements
    }
}
