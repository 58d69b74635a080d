import StrictJSON

/// Why a model file was refused. One case per rule of `docs/FORMAT.md`, then those of the disk and of the caller.
public enum ModelFileError: Error, Equatable, Sendable {
    // The prologue.
    case tooShort(byteCount: Int)  // rule 1
    case notAModelFile(magic: [UInt8])  // rule 2
    case unsupportedVersion(major: Int, minor: Int)  // rule 3
    case wrongLength(stated: UInt64, actual: Int)  // rule 4
    case headerOutOfBounds(offset: UInt64, byteCount: Int)  // rule 5
    case limitExceeded(field: String, value: Int, allowed: ClosedRange<Int>)  // rule 6
    case tableMisplaced(table: String, offset: UInt64, expected: Int)  // rule 7
    case tablesDamaged(stated: UInt64, computed: UInt64)  // rule 8
    case paddingNotZero(offset: Int)  // rule 9
    // The directory.
    case invalidName(index: Int)  // rule 10
    case duplicateName(array: String)  // rule 11
    case unknownCode(array: String, field: String, value: Int)  // rule 12
    case invalidShape(array: String, rows: Int, columns: Int)  // rule 13
    case invalidLayout(array: String, type: ElementType, layout: Layout)  // rule 14
    case invalidBlockLength(array: String, blockLength: Int)  // rule 15
    case invalidRowsPerChunk(array: String, rowsPerChunk: Int)  // rule 16
    case wrongChunkRange(array: String, first: Int, count: Int, expected: Range<Int>)  // rule 17
    case wrongChunkCount(stated: Int, used: Int)  // rule 18
    // The chunk table.
    case wrongDecodedByteCount(array: String, chunk: Int, stated: Int, expected: Int)  // rule 19
    case wrongStoredByteCount(array: String, chunk: Int, stated: Int, expected: Int)  // rule 20
    case chunkMisplaced(array: String, chunk: Int, offset: UInt64, expected: Int)  // rule 21
    case headerMisplaced(offset: Int, expected: Int)  // rule 22
    // The header.
    case headerNotJSON(JSONError)  // rule 23
    case invalidHeaderMember(key: String, expected: String)  // rule 24
    case unknownFeature(String)  // rule 25
    case unlistedFeature(String)  // rule 26
    // Companions of an int8 matrix.
    case missingScales(array: String)  // rule 27
    case invalidCompanion(array: String, found: String, expected: String)  // rule 28
    // Contents, checked when they are first used.
    case chunkDamaged(array: String, chunk: Int)  // rule 29
    case invalidFrame(array: String, chunk: Int, FrameFault)  // rule 30
    case panelPaddingNotZero(array: String, chunk: Int)  // rule 31
    case invalidScale(array: String, index: Int, bits: UInt32)  // rule 32
    case invalidStep(array: String, index: Int, bits: UInt32)  // rule 33
    case invalidEscape(array: String, index: Int)  // rule 34
    case tooManyEscapes(array: String, count: Int, limit: Int)  // rule 35
    // Packed symbols.
    case notPackable(array: String, columns: Int)  // rule 36
    case missingOutliers(array: String)  // rule 37
    case tooManyOutliers(array: String, count: Int, limit: Int)  // rule 38
    case invalidOutlier(array: String, index: Int)  // rule 39
    case wrongPacking(array: String, stated: Int, found: Int)  // rule 41
    // The disk and the machine.
    case system(operation: String, path: String, errorNumber: Int32)
    case notARegularFile(path: String)
    case changedWhileReading(path: String)
    case outOfMemory(byteCount: Int)
    case compressionFailed(message: String)
    // What a caller asked of a sound file.
    case missingArray(name: String)
    case unexpectedArray(name: String, found: String, expected: String)
    case notRaw(array: String)
}

/// What is wrong with a chunk's zstd frame (rule 30).
public enum FrameFault: Equatable, Sendable {
    case notZstd
    case needsDictionary(id: UInt32)
    case contentSizeMissing
    case wrongContentSize(stated: UInt64, expected: Int)
    case trailingBytes(count: Int)
    case corrupt(message: String)
}
