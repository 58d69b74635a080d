import ModelFile

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A text that was saved and can be gone on with.
public struct ResumedSession {
    /// What was read of it.
    public let session: Session
    /// Tokens that belong to the text and have not been read yet.
    public let unread: [Int]
    /// How many random numbers were drawn for the text.
    public let drawCount: UInt64
}

/// Why a saved session cannot be resumed.
public enum SavedSessionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A system call failed.
    case system(operation: String, path: String, errorNumber: Int32)
    /// The file is something else.
    case notASession(path: String)
    /// The file is of a newer version of the format.
    case unsupportedVersion(path: String, version: Int)
    /// The file is not what was saved.
    case damaged(path: String, reason: String)
    /// The text was read by another model.
    case otherModel(path: String)
    /// The text was read in another way.
    case otherOption(path: String, option: String, saved: String, now: String)
    /// The context is too short for what was read.
    case tooLong(path: String, tokens: Int, contextLength: Int)

    public var description: String {
        switch self {
        case .system(let operation, let path, let number):
            unsafe "cannot \(operation) \(path): \(String(cString: strerror(number)))"
        case .notASession(let path): "\(path) is no saved session; name another file"
        case .unsupportedVersion(let path, let version):
            "\(path) has version \(version) of the format and this program knows 1; use a newer one"
        case .damaged(let path, let reason): "\(path) is damaged: \(reason); delete it and begin the text again"
        case .otherModel(let path): "\(path) is a session of another model file; name that one, or another session"
        case .otherOption(let path, let option, let saved, let now):
            "\(path) was saved with --\(option) \(saved) and this is \(now); use the same, or begin the text again"
        case .tooLong(let path, let tokens, let contextLength):
            "\(path) holds \(tokens) tokens and the context \(contextLength); use a longer --context"
        }
    }
}

/// The first 64 bytes of a saved session. After them come the tokens, as 32-bit words, and, for every block and head, its keys
/// and its values as the cache has them, in whole blocks of 16 positions, each with its scales where the type has some.
/// All little-endian.
private struct SessionHeader {
    static let magic: [UInt8] = [0x89, 0x51, 0x38, 0x53, 0x0D, 0x0A, 0x1A, 0x0A]
    static let byteCount = 64
    static let version: UInt32 = 1

    var cacheType: UInt32
    var activations: UInt32
    /// Tokens that were read.
    var position: Int
    /// These, and those that were not.
    var tokenCount: Int
    var fingerprint: UInt64
    var drawCount: UInt64
    var fileByteCount: Int

    /// Everything but the checksum, which comes last.
    var bytes: [UInt8] {
        var bytes = Self.magic
        for word in [Self.version, cacheType, activations, UInt32(position), UInt32(tokenCount), 0] {
            bytes.append(word: UInt64(word), byteCount: 4)
        }
        for word in [fingerprint, drawCount, UInt64(fileByteCount)] { bytes.append(word: word, byteCount: 8) }
        return bytes
    }
}

extension Session {
    /// Saves what was read, keys, values and all, so that it can be resumed with the same bits; see
    /// ``GPT2/resumeSession(from:)``.
    ///
    /// - Parameters:
    ///   - path: written beside its place and moved there at the end.
    ///   - unread: tokens that belong to the text too.
    ///   - drawCount: how many random numbers the text has taken, to be given back.
    public func save(to path: String, unread: [Int] = [], drawCount: UInt64 = 0) throws(GPT2Error) {
        var body: [UInt8] = []
        for token in tokens + unread { body.append(word: UInt64(token), byteCount: 4) }
        for layer in 0..<model.configuration.layerCount {
            for head in 0..<model.configuration.headCount {
                unsafe cache.append(cache.keys(layer: layer, head: head), positions: position, to: &body)
                unsafe cache.append(cache.values(layer: layer, head: head), positions: position, to: &body)
            }
        }
        var bytes = SessionHeader(
            cacheType: model.cacheCode, activations: model.activationsCode, position: position,
            tokenCount: position + unread.count, fingerprint: model.file.fingerprint, drawCount: drawCount,
            fileByteCount: SessionHeader.byteCount + body.count
        ).bytes
        let whole = bytes + body
        unsafe bytes.append(word: xxh64(whole.span.bytes), byteCount: 8)
        try wrap(GPT2Error.file) { () throws(ModelFileError) in
            var file = try TemporaryFile(target: path)
            try file.append(bytes)
            try file.append(body)
            try file.commit()
        }
    }

    /// A new text of the same model that begins with what this one has read, at the cost of a copy. It goes on by itself; the
    /// logits are this one's until it has read a token.
    public func fork() throws(GPT2Error) -> Session {
        let other = try model.makeSession()
        other.adopt(self, to: position)
        return other
    }
}

extension GPT2 {
    fileprivate var cacheCode: UInt32 { UInt32(Options.CacheType.allCases.firstIndex(of: options.cacheType) ?? 0) }
    fileprivate var activationsCode: UInt32 { UInt32(Options.Activations.allCases.firstIndex(of: activations) ?? 0) }

    /// Goes on with a text that ``Session/save(to:unread:drawCount:)`` put down.
    ///
    /// The model file, the type of the cache and that of activations must be the same; threads, kernels and how the file is
    /// kept in memory need not. Every byte is checked before it is used.
    public func resumeSession(from path: String) throws(GPT2Error) -> ResumedSession {
        let bytes: [UInt8]
        do { bytes = try read(path) } catch { throw .session(error) }
        do {
            let header = try header(bytes, path)
            let words = { (index: Int) in Int(bytes.word(at: SessionHeader.byteCount + 4 * index, byteCount: 4)) }
            let tokens = (0..<header.tokenCount).map(words)
            for token in tokens where token >= configuration.vocabularySize {
                throw SavedSessionError.damaged(
                    path: path, reason: "it has a token \(token), which is none of the model's")
            }
            let session = try makeSession()
            session.restore(
                Array(tokens[..<header.position]), from: bytes, at: SessionHeader.byteCount + 4 * header.tokenCount)
            return ResumedSession(
                session: session, unread: Array(tokens[header.position...]), drawCount: header.drawCount)
        } catch let error as GPT2Error {
            throw error
        } catch let error as SavedSessionError {
            throw .session(error)
        } catch { throw .session(.damaged(path: path, reason: "\(error)")) }
    }

    /// The bytes of a file no longer than a session of this model can be.
    private func read(_ path: String) throws(SavedSessionError) -> [UInt8] {
        func failure(_ operation: String) -> SavedSessionError {
            .system(operation: operation, path: path, errorNumber: errno)
        }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure("open") }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure("examine") }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size >= SessionHeader.byteCount else {
            throw .notASession(path: path)
        }
        let tokenLimit = SessionHeader.byteCount + 8 * (configuration.contextLength + 1)
        let most =
            tokenLimit
            + KVCache.byteCount(configuration, type: options.cacheType, contextLength: configuration.contextLength)
        let count = min(Int(status.st_size), most + 1)
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe readSome(descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw failure("read") }
            guard got > 0 else { throw .damaged(path: path, reason: "it ends after \(done) bytes") }
            done += got
        }
        return bytes
    }

    private func header(_ bytes: [UInt8], _ path: String) throws(SavedSessionError) -> SessionHeader {
        guard bytes.starts(with: SessionHeader.magic) else { throw .notASession(path: path) }
        func word(_ offset: Int) -> UInt32 { UInt32(bytes.word(at: offset, byteCount: 4)) }
        guard word(8) == SessionHeader.version else {
            throw .unsupportedVersion(path: path, version: Int(word(8)))
        }
        guard bytes.word(at: 32, byteCount: 8) == file.fingerprint else { throw .otherModel(path: path) }
        let (cache, rounding) = (Options.CacheType.allCases, Options.Activations.allCases)
        guard Int(word(12)) < cache.count, Int(word(16)) < rounding.count, word(28) == 0 else {
            throw .damaged(path: path, reason: "its header makes no sense")
        }
        guard word(12) == cacheCode else {
            throw .otherOption(
                path: path, option: "kv-cache", saved: cache[Int(word(12))].rawValue, now: options.cacheType.rawValue)
        }
        guard word(16) == activationsCode else {
            throw .otherOption(
                path: path, option: "activations", saved: rounding[Int(word(16))].rawValue, now: activations.rawValue)
        }
        let (position, tokenCount) = (Int(word(20)), Int(word(24)))
        guard position <= tokenCount, tokenCount <= configuration.contextLength + 1 else {
            throw .damaged(path: path, reason: "it says that \(position) of \(tokenCount) tokens were read")
        }
        guard position <= contextLength else {
            throw .tooLong(path: path, tokens: position, contextLength: contextLength)
        }
        let expected =
            SessionHeader.byteCount + 4 * tokenCount
            + KVCache.byteCount(configuration, type: options.cacheType, contextLength: position)
            - KVCache.unusedScaleByteCount(configuration, options.cacheType, positions: position)
        guard bytes.count == expected, bytes.word(at: 48, byteCount: 8) == UInt64(expected) else {
            throw .damaged(path: path, reason: "it has not the \(expected) bytes that \(position) tokens take")
        }
        let rest = Array(bytes[..<56] + bytes[64...])
        guard unsafe xxh64(rest.span.bytes) == bytes.word(at: 56, byteCount: 8) else {
            throw .damaged(path: path, reason: "its checksum is wrong")
        }
        return SessionHeader(
            cacheType: word(12), activations: word(16), position: position, tokenCount: tokenCount,
            fingerprint: file.fingerprint, drawCount: bytes.word(at: 40, byteCount: 8), fileByteCount: expected)
    }
}

extension KVCache {
    /// Scales are kept for positions, not for whole blocks.
    fileprivate static func unusedScaleByteCount(
        _ configuration: Configuration, _ type: Options.CacheType, positions: Int
    ) -> Int {
        type.hasScales
            ? 2 * configuration.layerCount * configuration.headCount * 4 * (capacity(positions) - positions) : 0
    }

    /// Bytes of whole blocks of keys or values.
    private func elementByteCount(_ positions: Int) -> Int {
        Self.capacity(positions) * configuration.headSize * type.elementByteCount
    }

    fileprivate func append(_ region: Region, positions: Int, to bytes: inout [UInt8]) {
        unsafe bytes.append(
            contentsOf: UnsafeRawBufferPointer(start: region.elements, count: elementByteCount(positions)))
        if type.hasScales {
            unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: region.scales, count: 4 * positions))
        }
    }

    /// Takes what ``append(_:positions:to:)`` gave, from `offset` on.
    ///
    /// - Returns: the offset of what follows.
    fileprivate func load(_ region: Region, positions: Int, from bytes: [UInt8], at offset: Int) -> Int {
        let (count, scales) = (elementByteCount(positions), type.hasScales ? 4 * positions : 0)
        unsafe bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, count > 0 else { return }
            unsafe region.elements.copyMemory(from: start + offset, byteCount: count)
            if scales > 0 {
                unsafe UnsafeMutableRawPointer(region.scales).copyMemory(
                    from: start + offset + count, byteCount: scales)
            }
        }
        return offset + count + scales
    }
}

extension Session {
    fileprivate func restore(_ tokens: [Int], from bytes: [UInt8], at start: Int) {
        var offset = start
        for layer in 0..<model.configuration.layerCount {
            for head in 0..<model.configuration.headCount {
                unsafe offset = cache.load(
                    cache.keys(layer: layer, head: head), positions: tokens.count, from: bytes, at: offset)
                unsafe offset = cache.load(
                    cache.values(layer: layer, head: head), positions: tokens.count, from: bytes, at: offset)
            }
        }
        replaceTokens(with: tokens)
    }
}

extension [UInt8] {
    fileprivate mutating func append(word: UInt64, byteCount: Int) {
        for byte in 0..<byteCount { append(UInt8(truncatingIfNeeded: word >> UInt64(8 * byte))) }
    }

    fileprivate func word(at offset: Int, byteCount: Int) -> UInt64 {
        (0..<byteCount).reduce(0) { $0 | UInt64(self[offset + $1]) << UInt64(8 * $1) }
    }
}

/// The system's `read`, which a method of that name hides.
private func readSome(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    unsafe read(descriptor, buffer.baseAddress, buffer.count)
}
