/// One array of a model file: its name, its type, its shape and where its chunks are. Every rule about these holds.
public struct ArrayDescription: Sendable, Equatable {
    /// Rows of a panel.
    public static let panelRowCount = 16

    /// The position in the directory.
    public let index: Int
    /// Its name.
    public let name: String
    /// The type of its elements.
    public let elementType: ElementType
    /// How rows and columns lie.
    public let layout: Layout
    /// Whether chunks are compressed.
    public let storage: Storage
    /// Columns that share a scale: 64, 128 or 256; 0 where a whole row shares one or there are no scales.
    public let blockLength: Int
    /// Rows; of a matrix, output features.
    public let rows: Int
    /// Columns; of a matrix, input features.
    public let columns: Int
    /// The chunks, numbered through the whole file.
    public let chunks: Range<Int>
    /// Rows in each chunk but the last, which has what is left. A multiple of 16 where rows lie in panels.
    public let rowsPerChunk: Int

    /// Checks rules 10, 13 to 16 and 36.
    ///
    /// - Parameter rowsPerChunk: nil picks as many as fit 256 KiB.
    init(
        index: Int, name: String, elementType: ElementType, layout: Layout, storage: Storage, blockLength: Int,
        rows: Int, columns: Int, firstChunk: Int, rowsPerChunk: Int?
    ) throws(ModelFileError) {
        guard Limits.nameByteCount.contains(name.utf8.count), name.utf8.allSatisfy(Self.isAllowedInName) else {
            throw .invalidName(index: index)
        }
        guard Limits.rows.contains(rows), Limits.columns.contains(columns) else {
            throw .invalidShape(array: name, rows: rows, columns: columns)
        }
        let isAllowed =
            switch elementType {
            case .int8: layout.isPanels
            case .float16, .float32: layout.packedBits == nil
            case .uint8, .uint32: layout == .plain
            }
        guard isAllowed else { throw .invalidLayout(array: name, type: elementType, layout: layout) }
        guard layout.packedBits == nil || columns % Packing.columnMultiple == 0 else {
            throw .notPackable(array: name, columns: columns)
        }
        guard Limits.blockLengths.contains(blockLength), blockLength == 0 || elementType == .int8 else {
            throw .invalidBlockLength(array: name, blockLength: blockLength)
        }
        let unit = layout.isPanels ? Self.panelRowCount : 1
        let storedRows = (rows + unit - 1) / unit * unit
        let columnsPerGroup = layout.isPanels ? 4 / elementType.byteCount : 1
        let paddedColumns = (columns + columnsPerGroup - 1) / columnsPerGroup * columnsPerGroup
        let rowByteCount = Self.rowByteCount(paddedColumns, elementType, layout)
        let preferred = max(1, Limits.preferredChunkByteCount / (unit * rowByteCount)) * unit
        let rowsPerChunk = rowsPerChunk ?? min(preferred, storedRows)
        guard rowsPerChunk > 0, rowsPerChunk <= storedRows, rowsPerChunk % unit == 0,
            Limits.chunkByteCount.contains(rowsPerChunk * rowByteCount)
        else { throw .invalidRowsPerChunk(array: name, rowsPerChunk: rowsPerChunk) }

        self.index = index
        self.name = name
        self.elementType = elementType
        self.layout = layout
        self.storage = storage
        self.blockLength = blockLength
        self.rows = rows
        self.columns = columns
        self.chunks = firstChunk..<firstChunk + (rows + rowsPerChunk - 1) / rowsPerChunk
        self.rowsPerChunk = rowsPerChunk
    }

    private static func isAllowedInName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
