extension MappedFile {
    /// Writes a rectangle of a tensor of this file as float32; see ``Checkpoint/read(_:rows:columns:into:)``.
    borrowing func read(
        _ tensor: Tensor, rows: Range<Int>, columns: Range<Int>, into output: inout MutableSpan<Float>
    ) {
        precondition(0 <= rows.lowerBound && rows.upperBound <= tensor.rowCount, "rows outside \(tensor.name)")
        precondition(
            0 <= columns.lowerBound && columns.upperBound <= tensor.columnCount, "columns outside \(tensor.name)")
        withBytes { bytes in
            let data = bytes.extracting(tensor.bytes)
            for (index, row) in rows.enumerated() {
                let start = index * columns.count
                if tensor.type.blockLength > 1 {
                    let rowByteCount = tensor.byteCount(ofElements: tensor.columnCount)
                    let values = data.extracting(row * rowByteCount..<(row + 1) * rowByteCount)
                    tensor.type.decodeBlocks(values, columns: columns, into: &output, at: start)
                    continue
                }
                let elementByteCount = tensor.type.blockBitCount / 8
                let (first, step) = tensor.place(ofRow: row)
                let runLength = step == 1 ? columns.count : 1  // elements that lie side by side
                for column in stride(from: columns.lowerBound, to: columns.upperBound, by: max(1, runLength)) {
                    let offset = (first + column * step) * elementByteCount
                    let run = data.extracting(offset..<offset + runLength * elementByteCount)
                    tensor.type.decode(
                        run, into: &output, at: start + column - columns.lowerBound, count: runLength)
                }
            }
        }
    }

    /// Gives back the pages of some rows, where rows lie one behind the other.
    borrowing func release(_ tensor: Tensor, rows: Range<Int>) {
        if tensor.strides != nil { return release(tensor.bytes) }
        let rowByteCount = tensor.byteCount(ofElements: tensor.columnCount)
        let start = tensor.bytes.lowerBound + rows.lowerBound * rowByteCount
        release(start..<start + rows.count * rowByteCount)
    }

    /// Some of the file's bytes, copied; nil where the file ends before them.
    borrowing func bytes(_ range: Range<Int>) -> [UInt8]? {
        guard range.lowerBound >= 0, range.upperBound <= byteCount else { return nil }
        return withBytes { unsafe $0.extracting(range).withUnsafeBytes { unsafe Array($0) } }
    }
}

extension Tensor {
    /// Where a row begins, in elements from the tensor's first, and how far its columns are apart.
    fileprivate func place(ofRow row: Int) -> (first: Int, step: Int) {
        guard let strides, let step = strides.last else { return (row * columnCount, 1) }
        var (rest, first) = (row, 0)
        for (size, stride) in zip(shape, strides).dropLast().reversed() {
            let (quotient, index) = rest.quotientAndRemainder(dividingBy: size)
            first += index * stride
            rest = quotient
        }
        return (first, step)
    }
}
