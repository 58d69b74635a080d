extension ModelFile {
    /// Writes the same model to another file, with its matrices stored as wanted.
    ///
    /// Every array comes in the same place with the same elements, in the same chunks. Arrays in panels, which are the
    /// matrices, are stored as `storage` says; all others (scales, embeddings of positions, the tokenizer) keep their
    /// storage, since they are used in place. The header keeps its four members; its provenance goes on to say how the
    /// weights were converted. There and back again gives the same bytes, with the libzstd that wrote the first file.
    ///
    /// Memory holds a chunk of the file, decoded and encoded, besides mapped pages that the system can take back.
    ///
    /// - Parameters:
    ///   - path: replaced when everything is written and on the disk, and not touched before.
    ///   - storage: how matrices are to be stored.
    ///   - onProgress: is told how many chunks are done, and of how many; false stops the work.
    /// - Returns: false if it was stopped. Nothing is left behind then, as after an error.
    public func repack(
        to path: String, storage: Storage, onProgress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
    ) throws(ModelFileError) -> Bool {
        let decoder = try ChunkDecoder()
        var writer = try ModelFileWriter(path: path)
        for array in arrays {
            try writer.beginArray(
                array.name, type: array.elementType, layout: array.layout,
                storage: array.layout == .panels ? storage : array.storage, rows: array.rows, columns: array.columns,
                blockLength: array.blockLength, rowsPerChunk: array.rowsPerChunk)
            for chunk in array.chunks {
                guard onProgress(chunk, chunks.count) else { return false }
                try writer.append(bytes(ofChunk: chunk, with: decoder))
            }
            try writer.endArray()
        }
        guard onProgress(chunks.count, chunks.count) else { return false }
        try writer.finish(header: header)
        return true
    }
}
