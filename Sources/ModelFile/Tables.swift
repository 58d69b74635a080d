/// Everything that a file says about its arrays, read and checked as a whole (rules 1 to 28).
///
/// It is read from a copy of the tables, so that a file changed on disk afterwards cannot undo a check.
struct Tables {
    let header: Header
    let arrays: [ArrayDescription]
    let arraysByName: [String: Int]
    let chunks: [Chunk]
    let headerOffset: Int
    /// Over all of them, the checksums of the chunks among them.
    let checksum: UInt64

    init(_ file: OpenFile) throws(ModelFileError) {
        let head = try file.bytes(in: 0..<min(Prologue.byteCount, file.byteCount))
        let prologue = try Prologue(unsafe head.span.bytes, fileByteCount: file.byteCount)
        let base = prologue.header.lowerBound
        let tables = try file.bytes(in: base..<file.byteCount)

        let stated = unsafe head.span.bytes.uint64(at: Prologue.checksumOffset)
        let computed = Prologue.checksum(prologue: head, tables: tables)
        guard stated == computed else { throw .tablesDamaged(stated: stated, computed: computed) }

        let bytes = unsafe tables.span.bytes
        for padding in [
            prologue.header.upperBound..<prologue.directory.lowerBound,
            prologue.directory.upperBound..<prologue.chunkTable.lowerBound,
        ] {
            if let offset = bytes.firstNonzero(in: padding.shifted(by: -base)) {
                throw .paddingNotZero(offset: offset + base)
            }
        }
        arrays = try Directory.decoded(
            bytes.extracting(prologue.directory.shifted(by: -base)), chunkCount: prologue.chunkCount)
        chunks = try ChunkTable.decoded(
            bytes.extracting(prologue.chunkTable.shifted(by: -base)), arrays: arrays, headerOffset: base)
        header = try Header(Array(tables[..<prologue.header.count]), minor: prologue.minor, arrays: arrays)
        arraysByName = Dictionary(uniqueKeysWithValues: arrays.map { ($0.name, $0.index) })
        headerOffset = base
        checksum = stated
        try Companions.check(arrays, byName: arraysByName)
    }
}

extension Range<Int> {
    func shifted(by distance: Int) -> Range<Int> { lowerBound + distance..<upperBound + distance }
}
