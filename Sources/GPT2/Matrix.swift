import Kernels
import ModelFile

/// A weight matrix `[rows × columns]` (row = output feature) where it lies: in the mapped file, decoded in memory, or, from
/// some chunk on, only in the file, to be streamed.
///
/// Immutable, and the pointers are good as long as `file` and `copy` live: hence Sendable.
@safe final class Matrix: @unchecked Sendable {
    let array: ArrayDescription
    /// The matrix's part of the model, such as `block.0.attention.qkv`.
    let name: String
    /// The chunks that are not in memory.
    let streamedChunks: Range<Int>
    /// The bits that the symbols of the panels in memory are packed in, or of all; nil where they are int8 or floats.
    private let bits: Int?
    /// Where each packed panel's outliers begin, and the outliers.
    private let outlierStarts, outliers: UnsafePointer<UInt32>?
    /// Panels of 16 rows, as docs/FORMAT.md describes them; nil where all are streamed.
    private let elements: UnsafeRawPointer?
    /// One float32 per row and block, `[panels × blocks × 16]`; nil for float elements.
    private let scales: UnsafePointer<Float>?
    /// A factor for every column's activation, `[columns]`, or nil.
    let steps: UnsafePointer<Float>?
    /// `[rows]`, or nil.
    private let bias: UnsafePointer<Float>?
    /// Values beyond int8, by row, then by column.
    let escapes: [Escape]

    private let takesInt16: Bool
    private let file: ModelFile
    private let copy: MatrixCopy?

    /// - Parameters:
    ///   - keptChunkCount: how many chunks from the first on are in memory.
    ///   - copy: these chunks, decoded, unless they are used in place.
    init(
        _ array: ArrayDescription, bias: ArrayDescription?, in file: ModelFile, keptChunkCount: Int,
        copy: MatrixCopy?
    ) throws(GPT2Error) {
        self.array = array
        self.file = file
        self.copy = copy
        streamedChunks = array.chunks.dropFirst(keptChunkCount)
        takesInt16 =
            array.name == ArrayName.head || array.name == ArrayName.tokenEmbedding
            || array.name.hasSuffix(".mlp.down.weight")
        name = String(array.name.dropLast(array.name.hasSuffix(".weight") ? ".weight".count : 0))
        if let copy {
            unsafe elements = UnsafeRawPointer(copy.elements.pointer)
        } else {
            unsafe elements = keptChunkCount == 0 ? nil : try file.start(of: array)
        }
        unsafe self.bias = try file.floats(bias)
        bits = copy?.bits ?? array.layout.packedBits
        guard array.elementType == .int8 else {
            unsafe (outlierStarts, outliers) = (nil, nil)
            unsafe scales = nil
            unsafe steps = nil
            escapes = []
            return
        }
        let companions = try wrap(GPT2Error.file) { () throws(ModelFileError) in try file.companions(of: array) }
        unsafe scales = try file.floats(companions.scales)
        unsafe steps = try file.floats(file.array(named: array.name + ".steps"))
        escapes = companions.escapes
        if let list = copy?.outliers {
            let panelCount = keptChunkCount * array.rowsPerChunk / ArrayDescription.panelRowCount
            unsafe outlierStarts = UnsafePointer(list.pointer)
            unsafe outliers = UnsafePointer(list.pointer + min(panelCount, array.panelCount) + 1)
        } else if let list = companions.outliers {
            let words = unsafe try file.start(of: list).assumingMemoryBound(to: UInt32.self)
            unsafe (outlierStarts, outliers) = (words, words + array.panelCount + 1)
        } else {
            unsafe (outlierStarts, outliers) = (nil, nil)
        }
    }

    /// How activations are rounded for this matrix: float elements take float32. In place of int8 two kinds of matrix
    /// take int16: the head, which is computed for few tokens and then waits for memory, and the one behind the
    /// feed-forward's non-linearity, where int8 costs more than in all others together (docs/PERFORMANCE.md).
    func activations(_ wanted: Options.Activations) -> Options.Activations {
        guard array.elementType == .int8 else { return .float32 }
        return wanted == .int8 && takesInt16 ? .int16 : wanted
    }

    /// The panels that are in memory.
    var keptPanels: Range<Int> {
        0..<(streamedChunks.isEmpty ? array.panelCount : panels(in: streamedChunks).lowerBound)
    }

    /// The panels that some chunks hold.
    func panels(in chunks: Range<Int>) -> Range<Int> {
        let panelsInChunk = array.rowsPerChunk / ArrayDescription.panelRowCount
        let (first, end) = (chunks.lowerBound - array.chunks.lowerBound, chunks.upperBound - array.chunks.lowerBound)
        return first * panelsInChunk..<min(end * panelsInChunk, array.panelCount)
    }

    /// Where a panel's elements begin: in memory, or in the chunk that holds it, which is decoded into `scratch`.
    func start(ofPanel panel: Int, scratch: ChunkScratch?) throws(ModelFileError) -> UnsafeRawPointer {
        if keptPanels.contains(panel), let elements = unsafe elements {
            return unsafe elements + panel * (bits.map { array.columns * 2 * $0 } ?? array.panelByteCount)
        }
        guard let scratch else { preconditionFailure("streamed panels need scratch") }
        let chunk = array.chunk(containingRow: panel * ArrayDescription.panelRowCount)
        let first = panels(in: chunk..<chunk + 1).lowerBound
        return unsafe try scratch.decode(chunk, of: array, in: file) + (panel - first) * array.panelByteCount
    }

    /// Some panels of this matrix, as kernels see them; `elements` is where the first of them begins.
    func slice(_ panels: Range<Int>, elements: UnsafeRawPointer) -> PanelMatrix {
        let firstRow = panels.lowerBound * ArrayDescription.panelRowCount
        let firstScale = firstRow * array.blockCount
        return unsafe PanelMatrix(
            elements: elements,
            scales: scales.map { unsafe $0 + firstScale },
            bias: bias.map { unsafe $0 + firstRow },
            rows: min(panels.upperBound * ArrayDescription.panelRowCount, array.rows) - firstRow,
            columns: array.paddedColumns,
            block: array.blockLength == 0 ? array.paddedColumns : array.blockLength)
    }

    /// The same where symbols are packed; nil where they are not.
    func packedSlice(_ panels: Range<Int>, elements: UnsafeRawPointer) -> PackedMatrix? {
        guard let bits, let outlierStarts = unsafe outlierStarts, let outliers = unsafe outliers,
            array.layout.packedBits != nil || keptPanels.contains(panels.lowerBound)
        else { return nil }
        return unsafe PackedMatrix(
            matrix: slice(panels, elements: elements), bits: bits,
            outlier_starts: outlierStarts + panels.lowerBound, outliers: outliers)
    }

    /// The scale of a row in one block of columns.
    private func scale(row: Int, block: Int) -> Float {
        guard let scales = unsafe scales else { return 1 }
        let (panel, lane) = row.quotientAndRemainder(dividingBy: ArrayDescription.panelRowCount)
        return unsafe scales[(panel * array.blockCount + block) * ArrayDescription.panelRowCount + lane]
    }

    /// The scale of an element.
    func scale(row: Int, column: Int) -> Float {
        scale(row: row, block: array.blockLength == 0 ? 0 : column / array.blockLength)
    }

    /// The escapes of some rows.
    func escapes(in rows: Range<Int>) -> ArraySlice<Escape> {
        let first = escapes.partitioningIndex { $0.row >= rows.lowerBound }
        let end = escapes.partitioningIndex { $0.row >= rows.upperBound }
        return escapes[first..<end]
    }

    /// Checks the checksums of the chunks that hold these panels, if nobody has yet. What was decoded was checked then.
    func verify(_ panels: Range<Int>) throws(ModelFileError) {
        guard copy == nil, !panels.isEmpty, keptPanels.contains(panels.lowerBound) else { return }
        let panelsPerChunk = array.rowsPerChunk / ArrayDescription.panelRowCount
        let first = array.chunks.lowerBound + panels.lowerBound / panelsPerChunk
        let last = array.chunks.lowerBound + (panels.upperBound - 1) / panelsPerChunk
        for chunk in first...last { try file.verify(chunk: chunk) }
    }

    /// Writes one row's weights, dequantized, to `out`: `[columns]`.
    func gatherRow(
        _ row: Int, into out: UnsafeMutablePointer<Float>, kernels: KernelSet, scratch: ChunkScratch?
    ) throws(ModelFileError) {
        let (panel, lane) = row.quotientAndRemainder(dividingBy: ArrayDescription.panelRowCount)
        try verify(panel..<panel + 1)
        let elements = unsafe try start(ofPanel: panel, scratch: scratch)
        if let packed = unsafe packedSlice(panel..<panel + 1, elements: elements) {
            unsafe packed.forEachSymbol(inRow: lane) { column, symbol in unsafe out[column] = Float(symbol) }
        } else {
            for start in stride(from: 0, to: array.columns, by: array.columnsPerGroup) {
                let group = unsafe elements + array.byteOffset(row: lane, column: start)
                for i in 0..<min(array.columnsPerGroup, array.columns - start) {
                    switch array.elementType {
                    case .float32: unsafe out[start + i] = group.load(fromByteOffset: 4 * i, as: Float.self)
                    case .float16:
                        unsafe kernels.floatFromHalf(
                            group.assumingMemoryBound(to: UInt16.self) + i, 1, out + start + i)
                    default: unsafe out[start + i] = Float(group.load(fromByteOffset: i, as: Int8.self))
                    }
                }
            }
        }
        for escape in escapes(in: row..<row + 1) { unsafe out[escape.column] += Float(escape.remainder) }
        let blockLength = array.blockLength == 0 ? array.columns : array.blockLength
        for start in stride(from: 0, to: unsafe scales == nil ? 0 : array.columns, by: blockLength) {
            let scale = scale(row: row, block: start / blockLength)
            for column in start..<min(start + blockLength, array.columns) { unsafe out[column] *= scale }
        }
        if let steps = unsafe steps { for column in 0..<array.columns { unsafe out[column] *= steps[column] } }
    }
}

extension Array {
    /// The first index at which `belongs` holds, given that it holds for every element after that too.
    fileprivate func partitioningIndex(where belongs: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
