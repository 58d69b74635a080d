/// Everything that a file says about its arrays, read and checked as a whole (rules 1 to 28).
///
/// It is read from a copy of the tables, so that a file changed on disk afterwards cannot undo a check.
struct Tables {
    let header: Header
    let arrays: [ArrayDescription]
    let arraysByName: [String: Int]
    let chunks: [Chunk]
    let headerOffset: Int

    init(file: RawSpan) throws(ModelFileError) {
        let prologue = try Prologue(file: file)
        let base = prologue.header.lowerBound
        let head = Self.copy(file, 0..<Prologue.byteCount)
        let tables = Self.copy(file, base..<file.byteCount)

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
        try Companions.check(arrays, byName: arraysByName)
    }

    private static func copy(_ file: RawSpan, _ range: Range<Int>) -> [UInt8] {
        unsafe file.extracting(range).withUnsafeBytes { unsafe Array($0) }
    }
}

extension Range<Int> {
    func shifted(by distance: Int) -> Range<Int> { lowerBound + distance..<upperBound + distance }
}
