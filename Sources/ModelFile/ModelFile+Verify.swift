extension ModelFile {
    /// Checks a chunk the first time it is asked for. Later calls cost next to nothing.
    ///
    /// - Parameter chunk: the chunk's number in the whole file.
    public func verify(chunk: Int) throws(ModelFileError) {
        if verified[chunk] { return }
        let range = chunks[chunk].stored
        if let bytes = unsafe file.bytes {
            unsafe try check(UnsafeRawBufferPointer(rebasing: bytes[range]), of: chunk)
        } else {
            let copy = try file.bytes(in: range)
            let span = unsafe copy.span.bytes
            try check(span, of: chunk)
        }
    }

    /// Checks the stored bytes of a chunk, wherever they are: its checksum (rule 29), the padding behind it (rule 9) and, of
    /// a raw chunk, the padding inside it (rule 31).
    func check(_ stored: UnsafeRawBufferPointer, of chunk: Int) throws(ModelFileError) {
        unsafe try check(RawSpan(_unsafeBytes: stored), of: chunk)
    }

    private func check(_ stored: RawSpan, of chunk: Int) throws(ModelFileError) {
        let record = chunks[chunk]
        let array = arrays[record.arrayIndex]
        let chunkInArray = chunk - array.chunks.lowerBound
        guard xxh64(stored, seed: Chunk.seed(arrayIndex: array.index, chunkInArray: chunkInArray)) == record.checksum
        else {
            throw .chunkDamaged(array: array.name, chunk: chunkInArray)
        }
        let next = chunk + 1 < chunks.count ? chunks[chunk + 1].stored.lowerBound : headerOffset
        let padding = record.stored.upperBound..<next
        if !padding.isEmpty {
            let bytes = try file.bytes(in: padding)
            let span = unsafe bytes.span.bytes
            if let offset = span.firstNonzero(in: 0..<padding.count) {
                throw .paddingNotZero(offset: padding.lowerBound + offset)
            }
        }
        if array.storage == .raw { try array.checkPanelPadding(stored, chunk: chunk) }
        verified.set(chunk)
    }

    /// Checks all chunks of an array that have not been checked yet.
    public func verify(_ array: ArrayDescription) throws(ModelFileError) {
        for chunk in array.chunks { try verify(chunk: chunk) }
    }

    /// Checks everything there is to check: decodes every chunk, and loads the companions of every int8 matrix.
    ///
    /// After it has returned, no byte of the file can have been altered without notice.
    ///
    /// - Parameter progress: is told how many chunks are done, and of how many.
    public func verifyAll(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws(ModelFileError) {
        let decoder = try ChunkDecoder()
        for array in arrays {
            let packing = packing(of: array)
            var counts = [Int](repeating: 0, count: 256)  // of symbols from −128 to 127; padding is 0
            for chunk in array.chunks {
                let bytes = try bytes(ofChunk: chunk, with: decoder)
                if packing != nil { for byte in bytes { counts[Int(byte ^ 0x80)] += 1 } }
                progress(chunk + 1, chunks.count)
            }
            guard array.elementType == .int8 else { continue }
            _ = try companions(of: array)
            guard let packing else { continue }
            let found = Packing.outlierCount(symbolCounts: counts, bits: packing.bits)
            guard found == packing.outlierCount else {
                throw .wrongPacking(array: array.name, stated: packing.outlierCount, found: found)
            }
        }
    }
}

extension ArrayDescription {
    /// Checks rule 31 in a decoded chunk: what fills up the last panel and the last group of columns is zero.
    func checkPanelPadding(_ decoded: RawSpan, chunk: Int) throws(ModelFileError) {
        guard layout.isPanels, paddedColumns != columns || paddedRows != rows else { return }
        let rows = rows(inChunk: chunk)
        if let bits = layout.packedBits {
            guard rows.upperBound == self.rows, paddedRows != self.rows else { return }
            let last = (decoded.byteCount - panelByteCount..<decoded.byteCount).map { decoded.uint8(at: $0) }
            let symbols = PackedPanels.unpacked(last, columns: columns, bits: bits) { _ in [] }
            for place in symbols.indices where place / 4 % 16 >= self.rows % 16 && symbols[place] != 0 {
                throw .panelPaddingNotZero(array: name, chunk: chunk - chunks.lowerBound)
            }
            return
        }
        let paddingColumns = columns..<paddedColumns
        for firstRow in stride(from: 0, to: rows.count, by: Self.panelRowCount) {
            for row in firstRow..<firstRow + Self.panelRowCount {
                for column in row < rows.count ? paddingColumns : 0..<paddedColumns {
                    let start = byteOffset(row: row, column: column)
                    if decoded.firstNonzero(in: start..<start + elementType.byteCount) != nil {
                        throw .panelPaddingNotZero(array: name, chunk: chunk - chunks.lowerBound)
                    }
                }
            }
        }
    }
}
