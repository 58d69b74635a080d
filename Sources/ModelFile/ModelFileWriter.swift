/// Writes a `.q8z` model file from beginning to end, holding no more than a chunk in memory.
///
/// The file appears under its name when ``finish(header:)`` has returned, complete and on the disk; an error, or a
/// writer given up, leaves nothing behind. The same calls make the same bytes, given the same version of libzstd.
///
/// ```swift
/// var writer = try ModelFileWriter(path: "model.q8z")
/// try writer.beginArray(
///     "token_embedding", type: .int8, layout: .panels, storage: .zstd, rows: 50257, columns: 768)
/// try writer.append(symbols)  // as often as convenient
/// try writer.endArray()
/// try writer.write("token_embedding.scales", floats: scales, rows: 3142, columns: 16)
/// try writer.finish(header: Header(config: config))
/// ```
public struct ModelFileWriter: ~Copyable {
    private var file: TemporaryFile
    private let encoder: ChunkEncoder
    private var arrays: [ArrayDescription] = []
    private var names: Set<String> = []
    private var chunks: [Chunk] = []
    /// The array that was begun and not ended.
    private var open: ArrayDescription?
    /// How often each symbol of the open array is there, where it may be packed in memory.
    private var symbolCounts = [Int](repeating: 0, count: 256)
    private var packing: [String: Packing] = [:]
    /// What has been appended of the chunk that comes next.
    private var pending: [UInt8] = []

    /// Begins a file that will replace whatever is at `path`.
    public init(path: String) throws(ModelFileError) {
        let encoder = try ChunkEncoder()
        var file = try TemporaryFile(target: path)
        try file.append([UInt8](repeating: 0, count: Prologue.byteCount))
        self.encoder = encoder
        self.file = file
    }

    /// Begins an array. Arrays lie in the file in the order in which they are begun.
    ///
    /// - Parameters:
    ///   - name: its name.
    ///   - type: its elements' type.
    ///   - layout: how rows and columns lie.
    ///   - storage: whether chunks are compressed.
    ///   - rows: its rows.
    ///   - columns: its columns.
    ///   - blockLength: columns that share a scale; 0 where the whole row shares one.
    ///   - rowsPerChunk: rows in every chunk but the last; nil takes as many as fit 256 KiB, and one panel at least.
    /// - Throws: the error of the rule that name, type or shape break.
    public mutating func beginArray(
        _ name: String, type: ElementType, layout: Layout, storage: Storage, rows: Int, columns: Int,
        blockLength: Int = 0, rowsPerChunk: Int? = nil
    ) throws(ModelFileError) {
        precondition(open == nil, "an array is still open")
        let description = try ArrayDescription(
            index: arrays.count, name: name, elementType: type, layout: layout, storage: storage,
            blockLength: blockLength, rows: rows, columns: columns, firstChunk: chunks.count,
            rowsPerChunk: rowsPerChunk)
        guard names.insert(name).inserted else { throw .duplicateName(array: name) }
        for (field, count, allowed) in [
            ("array count", arrays.count + 1, Limits.arrayCount),
            ("chunk count", description.chunks.upperBound, Limits.chunkCount),
        ] where !allowed.contains(count) {
            throw .limitExceeded(field: field, value: count, allowed: allowed)
        }
        try file.pad()
        open = description
    }

    /// Adds bytes to the open array, in the array's layout with its padding. A chunk is written when it is full.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
        guard let array = open else { preconditionFailure("no array is open") }
        var taken = 0
        while taken < bytes.count {
            precondition(chunks.count < array.chunks.upperBound, "more bytes than the array has")
            let needed = array.decodedByteCount(ofChunk: chunks.count)
            let count = min(needed - pending.count, bytes.count - taken)
            unsafe pending.append(contentsOf: bytes[taken..<taken + count])
            taken += count
            if pending.count == needed { try writeChunk(of: array) }
        }
    }

    /// Adds bytes to the open array, in the array's layout with its padding.
    public mutating func append(_ bytes: [UInt8]) throws(ModelFileError) {
        let outcome = unsafe bytes.withUnsafeBytes { bytes in
            Result { () throws(ModelFileError) in try unsafe append(bytes) }
        }
        try outcome.get()
    }

    /// Ends the open array, all of whose bytes must have been added.
    public mutating func endArray() throws(ModelFileError) {
        guard let array = open else { preconditionFailure("no array is open") }
        precondition(chunks.count == array.chunks.upperBound, "fewer bytes than the array has")
        if array.isPackable {
            packing[array.name] = Packing(
                symbolCounts: symbolCounts, rows: array.rows, columns: array.columns)
            symbolCounts = [Int](repeating: 0, count: 256)
        }
        arrays.append(array)
        open = nil
    }

    /// Writes the tables, brings the file to the disk and gives it its name. Nothing can be written afterwards.
    public consuming func finish(header: Header) throws(ModelFileError) { try finish(header: header) { _ in } }

    /// The same, with a look at the file before it gets its name: an error leaves nothing behind.
    public consuming func finish<Result>(
        header: Header, examine: (ModelFile) throws(ModelFileError) -> Result
    ) throws(ModelFileError) -> Result {
        precondition(open == nil, "an array is still open")
        try Companions.check(
            arrays, byName: Dictionary(uniqueKeysWithValues: arrays.map { ($0.name, $0.index) }))
        var header = header
        header.packing = packing
        let text = header.encoded(arrays: arrays)
        guard Limits.headerByteCount.contains(text.count) else {
            throw .limitExceeded(field: "header byte count", value: text.count, allowed: Limits.headerByteCount)
        }
        let prologue = Prologue(
            minor: header.minor(arrays), dataEnd: file.byteCount, headerByteCount: text.count, arrayCount: arrays.count,
            chunkCount: chunks.count)
        var tables = text
        tables.pad()
        tables += Directory.encoded(arrays)
        tables.pad()
        tables += ChunkTable.encoded(chunks)
        try file.pad()
        try file.append(tables)
        return try file.commit(first: prologue.encoded(sealing: tables)) { (path) throws(ModelFileError) in
            try examine(ModelFile(path: path, access: .read))
        }
    }

    private mutating func writeChunk(of array: ArrayDescription) throws(ModelFileError) {
        if array.isPackable { for byte in pending { symbolCounts[Int(byte ^ 0x80)] += 1 } }
        let stored = array.storage == .zstd ? try encoder.encode(pending) : pending
        let seed = Chunk.seed(arrayIndex: array.index, chunkInArray: chunks.count - array.chunks.lowerBound)
        chunks.append(
            Chunk(
                arrayIndex: array.index, stored: file.byteCount..<file.byteCount + stored.count,
                decodedByteCount: pending.count, checksum: unsafe xxh64(stored.span.bytes, seed: seed)))
        pending.removeAll(keepingCapacity: true)
        try file.append(stored)
    }
}

extension ModelFileWriter {
    /// Writes a small float32 array: plain, raw.
    public mutating func write(
        _ name: String, floats: [Float], rows: Int, columns: Int
    ) throws(ModelFileError) {
        try write(name, words: floats.map(\.bitPattern), as: .float32, rows: rows, columns: columns)
    }

    /// Writes a uint32 array: plain, raw.
    public mutating func write(_ name: String, words: [UInt32], rows: Int, columns: Int) throws(ModelFileError) {
        try write(name, words: words, as: .uint32, rows: rows, columns: columns)
    }

    /// Writes a uint8 array of one column: plain, raw.
    public mutating func write(_ name: String, bytes: [UInt8]) throws(ModelFileError) {
        try beginArray(name, type: .uint8, layout: .plain, storage: .raw, rows: bytes.count, columns: 1)
        try append(bytes)
        try endArray()
    }

    private mutating func write(
        _ name: String, words: [UInt32], as type: ElementType, rows: Int, columns: Int
    ) throws(ModelFileError) {
        precondition(words.count == rows * columns, "\(name) is \(rows) × \(columns), not \(words.count) elements")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words.count * 4)
        for word in words { bytes.append(littleEndian: word) }
        try beginArray(name, type: type, layout: .plain, storage: .raw, rows: rows, columns: columns)
        try append(bytes)
        try endArray()
    }
}
