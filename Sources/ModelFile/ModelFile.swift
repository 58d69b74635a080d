/// A `.q8z` model file, open for reading: its header, its arrays, and their contents.
///
/// `init` checks every rule of `docs/FORMAT.md` about the tables, so that no array can reach outside the file. What the
/// chunks contain is checked when they are first used (``verify(chunk:)``), or all at once (``verifyAll(progress:)``).
/// All methods may be called from many threads at once.
///
/// A mapped file must not be changed while it is open: shortened, it stops the program when a lost page is touched.
/// Writers of this format replace a file by renaming, which is safe. Where others may write, use ``Access/read``.
public final class ModelFile: Sendable {
    /// How the file's bytes come into memory.
    public enum Access: Sendable {
        /// The file is mapped; pages are read when they are touched, and can be given up again.
        case mapped
        /// The whole file is read into memory at once.
        case read
    }

    public let header: Header
    /// The arrays in file order.
    public let arrays: [ArrayDescription]
    /// Which file this is, as it was when it was opened.
    public let identity: FileIdentity
    /// Bytes of the whole file.
    public var byteCount: Int { identity.byteCount }

    let file: MappedFile
    let chunks: [Chunk]
    let headerOffset: Int
    let verified: ChunkBitmap
    private let arraysByName: [String: Int]

    public convenience init(path: String, access: Access = .mapped) throws(ModelFileError) {
        try self.init(MappedFile(path: path, mapping: access == .mapped))
    }

    /// A file that lies in memory already.
    convenience init(bytes: [UInt8]) throws(ModelFileError) { try self.init(MappedFile(bytes: bytes)) }

    private init(_ file: consuming MappedFile) throws(ModelFileError) {
        let tables = try file.withBytes { (bytes) throws(ModelFileError) in try Tables(file: bytes) }
        header = tables.header
        arrays = tables.arrays
        arraysByName = tables.arraysByName
        chunks = tables.chunks
        headerOffset = tables.headerOffset
        verified = ChunkBitmap(count: tables.chunks.count)
        identity = file.identity
        self.file = file
    }

    /// The array with this name, or nil.
    public func array(named name: String) -> ArrayDescription? { arraysByName[name].map { arrays[$0] } }

    /// The array with this name, which must be there and be what the caller needs.
    ///
    /// - Parameters:
    ///   - types: the element types that will do.
    ///   - rows: nil allows any number.
    ///   - columns: nil allows any number.
    public func require(
        _ name: String, types: [ElementType], layout: Layout, rows: Int?, columns: Int?
    ) throws(ModelFileError) -> ArrayDescription {
        guard let array = array(named: name) else { throw .missingArray(name: name) }
        guard types.contains(array.elementType), array.layout == layout, rows ?? array.rows == array.rows,
            columns ?? array.columns == array.columns
        else {
            let shape = "[\(rows.map(String.init) ?? "any") × \(columns.map(String.init) ?? "any")]"
            let kinds = types.map { "\($0)" }.joined(separator: " or ")
            throw .unexpectedArray(
                name: name, found: array.kindAndShape, expected: "\(kinds), \(layout), \(shape)")
        }
        return array
    }

    /// Bytes that an array takes in the file.
    public func storedByteCount(of array: ArrayDescription) -> Int {
        chunks[array.chunks].reduce(0) { $0 + $1.stored.count }
    }

    /// The same with the scales, steps and escapes of an int8 matrix.
    public func storedByteCountWithCompanions(of array: ArrayDescription) -> Int {
        Companions.suffixes.compactMap { self.array(named: array.name + $0) }
            .reduce(storedByteCount(of: array)) { $0 + storedByteCount(of: $1) }
    }

    /// The bytes of a raw array where they lie: contiguous, 64-byte aligned, valid as long as this object lives.
    ///
    /// They are not verified: call ``verify(chunk:)`` or ``verify(_:)`` before the first use.
    @unsafe public func rawBytes(of array: ArrayDescription) throws(ModelFileError) -> UnsafeRawBufferPointer {
        guard array.storage == .raw else { throw .notRaw(array: array.name) }
        let start = chunks[array.chunks.lowerBound].stored.lowerBound
        return unsafe UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + array.decodedByteCount])
    }

    /// Says that a chunk's bytes in the file will not be used again soon, so that the memory of their pages can be had.
    public func release(chunk: Int) { file.release(chunks[chunk].stored) }

    /// Verifies a chunk and decodes it.
    ///
    /// - Parameters:
    ///   - chunk: the chunk's number in the whole file.
    ///   - buffer: where to; exactly ``ArrayDescription/decodedByteCount(ofChunk:)`` bytes.
    ///   - decoder: this thread's decoder.
    public func decode(
        chunk: Int, into buffer: UnsafeMutableRawBufferPointer, with decoder: ChunkDecoder
    ) throws(ModelFileError) {
        let record = chunks[chunk]
        let array = arrays[record.arrayIndex]
        precondition(buffer.count == record.decodedByteCount, "chunk \(chunk) of \(array.name) needs another buffer")
        try verify(chunk: chunk)
        let stored = unsafe UnsafeRawBufferPointer(rebasing: file.bytes[record.stored])
        switch array.storage {
        case .raw: unsafe buffer.copyMemory(from: stored)
        case .zstd:
            if let fault = unsafe decoder.decode(stored, into: buffer) {
                throw .invalidFrame(array: array.name, chunk: chunk - array.chunks.lowerBound, fault)
            }
            try array.checkPanelPadding(unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(buffer)), chunk: chunk)
        }
    }
}

extension ArrayDescription {
    /// For messages: "int8, panels, [48 × 16]".
    var kindAndShape: String { "\(elementType), \(layout), [\(rows) × \(columns)]" }
}
