import StrictJSON

/// Why a model file was refused. One case per rule of `docs/FORMAT.md`, then those of the disk and of the caller.
public enum ModelFileError: Error, Equatable, Sendable {
    // The prologue.
    /// Rule 1 is broken.
    case tooShort(byteCount: Int)
    /// Rule 2 is broken.
    case notAModelFile(magic: [UInt8])
    /// Rule 3 is broken.
    case unsupportedVersion(major: Int, minor: Int)
    /// Rule 4 is broken.
    case wrongLength(stated: UInt64, actual: Int)
    /// Rule 5 is broken.
    case headerOutOfBounds(offset: UInt64, byteCount: Int)
    /// Rule 6 is broken.
    case limitExceeded(field: String, value: Int, allowed: ClosedRange<Int>)
    /// Rule 7 is broken.
    case tableMisplaced(table: String, offset: UInt64, expected: Int)
    /// Rule 8 is broken.
    case tablesDamaged(stated: UInt64, computed: UInt64)
    /// Rule 9 is broken.
    case paddingNotZero(offset: Int)
    // The directory.
    /// Rule 10 is broken.
    case invalidName(index: Int)
    /// Rule 11 is broken.
    case duplicateName(array: String)
    /// Rule 12 is broken.
    case unknownCode(array: String, field: String, value: Int)
    /// Rule 13 is broken.
    case invalidShape(array: String, rows: Int, columns: Int)
    /// Rule 14 is broken.
    case invalidLayout(array: String, type: ElementType, layout: Layout)
    /// Rule 15 is broken.
    case invalidBlockLength(array: String, blockLength: Int)
    /// Rule 16 is broken.
    case invalidRowsPerChunk(array: String, rowsPerChunk: Int)
    /// Rule 17 is broken.
    case wrongChunkRange(array: String, first: Int, count: Int, expected: Range<Int>)
    /// Rule 18 is broken.
    case wrongChunkCount(stated: Int, used: Int)
    // The chunk table.
    /// Rule 19 is broken.
    case wrongDecodedByteCount(array: String, chunk: Int, stated: Int, expected: Int)
    /// Rule 20 is broken.
    case wrongStoredByteCount(array: String, chunk: Int, stated: Int, expected: Int)
    /// Rule 21 is broken.
    case chunkMisplaced(array: String, chunk: Int, offset: UInt64, expected: Int)
    /// Rule 22 is broken.
    case headerMisplaced(offset: Int, expected: Int)
    // The header.
    /// Rule 23 is broken.
    case headerNotJSON(JSONError)
    /// Rule 24 is broken.
    case invalidHeaderMember(key: String, expected: String)
    /// Rule 25 is broken.
    case unknownFeature(String)
    /// Rule 26 is broken.
    case unlistedFeature(String)
    // Companions of an int8 matrix.
    /// Rule 27 is broken.
    case missingScales(array: String)
    /// Rule 28 is broken.
    case invalidCompanion(array: String, found: String, expected: String)
    // Contents, checked when they are first used.
    /// Rule 29 is broken.
    case chunkDamaged(array: String, chunk: Int)
    /// Rule 30 is broken.
    case invalidFrame(array: String, chunk: Int, FrameFault)
    /// Rule 31 is broken.
    case panelPaddingNotZero(array: String, chunk: Int)
    /// Rule 32 is broken.
    case invalidScale(array: String, index: Int, bits: UInt32)
    /// Rule 33 is broken.
    case invalidStep(array: String, index: Int, bits: UInt32)
    /// Rule 34 is broken.
    case invalidEscape(array: String, index: Int)
    /// Rule 35 is broken.
    case tooManyEscapes(array: String, count: Int, limit: Int)
    // Packed symbols.
    /// Rule 36 is broken.
    case notPackable(array: String, columns: Int)
    /// Rule 37 is broken.
    case missingOutliers(array: String)
    /// Rule 38 is broken.
    case tooManyOutliers(array: String, count: Int, limit: Int)
    /// Rule 39 is broken.
    case invalidOutlier(array: String, index: Int)
    /// Rule 41 is broken.
    case wrongPacking(array: String, stated: Int, found: Int)
    // The disk and the machine.
    /// A system call failed.
    case system(operation: String, path: String, errorNumber: Int32)
    /// Not a regular file.
    case notARegularFile(path: String)
    /// Changed, or shortened, since it was opened.
    case changedWhileReading(path: String)
    /// The system has no such memory.
    case outOfMemory(byteCount: Int)
    /// libzstd failed.
    case compressionFailed(message: String)
    // What a caller asked of a sound file.
    /// An array that the model needs is not there.
    case missingArray(name: String)
    /// An array is not what the model needs.
    case unexpectedArray(name: String, found: String, expected: String)
    /// An array is compressed that is used in place.
    case notRaw(array: String)
}

/// What is wrong with a chunk's zstd frame (rule 30).
public enum FrameFault: Equatable, Sendable {
    /// No zstd frame begins here.
    case notZstd
    /// It names a dictionary.
    case needsDictionary(id: UInt32)
    /// It does not state its content size.
    case contentSizeMissing
    /// It states another size than the chunk.
    case wrongContentSize(stated: UInt64, expected: Int)
    /// Something follows it.
    case trailingBytes(count: Int)
    /// It does not decode.
    case corrupt(message: String)
}
