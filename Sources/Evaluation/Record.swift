import ModelFile
import StrictJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file with the scores of a text's windows, or of a share of them: JSON Lines, written window by window, so that what
/// was interrupted can go on. docs/ACCURACY.md describes it.
public final class Record {
    /// Where it is.
    public let path: String
    let header: RecordHeader
    /// The windows that belong into it.
    public var windows: Range<Int> { header.windows }
    /// Which share of the measurement.
    public var shard: Shard { header.shard }
    /// What was measured.
    public var measurement: Measurement { header.measurement }

    private let descriptor: Int32

    private init(path: String, header: RecordHeader, descriptor: Int32) {
        (self.path, self.header, self.descriptor) = (path, header, descriptor)
    }

    deinit { close(descriptor) }

    // MARK: Writing

    /// Makes a record, or goes on with one.
    ///
    /// - Parameters:
    ///   - path: where the record is, or will be.
    ///   - measurement: what is measured.
    ///   - shard: which share of it.
    ///   - resumes: whether a file that is there already is gone on with; it must be of the same measurement and share.
    ///     Without that it is refused.
    ///   - body: called with what is there already, window by window.
    public static func open(
        _ path: String, _ measurement: Measurement, _ shard: Shard, resumes: Bool,
        known body: (WindowScores) -> Void
    ) throws(EvaluationError) -> Record {
        let descriptor = Self.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o666)
        guard descriptor >= 0 else { throw .system(operation: "create", path: path, errorNumber: errno) }
        let record = Record(
            path: path, header: RecordHeader(measurement: measurement, shard: shard), descriptor: descriptor)
        _ = try record.byteCount()  // a regular file
        switch lockFile(descriptor) {
        case 0: break
        case EWOULDBLOCK: throw .recordInUse(path: path)
        case let number: throw .system(operation: "lock", path: path, errorNumber: number)
        }
        guard try record.byteCount() > 0 else {
            try record.append(record.header.json)
            return record
        }
        guard resumes else { throw .recordExists(path: path) }
        try record.goOn(known: body)
        return record
    }

    /// Reads what is there, takes away a last line that was not written to its end, and leaves the file at its end.
    private func goOn(known body: (WindowScores) -> Void) throws(EvaluationError) {
        var lines = RecordLines(descriptor, path: path)
        let beginning = Array("{\"\(RecordHeader.versionKey)\"".utf8)
        guard let first = try lines.next() else {
            // Not even the first line was written to its end.
            let rest = lines.rest
            guard rest.starts(with: beginning) || beginning.starts(with: rest) else { throw .notARecord(path: path) }
            try cut(to: 0)
            return try append(header.json)
        }
        let found = try Self.header(first, path: path)
        var differences = found.measurement.differences(from: measurement)
        if found.shard != shard { differences.append("shard \(found.shard), not \(shard)") }
        guard differences.isEmpty else { throw .otherMeasurement(path: path, differences: differences) }
        try Self.read(&lines, of: header, path: path, body)
        try cut(to: lines.byteCount)
    }

    /// Adds the next window.
    public func append(_ scores: WindowScores) throws(EvaluationError) { try append(scores.json) }

    /// In one piece, so that whatever ends the program leaves a line whole, cut, or away.
    private func append(_ line: JSONValue) throws(EvaluationError) {
        let bytes = Array((line.encoded() + "\n").utf8)
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system(operation: "write to", path: path, errorNumber: errno) }
            done += count
        }
    }

    private func cut(to byteCount: Int) throws(EvaluationError) {
        guard ftruncate(descriptor, off_t(byteCount)) == 0, lseek(descriptor, off_t(byteCount), SEEK_SET) >= 0 else {
            throw .system(operation: "write to", path: path, errorNumber: errno)
        }
    }

    // MARK: Reading

    /// Opens a record to read it; only its header is read yet.
    public init(reading path: String) throws(EvaluationError) {
        let descriptor = Self.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0)
        guard descriptor >= 0 else { throw .system(operation: "open", path: path, errorNumber: errno) }
        do throws(EvaluationError) {
            _ = try Self.byteCount(descriptor, path: path)
            var lines = RecordLines(descriptor, path: path)
            guard let first = try lines.next() else { throw .notARecord(path: path) }
            header = try Self.header(first, path: path)
        } catch {
            close(descriptor)
            throw error
        }
        (self.path, self.descriptor) = (path, descriptor)
    }

    /// Hands out every window in order. A last line that was not written to its end counts for nothing.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func forEach(_ body: (WindowScores) -> Void) throws(EvaluationError) -> Int {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw .system(operation: "read", path: path, errorNumber: errno)
        }
        var lines = RecordLines(descriptor, path: path)
        _ = try lines.next()
        try Self.read(&lines, of: header, path: path, body)
        return lines.count - 1
    }

    private static func header(_ line: [UInt8], path: String) throws(EvaluationError) -> RecordHeader {
        guard let json = try? JSONValue(parsing: line), let version = json[RecordHeader.versionKey]?.intValue else {
            throw .notARecord(path: path)
        }
        guard version <= RecordHeader.version else { throw .newerRecord(path: path, version: version) }
        guard let header = RecordHeader(json) else {
            throw .damagedRecord(path: path, line: 1, reason: "does not say what was measured")
        }
        return header
    }

    private static func read(
        _ lines: inout RecordLines, of header: RecordHeader, path: String, _ body: (WindowScores) -> Void
    ) throws(EvaluationError) {
        var next = header.windows.lowerBound
        while let line = try lines.next() {
            guard next < header.windows.upperBound else {
                throw .damagedRecord(path: path, line: lines.count, reason: "is one too many")
            }
            let window = header.measurement.windows[next]
            guard let json = try? JSONValue(parsing: line),
                let scores = WindowScores(
                    json, count: window.scored.count, compares: header.measurement.base != nil),
                scores.index == next
            else {
                throw .damagedRecord(
                    path: path, line: lines.count,
                    reason: "should hold the scores of window \(next), \(window.scored.count) tokens")
            }
            body(scores)
            next += 1
        }
    }

    // MARK: The system

    private static func open(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
        #if canImport(Glibc)
            unsafe Glibc.open(path, flags, mode)
        #elseif canImport(Musl)
            unsafe Musl.open(path, flags, mode)
        #elseif canImport(Darwin)
            unsafe Darwin.open(path, flags, mode)
        #endif
    }

    private func byteCount() throws(EvaluationError) -> Int { try Self.byteCount(descriptor, path: path) }

    private static func byteCount(_ descriptor: Int32, path: String) throws(EvaluationError) -> Int {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw .system(operation: "examine", path: path, errorNumber: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile(path: path) }
        return Int(status.st_size)
    }
}
