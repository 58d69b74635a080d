#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension ModelFileError: CustomStringConvertible {
    /// What was found, what was expected, and what to do.
    public var description: String { "\(sentence)\(advice.map { "; " + $0 } ?? "")" }

    private var sentence: String {
        switch self {
        case .tooShort(let byteCount):
            "the file has \(byteCount) bytes; a model file begins with a prologue of \(Prologue.byteCount)"
        case .notAModelFile(let magic) where Prologue.isChangedAsText(magic):
            "the file was changed by a copy in text mode: it begins with \(Self.hex(magic)), not with "
                + Self.hex(Prologue.magic)
        case .notAModelFile(let magic):
            "not a .q8z model file: it begins with \(Self.hex(magic)), not with \(Self.hex(Prologue.magic))"
        case .unsupportedVersion(let major, let minor):
            "the file has format version \(major).\(minor); this program reads version \(Prologue.major)"
        case .wrongLength(let stated, let actual):
            "the file has \(actual) bytes but says it has \(stated)"
        case .headerOutOfBounds(let offset, let byteCount):
            "the header (\(byteCount) bytes at \(offset)) does not lie inside the file at a multiple of \(alignment)"
        case .limitExceeded(let field, let value, let allowed):
            "the \(field) is \(value); the format allows \(allowed.lowerBound) to \(allowed.upperBound)"
        case .tableMisplaced(let table, let offset, let expected):
            "the \(table) is said to be at \(offset); it must be at \(expected)"
        case .tablesDamaged(let stated, let computed):
            "the tables are damaged: their checksum is \(Self.hex(computed)), not \(Self.hex(stated))"
        case .paddingNotZero(let offset):
            "the padding at byte \(offset) is not zero"
        case .invalidName(let index):
            "the name of array \(index) is not 1 to 63 of the characters a-z 0-9 . _ followed by zeros"
        case .duplicateName(let array):
            "two arrays are called \(array)"
        case .unknownCode(let array, let field, let value):
            "array \(array): the \(field) has the unknown value \(value)"
        case .invalidShape(let array, let rows, let columns):
            "array \(array): a shape of [\(rows) × \(columns)] is outside what the format allows "
                + "(1 to \(Limits.rows.upperBound) rows, 1 to \(Limits.columns.upperBound) columns)"
        case .invalidLayout(let array, let type, let layout):
            "array \(array): elements of type \(type) cannot have the layout \(layout)"
        case .invalidBlockLength(let array, let blockLength):
            "array \(array): a block length of \(blockLength); expected 0, or 64, 128 or 256 for int8 elements"
        case .invalidRowsPerChunk(let array, let rowsPerChunk):
            "array \(array): \(rowsPerChunk) rows in a chunk; expected whole panels, no more than the array has, "
                + "and at most \(Limits.chunkByteCount.upperBound) bytes"
        case .wrongChunkRange(let array, let first, let count, let expected):
            "array \(array): \(count) chunks from \(first) on; expected \(expected.count) from \(expected.lowerBound) on"
        case .wrongChunkCount(let stated, let used):
            "the file says it has \(stated) chunks; its arrays have \(used)"
        case .wrongDecodedByteCount(let array, let chunk, let stated, let expected):
            "array \(array), chunk \(chunk): \(stated) bytes decoded; its rows take \(expected)"
        case .wrongStoredByteCount(let array, let chunk, let stated, let expected):
            "array \(array), chunk \(chunk): \(stated) bytes stored; a raw chunk takes \(expected)"
        case .chunkMisplaced(let array, let chunk, let offset, let expected):
            "array \(array), chunk \(chunk): it is said to be at \(offset); it must be at \(expected), and end inside the data"
        case .headerMisplaced(let offset, let expected):
            "the header is at \(offset); the data end at \(expected)"
        case .headerNotJSON(let error):
            "the header is not JSON: \(error)"
        case .invalidHeaderMember(let key, let expected):
            "the header's member \"\(key)\" is missing or wrong; expected \(expected)"
        case .unknownFeature(let name):
            "the file requires \"\(name)\", which this program does not know"
        case .unlistedFeature(let name):
            "the file uses \"\(name)\" but does not say so in \"requires\""
        case .missingScales(let array):
            "array \(array): its scales are missing; expected an array \(array).scales"
        case .invalidCompanion(let array, let found, let expected):
            "array \(array) is \(found); expected \(expected)"
        case .chunkDamaged(let array, let chunk):
            "array \(array), chunk \(chunk) is damaged: its checksum is wrong"
        case .invalidFrame(let array, let chunk, let fault):
            "array \(array), chunk \(chunk): \(fault)"
        case .panelPaddingNotZero(let array, let chunk):
            "array \(array), chunk \(chunk): the padding of a panel is not zero"
        case .invalidScale(let array, let index, let bits):
            "array \(array): element \(index) is \(Float(bitPattern: bits)); a scale is finite and not negative"
        case .invalidStep(let array, let index, let bits):
            "array \(array): element \(index) is \(Float(bitPattern: bits)); a step is finite and positive"
        case .invalidEscape(let array, let index):
            "array \(array): row \(index) is outside the matrix, out of order, or has the remainder 0"
        case .tooManyEscapes(let array, let count, let limit):
            "array \(array): \(count) escapes; the matrix may have \(limit)"
        case .notPackable(let array, let columns):
            "array \(array): \(columns) columns cannot be packed; expected a multiple of \(Packing.columnMultiple)"
        case .missingOutliers(let array):
            "array \(array) is packed, and its outliers are missing; expected an array \(array).outliers"
        case .tooManyOutliers(let array, let count, let limit):
            "array \(array): \(count) outliers; the matrix may have \(limit)"
        case .invalidOutlier(let array, let index):
            "array \(array): element \(index) is no count, or a place outside the matrix or out of order, or no remainder that its bits lack"
        case .wrongPacking(let array, let stated, let found):
            "array \(array): \(found) symbols do not fit the bits that the header names; it says \(stated)"
        case .system(let operation, let path, let errorNumber):
            "cannot \(operation) \(path): \(unsafe String(cString: strerror(errorNumber)))"
        case .notARegularFile(let path):
            "\(path) is not a regular file"
        case .changedWhileReading(let path):
            "\(path) changed while it was read"
        case .outOfMemory(let byteCount):
            "no memory for \(byteCount) bytes"
        case .compressionFailed(let message):
            "zstd cannot compress a chunk: \(message)"
        case .missingArray(let name):
            "the file has no array \(name)"
        case .unexpectedArray(let name, let found, let expected):
            "array \(name) is \(found); expected \(expected)"
        case .notRaw(let array):
            "array \(array) is compressed and cannot be used in place"
        }
    }

    private var advice: String? {
        switch self {
        case .notAModelFile(let magic) where Prologue.isChangedAsText(magic):
            "copy it again in binary mode"
        case .notAModelFile, .notARegularFile:
            "vencejo-convert makes a .q8z file of a checkpoint"
        case .unsupportedVersion(let major, _) where major > Prologue.major:
            "use a newer version of this program, or convert the model again with this one"
        case .unknownFeature:
            "use a newer version of this program, or convert the model again without it"
        case .system, .compressionFailed, .notRaw: nil
        case .missingArray, .unexpectedArray: "convert the model again with vencejo-convert"
        case .outOfMemory: "end other programs, or choose a smaller model"
        case .tooShort, .wrongLength, .tablesDamaged, .chunkDamaged, .paddingNotZero, .changedWhileReading:
            "copy or download the file again"
        default: "the file is damaged or hostile: copy or download it again, or convert the model again"
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String { bytes.map { hex($0) }.joined(separator: " ") }

    private static func hex(_ value: some FixedWidthInteger) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: value.bitWidth / 4 - digits.count) + digits
    }
}

extension FrameFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notZstd: "it is not a zstd frame"
        case .needsDictionary(let id): "its zstd frame needs the dictionary \(id); the format has none"
        case .contentSizeMissing: "its zstd frame does not state its content size"
        case .wrongContentSize(let stated, let expected):
            "its zstd frame decodes to \(stated) bytes; expected \(expected)"
        case .trailingBytes(let count): "\(count) bytes follow its zstd frame; a chunk is one frame"
        case .corrupt(let message): "its zstd frame cannot be decoded: \(message)"
        }
    }
}
