import ModelFile

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension GPT2 {
    /// Goes on with a text that ``Session/save(to:as:)`` put down.
    ///
    /// The model file, the type of the cache and that of activations must be the same; threads, kernels and how the file is
    /// kept in memory need not. Keys and values are read to where they will lie; nothing is used before every byte was checked.
    public func resumeSession(from path: String) throws(GPT2Error) -> ResumedSession {
        let reader: SessionReader
        let (header, tokens): (SessionHeader, [Int])
        do throws(SavedSessionError) {
            reader = try SessionReader(path)
            header = try self.header(reader)
            let words = try reader.read(4 * (header.earlierCount + header.tokenCount))
            tokens = stride(from: 0, to: words.count, by: 4).map { Int(words.word(at: $0, byteCount: 4)) }
        } catch { throw .session(error) }
        let session = try makeSession()
        do throws(SavedSessionError) {
            try unsafe session.cache.forEachStretch(positions: header.position) { stretch throws(SavedSessionError) in
                unsafe try reader.fill(stretch)
            }
            guard reader.checksum == reader.statedChecksum else {
                throw .damaged(path: path, reason: "its checksum is wrong")
            }
            for token in tokens where token >= configuration.vocabularySize {
                throw .damaged(path: path, reason: "it has a token \(token), which is none of the model's")
            }
        } catch { throw .session(error) }
        let read = header.earlierCount..<header.earlierCount + header.position
        session.replaceTokens(with: tokens[read])
        var text = SavedText()
        text.earlier = Array(tokens[..<read.lowerBound])
        text.unread = Array(tokens[read.upperBound...])
        (text.unfinished, text.seed, text.drawCount) = (header.unfinished, header.seed, header.drawCount)
        return ResumedSession(session: session, text: text)
    }

    /// Reads the header, and refuses what is none of this model's as it is run now.
    private func header(_ reader: SessionReader) throws(SavedSessionError) -> SessionHeader {
        let path = reader.path
        func damaged(_ reason: String) -> SavedSessionError { .damaged(path: path, reason: reason) }
        guard reader.byteCount >= SessionHeader.byteCount else { throw .notASession(path: path) }
        let bytes = try reader.readHeader()
        guard bytes.starts(with: SessionHeader.magic) else { throw .notASession(path: path) }
        func word(_ offset: Int) -> Int { Int(bytes.word(at: offset, byteCount: 4)) }
        guard word(8) == SessionHeader.version else { throw .unsupportedVersion(path: path, version: word(8)) }
        guard bytes.word(at: 32, byteCount: 8) == file.fingerprint else { throw .otherModel(path: path) }
        let (cache, rounding) = (Options.CacheType.allCases, Options.Activations.allCases)
        let unfinishedCount = Int(bytes[64])
        guard word(12) < cache.count, word(16) < rounding.count, unfinishedCount <= 3,
            bytes[(65 + unfinishedCount)..<SessionHeader.checksumOffset].allSatisfy({ $0 == 0 })
        else { throw damaged("its header makes no sense") }
        guard word(12) == cacheCode else {
            throw .otherOption(
                path: path, option: "kv-cache", saved: cache[word(12)].rawValue, now: options.cacheType.rawValue)
        }
        guard word(16) == activationsCode else {
            throw .otherOption(
                path: path, option: "activations", saved: rounding[word(16)].rawValue, now: activations.rawValue)
        }
        let (position, tokenCount, earlierCount) = (word(20), word(24), word(28))
        guard position <= tokenCount, tokenCount <= configuration.contextLength + 1,
            earlierCount <= SavedText.earlierLimit
        else { throw damaged("it says that \(position) of \(tokenCount) tokens were read, and \(earlierCount) before") }
        guard position <= contextLength else {
            throw .tooLong(path: path, tokens: position, contextLength: contextLength)
        }
        let expected =
            SessionHeader.byteCount + 4 * (earlierCount + tokenCount)
            + KVCache.savedByteCount(configuration, options.cacheType, positions: position)
        guard reader.byteCount == expected, bytes.word(at: 56, byteCount: 8) == UInt64(expected) else {
            throw damaged("it has not the \(expected) bytes that \(position) tokens take")
        }
        return SessionHeader(
            cacheType: word(12), activations: word(16), position: position, tokenCount: tokenCount,
            earlierCount: earlierCount, fingerprint: file.fingerprint, seed: bytes.word(at: 40, byteCount: 8),
            drawCount: bytes.word(at: 48, byteCount: 8), fileByteCount: expected,
            unfinished: Array(bytes[65..<65 + unfinishedCount]))
    }
}

/// A saved session being read from its beginning to its end.
private final class SessionReader {
    let path: String
    /// Of the file.
    let byteCount: Int
    /// Of what was read so far.
    private(set) var checksum: UInt64 = 0
    /// What the header says it is in the end.
    private(set) var statedChecksum: UInt64 = 0
    private let descriptor: Int32

    init(_ path: String) throws(SavedSessionError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(operation: "open", path: path, errorNumber: errno) }
        (self.path, self.descriptor) = (path, descriptor)
        var status = stat()
        let isKnown = unsafe fstat(descriptor, &status) == 0
        byteCount = Int(status.st_size)
        guard isKnown else { throw .system(operation: "examine", path: path, errorNumber: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notASession(path: path) }
    }

    deinit { close(descriptor) }

    func readHeader() throws(SavedSessionError) -> [UInt8] {
        let bytes = try read(SessionHeader.byteCount)
        checksum = unsafe xxh64(Array(bytes[..<SessionHeader.checksumOffset]).span.bytes)
        statedChecksum = bytes.word(at: SessionHeader.checksumOffset, byteCount: 8)
        return bytes
    }

    func read(_ count: Int) throws(SavedSessionError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        try unsafe span.withUnsafeMutableBufferPointer { buffer throws(SavedSessionError) in
            unsafe try fill(UnsafeMutableRawBufferPointer(buffer))
        }
        return bytes
    }

    /// Fills memory with the file's next bytes.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(SavedSessionError) {
        var done = 0
        while done < buffer.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = unsafe readSome(descriptor, rest)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(operation: "read", path: path, errorNumber: errno) }
            guard count > 0 else { throw .damaged(path: path, reason: "it ends before its \(byteCount) bytes") }
            done += count
        }
        let bytes = unsafe RawSpan(_unsafeElements: UnsafeRawBufferPointer(buffer).bindMemory(to: UInt8.self))
        checksum = xxh64(bytes, seed: checksum)
    }
}

/// The system's `read`, which a method of that name hides.
private func readSome(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    unsafe read(descriptor, buffer.baseAddress, buffer.count)
}
