extension ModelFile {
    /// Writes the same model to another file, with its matrices stored as wanted.
    ///
    /// Every array comes in the same place with the same elements, in the same chunks. Arrays in panels, which are the
    /// matrices, are stored as `storage` says; all others (scales, embeddings of positions, the tokenizer) keep their
    /// storage, since they are used in place. Where matrices are packed, those that fit no 6 bits are
    /// raw. The header keeps its four members; its provenance goes on to say how the weights were converted. There and back again gives the same bytes, with the libzstd that wrote the first file.
    ///
    /// Memory holds a chunk of the file, decoded and encoded, besides mapped pages that the system can take back.
    ///
    /// - Parameters:
    ///   - path: replaced when everything is written and on the disk, and not touched before.
    ///   - storage: how matrices are to be stored.
    ///   - inPlace: names of arrays in panels that are none of these matrices: they are used in place and stay as they are.
    ///   - onProgress: is told how many chunks are done, and of how many; false stops the work.
    /// - Returns: false if it was stopped. Nothing is left behind then, as after an error.
    public func repack(
        to path: String, storage: MatrixStorage, inPlace: Set<String> = [],
        onProgress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
    ) throws(ModelFileError) -> Bool {
        let decoder = try ChunkDecoder()
        var writer = try ModelFileWriter(path: path)
        for array in arrays {
            let suffix = Companions.outliersSuffix
            if array.name.hasSuffix(suffix),
                self.array(named: String(array.name.dropLast(suffix.count)))?.layout.packedBits != nil
            {
                continue
            }
            let bits = storage == .packed ? try packedBits(array) : nil
            let isInt8 = array.elementType == .int8
            // Scales and the like that no reader takes are not written anew.
            if isInt8 { _ = try companions(of: array) }
            try writer.beginArray(
                array.name, type: array.elementType,
                layout: isInt8 ? bits.map { Layout(packedBits: $0) } ?? .panels : array.layout,
                storage: array.layout.isPanels && !inPlace.contains(array.name) ? storage.storage : array.storage,
                rows: array.rows,
                columns: array.columns, blockLength: array.blockLength, rowsPerChunk: array.rowsPerChunk)
            let words = try outlierWords(of: array)
            var outliers: [[UInt32]] = []
            for chunk in array.chunks {
                guard onProgress(chunk, chunks.count) else { return false }
                var bytes = try unpackedBytes(ofChunk: chunk, with: decoder, outliers: words)
                if let bits {
                    bytes = PackedPanels.packed(bytes, columns: array.columns, bits: bits, outliers: &outliers)
                }
                try writer.append(bytes)
            }
            try writer.endArray()
            if bits != nil {
                let starts = outliers.reduce(into: [0]) { $0.append($0[$0.count - 1] + UInt32($1.count)) }
                let list = starts + outliers.joined()
                try writer.write(array.name + suffix, words: list, rows: list.count, columns: 1)
            }
        }
        guard onProgress(chunks.count, chunks.count) else { return false }
        try writer.finish(header: header)
        return true
    }

    /// The bits in which an array's symbols are stored packed; nil where they cannot be.
    private func packedBits(_ array: ArrayDescription) throws(ModelFileError) -> Int? {
        guard array.elementType == .int8 else { return nil }
        if let bits = array.layout.packedBits { return bits }
        guard array.columns % Packing.columnMultiple == 0 else { return nil }  // else nothing needs to be counted
        return Packing(symbolCounts: try symbolCounts(of: array), rows: array.rows, columns: array.columns)?.bits
    }
}
