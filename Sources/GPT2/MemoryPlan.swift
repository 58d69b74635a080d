import Kernels
public import ModelFile

/// What a model takes, added up before any of it is allocated, and which of its weights are kept in memory.
///
/// Weights that do not fit are streamed: a chunk is read from the file, decoded, multiplied and forgotten, for every batch of
/// tokens anew. That costs time and changes no bit of any result.
public struct MemoryPlan: Sendable, Equatable {
    /// Something that takes memory.
    public struct Item: Sendable, Equatable {
        /// What it is.
        public let name: String
        /// What it takes.
        public let byteCount: Int
    }

    /// Everything but the weights that are kept, the program itself first.
    public let items: [Item]
    /// What it all may take.
    public let limit: Int
    /// Bytes of all matrices, decoded.
    public let weightByteCount: Int
    /// What those of them take that stay in memory: decoded, packed, or in place in the mapped file.
    public private(set) var keptByteCount = 0
    /// Bytes read from the file for every batch of tokens.
    public private(set) var streamedStoredByteCount = 0
    /// Bytes decoded for every batch of tokens.
    public private(set) var streamedByteCount = 0
    /// Everything together: the most that will be in memory at a time.
    public var byteCount: Int { items.reduce(keptByteCount) { $0 + $1.byteCount } }
    /// Whether the file is mapped and weights are used in place. Where all are decoded or streamed nothing is: a page that is
    /// touched brings its neighbours into memory.
    public let isMapped: Bool
    /// Whether tokens are read with weights that still lie in the file.
    public var needsFile: Bool { isMapped || streamedByteCount > 0 }
    /// In a word or two: mapped, resident, streamed, or how much of it is.
    public var mode: String {
        switch streamedByteCount {
        case 0: isMapped ? "mapped" : packing.isEmpty ? "resident" : "resident, packed"
        case weightByteCount: "streamed"
        default: "\(max(1, streamedByteCount * 100 / weightByteCount)) % streamed"
        }
    }
    /// Chunks at the beginning of a matrix that are kept, by the array's index.
    private(set) var keptChunks: [Int: Int] = [:]
    /// How matrices are packed that are compressed in the file, by the array's index.
    let packing: [Int: Packing]

    /// What the program's code and heap will still grow by, its stacks, and what rounding to pages adds.
    private static let growth = 5 << 20
    private static let threadGrowth = 128 << 10
    /// What the program takes where the system does not tell.
    private static let assumedProgram = 24 << 20
    /// What two runs of the program may differ by, so that a context that is said to fit does.
    private static let variation = 1 << 20

    /// Plans a model of a file. The process is looked at as it is now, where the options do not say what it occupies.
    ///
    /// - Throws: ``GPT2Error/tooLittleMemory(needed:contextLength:limit:isGiven:fitting:)`` if even streaming everything does not keep to the limit.
    public init(_ file: ModelFile, _ options: Options, threadCount: Int) throws(GPT2Error) {
        try self.init(file, options, threadCount: threadCount, program: options.programByteCount)
    }

    /// - Parameter program: bytes that the process takes already; nil looks.
    init(_ file: ModelFile, _ options: Options, threadCount: Int, program: Int?) throws(GPT2Error) {
        let configuration = try Configuration(of: file)
        if let wanted = options.contextLength, !(1...configuration.contextLength).contains(wanted) {
            throw .contextLength(wanted, most: configuration.contextLength)
        }
        let matrices = Self.matrices(configuration, in: file)
        weightByteCount = matrices.reduce(0) { $0 + $1.decodedByteCount }
        let packing = Dictionary(
            uniqueKeysWithValues: matrices.compactMap { matrix in
                options.residence == .packed ? file.packing(of: matrix).map { (matrix.index, $0) } : nil
            })
        self.packing = packing
        limit = options.memoryLimit ?? AvailableMemory.byteCount / 8 * 7
        let fixed = Self.fixedItems(
            file, configuration, matrices, options, threadCount: threadCount,
            program: program ?? ProcessMemory.current?.resident ?? Self.assumedProgram)
        let spare = limit - fixed.reduce(0) { $0 + $1.byteCount }
        let whole = matrices.reduce(0) { $0 + Self.byteCount($1.chunks, of: $1, packing[$1.index]) }
        if whole <= spare {
            items = fixed
            isMapped = options.mapsFile && matrices.contains { $0.storage == .raw }
            for matrix in matrices { keep(matrix.chunks.count, of: matrix) }
            return
        }
        let streaming = threadCount * ChunkScratch.byteCount(of: matrices, in: file)
        isMapped = false
        items = fixed + [Item(name: "room for chunks", byteCount: streaming)]
        guard spare >= streaming else {
            // A small model may take less than the room to stream it.
            let needed = limit - spare + min(streaming, whole)
            throw Self.refusal(needed, limit, file, configuration, options)
        }
        var left = spare - streaming
        for matrix in matrices {
            var count = 0
            left -= Self.listByteCount(of: matrix, packing[matrix.index])
            for chunk in matrix.chunks where count == chunk - matrix.chunks.lowerBound {
                let byteCount = Self.byteCount(chunk..<chunk + 1, of: matrix, packing[matrix.index], list: false)
                guard byteCount <= left else { break }
                left -= byteCount
                count += 1
            }
            if count == 0 { left += Self.listByteCount(of: matrix, packing[matrix.index]) }
            keep(count, of: matrix)
            streamedStoredByteCount += file.storedByteCount(ofChunks: matrix.chunks.dropFirst(count))
        }
    }

    private mutating func keep(_ count: Int, of matrix: ArrayDescription) {
        keptChunks[matrix.index] = count
        let kept = matrix.chunks.prefix(count)
        if count > 0 { keptByteCount += Self.byteCount(kept, of: matrix, packing[matrix.index]) }
        streamedByteCount += matrix.chunks.dropFirst(count).reduce(0) { $0 + matrix.decodedByteCount(ofChunk: $1) }
    }

    /// What some chunks of a matrix take in memory, and with them its list of outliers.
    private static func byteCount(
        _ chunks: Range<Int>, of matrix: ArrayDescription, _ packing: Packing?, list: Bool = true
    ) -> Int {
        let decoded = chunks.reduce(0) { $0 + matrix.decodedByteCount(ofChunk: $1) }
        return (packing?.byteCount(decoded: decoded) ?? decoded) + (list ? listByteCount(of: matrix, packing) : 0)
    }

    /// What a matrix takes that is packed in memory; nil where it is not.
    func packedByteCount(of matrix: ArrayDescription) -> Int? {
        packing[matrix.index].map { Self.byteCount(matrix.chunks, of: matrix, $0) }
    }

    private static func listByteCount(of matrix: ArrayDescription, _ packing: Packing?) -> Int {
        4 * (packing?.listCount(of: matrix) ?? 0)
    }

    /// Every matrix, those that are multiplied for most tokens first: the blocks', the head, and last an embedding of which
    /// a token needs one row.
    private static func matrices(_ configuration: Configuration, in file: ModelFile) -> [ArrayDescription] {
        let names = configuration.arrays.filter { $0.role == .matrix }.map(\.name)
        let embedding = ArrayName.tokenEmbedding
        return (names.filter { $0 != embedding } + [embedding]).compactMap { file.array(named: $0) }
    }

    private static func fixedItems(
        _ file: ModelFile, _ configuration: Configuration, _ matrices: [ArrayDescription], _ options: Options,
        threadCount: Int, program: Int
    ) -> [Item] {
        let indices = Set(matrices.map(\.index))
        let others = file.arrays.filter { !indices.contains($0.index) }
        func byteCount(_ belongs: (ArrayDescription) -> Bool) -> Int {
            others.filter(belongs).reduce(0) { $0 + $1.decodedByteCount }
        }
        let isTokenizer = { (array: ArrayDescription) in array.name.hasPrefix("tokenizer.") }
        let isEscapes = { (array: ArrayDescription) in array.name.hasSuffix(".escapes") }
        let escapeCount = others.filter(isEscapes).reduce(0) { $0 + $1.rows }
        let context = options.contextLength(configuration)
        let cache = KVCache.byteCount(configuration, type: options.cacheType, contextLength: context)
        let sessions = options.sessionCount
        return [
            Item(name: "program", byteCount: program + growth + threadCount * threadGrowth),
            Item(name: "tokenizer", byteCount: byteCount(isTokenizer)),
            Item(
                name: "vectors, scales, positions",
                byteCount: byteCount { !isTokenizer($0) } + escapeCount * MemoryLayout<Escape>.stride),
            Item(
                name: "keys and values, \(context) position\(context == 1 ? "" : "s"), \(options.cacheType.rawValue)"
                    + (sessions > 1 ? ", \(sessions) texts" : ""), byteCount: sessions * cache),
            Item(
                name: "scratch",
                byteCount: Batch.byteCount(
                    configuration, contextLength: context, threadCount: threadCount,
                    logitRows: max(sessions, options.keptLogits))),
        ]
    }

    /// Why a limit cannot be kept, and what could be: a shorter context, or keys and values in int8.
    private static func refusal(
        _ needed: Int, _ limit: Int, _ file: ModelFile, _ configuration: Configuration, _ options: Options
    ) -> GPT2Error {
        let context = options.contextLength(configuration)
        let size = configuration.headSize
        let smallerTypes = Options.CacheType.allCases.filter {
            $0.byteCount(headSize: size) < options.cacheType.byteCount(headSize: size)
        }
        var fitting: [MemoryFit] = []
        for type in [options.cacheType] + smallerTypes {
            let cache = { (length: Int) in
                options.sessionCount * KVCache.byteCount(configuration, type: type, contextLength: length)
            }
            let others =
                needed - options.sessionCount
                * KVCache.byteCount(configuration, type: options.cacheType, contextLength: context)
            if let length = stride(from: context, to: 0, by: -1).first(where: {
                others + cache($0) + Self.variation <= limit
            }) {
                fitting.append(MemoryFit(cacheType: type, contextLength: length))
            }
        }
        return .tooLittleMemory(
            needed: needed, contextLength: context, limit: limit, isGiven: options.memoryLimit != nil, fitting: fitting)
    }
}

/// A context and a type of cache that fit a limit.
public struct MemoryFit: Sendable, Equatable {
    /// How keys and values are stored.
    public let cacheType: Options.CacheType
    /// Positions that a text may have.
    public let contextLength: Int
}
