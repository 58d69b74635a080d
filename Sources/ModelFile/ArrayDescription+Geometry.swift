extension ArrayDescription {
    /// Elements, padding not counted.
    public var elementCount: Int { rows * columns }

    /// Columns in a group of 4 bytes: int8 4 (unpacked), float16 2, float32 1. A plain array has no groups, so 1.
    public var columnsPerGroup: Int { layout.isPanels ? 4 / elementType.byteCount : 1 }

    /// Columns with the padding that fills the last group.
    public var paddedColumns: Int { (columns + columnsPerGroup - 1) / columnsPerGroup * columnsPerGroup }

    /// Rows with the padding that fills the last panel.
    public var paddedRows: Int {
        layout.isPanels ? (rows + Self.panelRowCount - 1) / Self.panelRowCount * Self.panelRowCount : rows
    }

    /// Panels, of which the last may be partly padding. A plain array has none.
    public var panelCount: Int { layout.isPanels ? paddedRows / Self.panelRowCount : 0 }

    /// Bytes of a decoded panel.
    public var panelByteCount: Int { Self.panelRowCount * rowByteCount }

    /// Bytes of a decoded row with its padding; in a panel they do not lie together.
    var rowByteCount: Int { Self.rowByteCount(paddedColumns, elementType, layout) }

    static func rowByteCount(_ paddedColumns: Int, _ type: ElementType, _ layout: Layout) -> Int {
        paddedColumns * type.byteCount * (layout.packedBits ?? 8) / 8
    }

    /// Bytes of the whole array, decoded.
    public var decodedByteCount: Int { paddedRows * rowByteCount }

    /// Scales in a row of an int8 matrix.
    public var blockCount: Int { blockLength == 0 ? 1 : (columns + blockLength - 1) / blockLength }

    /// The rows that a chunk holds, padding not counted.
    ///
    /// - Parameter chunk: the chunk's number in the whole file, one of ``chunks``.
    public func rows(inChunk chunk: Int) -> Range<Int> {
        precondition(chunks.contains(chunk), "chunk \(chunk) does not belong to \(name)")
        let first = (chunk - chunks.lowerBound) * rowsPerChunk
        return first..<min(first + rowsPerChunk, rows)
    }

    /// The chunk that holds a row, numbered through the whole file.
    public func chunk(containingRow row: Int) -> Int {
        precondition(0 <= row && row < rows, "\(name) has \(rows) rows, not a row \(row)")
        return chunks.lowerBound + row / rowsPerChunk
    }

    /// Bytes of a decoded chunk, the padding of the last panel included.
    public func decodedByteCount(ofChunk chunk: Int) -> Int {
        precondition(chunks.contains(chunk), "chunk \(chunk) does not belong to \(name)")
        let first = (chunk - chunks.lowerBound) * rowsPerChunk
        return min(rowsPerChunk, paddedRows - first) * rowByteCount
    }

    /// Where an element begins, in bytes from the start of the decoded array, unpacked where it is packed.
    public func byteOffset(row: Int, column: Int) -> Int {
        switch layout {
        case .plain:
            return (row * columns + column) * elementType.byteCount
        case .panels, .packed4, .packed5, .packed6:
            let (panel, rowInPanel) = row.quotientAndRemainder(dividingBy: Self.panelRowCount)
            let (group, columnInGroup) = column.quotientAndRemainder(dividingBy: columnsPerGroup)
            return panel * Self.panelRowCount * paddedColumns * elementType.byteCount
                + (group * Self.panelRowCount + rowInPanel) * 4
                + columnInGroup * elementType.byteCount
        }
    }
}
