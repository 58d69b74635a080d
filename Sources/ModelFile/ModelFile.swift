/// A `.q8z` model file, open for reading: its header, its arrays, and their contents.
///
/// `init` checks every rule of `docs/FORMAT.md` about the tables, so that no array can reach outside the file. What the
/// chunks contain is checked when they are first used (``verify(chunk:)``), or all at once (``verifyAll(progress:)``).
/// All methods may be called from many threads at once.
///
/// A mapped file must not be changed while it is open: shortened, it stops the program when a lost page is touched, unless
/// that has asked to survive it.
/// Writers of this format replace a file by renaming, which is safe. Where others may write, use ``Access/read`` and ask
/// ``checkUnchanged()`` after reading.
public final class ModelFile: Sendable {
    /// What a model file begins with.
    public static let magic = Prologue.magic

    /// How the file's bytes come into memory.
    public enum Access: Sendable {
        /// Raw arrays are used in place, in the mapped file; their pages are read when they are touched, and the system can
        /// take them back.
        case mapped
        /// Every array is read into memory when it is first asked for.
        case read
    }

    /// What the file says of itself.
    public let header: Header
    /// The arrays in file order.
    public let arrays: [ArrayDescription]
    /// Which file this is, as it was when it was opened.
    public let identity: FileIdentity
    /// The checksum of the header and of all tables, every chunk's checksum among them: files that differ anywhere differ
    /// in it. Not proof against forgery.
    public var fingerprint: UInt64 { tables.checksum }
    /// Bytes of the whole file.
    public var byteCount: Int { identity.byteCount }

    let file: OpenFile
    private let tables: Tables
    private let loaded = LoadedArrays()
    let chunks: [Chunk]
    let headerOffset: Int
    let verified: ChunkBitmap
    private let arraysByName: [String: Int]

    /// Opens a file and checks its tables.
    public convenience init(path: String, access: Access = .mapped) throws(ModelFileError) {
        try self.init(OpenFile(path: path, mapping: access == .mapped))
    }

    /// A file that lies in memory already.
    convenience init(bytes: [UInt8]) throws(ModelFileError) { try self.init(OpenFile(bytes: bytes)) }

    /// The same file, opened for ``Access/mapped``.
    public func mapped() throws(ModelFileError) -> ModelFile {
        try ModelFile(OpenFile(mapping: file), tables)
    }

    private convenience init(_ file: OpenFile) throws(ModelFileError) { try self.init(file, Tables(file)) }

    private init(_ file: OpenFile, _ tables: Tables) {
        self.tables = tables
        header = tables.header
        arrays = tables.arrays
        arraysByName = tables.arraysByName
        chunks = tables.chunks
        headerOffset = tables.headerOffset
        verified = ChunkBitmap(count: tables.chunks.count)
        identity = file.identity
        self.file = file
    }

    /// Whether the file was shortened, or failed to be read, while it was used in place: what was computed with it since is
    /// wrong. Only programs that survive that (`MappedMemory.surviveLostPages()`) come to ask.
    public var isLost: Bool { file.isLost }
    /// The error that tells this.
    public var changed: ModelFileError { .changedWhileReading(path: file.path) }

    /// Throws where the file was written to since it was opened, as far as its length and the time of its last change tell.
    public func checkUnchanged() throws(ModelFileError) { try file.checkUnchanged() }

    /// The array with this name, or nil.
    public func array(named name: String) -> ArrayDescription? { arraysByName[name].map { arrays[$0] } }

    /// The array with this name, which must be there and be what the caller needs.
    ///
    /// - Parameters:
    ///   - name: the array's name.
    ///   - types: the element types that will do.
    ///   - layout: the layout that will do.
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
    /// In a mapped file they are not verified: call ``verify(chunk:)`` or ``verify(_:)`` before the first use. Otherwise they
    /// are read, verified and kept.
    @unsafe public func rawBytes(of array: ArrayDescription) throws(ModelFileError) -> UnsafeRawBufferPointer {
        guard array.storage == .raw else { throw .notRaw(array: array.name) }
        let first = chunks[array.chunks.lowerBound].stored.lowerBound
        let stored = first..<first + array.decodedByteCount
        if let bytes = unsafe file.bytes { return unsafe UnsafeRawBufferPointer(rebasing: bytes[stored]) }
        let start = unsafe try loaded.start(of: array.index, byteCount: stored.count) {
            (memory) throws(ModelFileError) in
            unsafe try file.read(stored, into: memory)
            for chunk in array.chunks where !verified[chunk] {
                let offset = chunks[chunk].stored.lowerBound - first
                unsafe try check(
                    UnsafeRawBufferPointer(start: memory + offset, count: chunks[chunk].stored.count), of: chunk)
            }
        }
        return unsafe UnsafeRawBufferPointer(start: start, count: stored.count)
    }

    /// How an array that is stored as zstd can be packed in memory; nil where it cannot.
    public func packing(of array: ArrayDescription) -> Packing? { header.packing[array.name] }

    /// Whether an array is used where it lies in the mapped file.
    public func isInPlace(_ array: ArrayDescription) -> Bool { unsafe array.storage == .raw && file.bytes != nil }

    /// The array that a chunk belongs to.
    public func array(ofChunk chunk: Int) -> ArrayDescription { arrays[chunks[chunk].arrayIndex] }

    /// Where a chunk lies in the file.
    func storedRange(ofChunk chunk: Int) -> Range<Int> { chunks[chunk].stored }

    /// Bytes that some chunks take in the file.
    public func storedByteCount(ofChunks range: Range<Int>) -> Int { chunks[range].reduce(0) { $0 + $1.stored.count } }

    /// Says that chunks will be decoded soon, so that the system can read ahead.
    public func expect(chunks expected: Range<Int>) {
        guard let first = expected.first, let last = expected.last else { return }
        file.expect(chunks[first].stored.lowerBound..<chunks[last].stored.upperBound)
    }

    /// Reads a chunk from the file, verifies it if nobody has yet, and decodes it.
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
        guard let target = buffer.baseAddress else { return }
        switch array.storage {
        case .raw:
            unsafe try file.read(record.stored, into: target)
            if !verified[chunk] { unsafe try check(UnsafeRawBufferPointer(buffer), of: chunk) }
        case .zstd:
            let stored = unsafe try decoder.room(for: record.stored.count)
            unsafe try file.read(record.stored, into: stored)
            let bytes = unsafe UnsafeRawBufferPointer(start: stored, count: record.stored.count)
            let isNew = !verified[chunk]
            if isNew { unsafe try check(bytes, of: chunk) }
            if let fault = unsafe decoder.decode(bytes, into: buffer) {
                throw .invalidFrame(array: array.name, chunk: chunk - array.chunks.lowerBound, fault)
            }
            if isNew {
                try array.checkPanelPadding(unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(buffer)), chunk: chunk)
            }
        }
    }
}

extension ArrayDescription {
    /// For messages: "int8, panels, [48 × 16]".
    var kindAndShape: String { "\(elementType), \(layout), [\(rows) × \(columns)]" }
}
