import ModelFile

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The place where a text is saved, kept from other programs that go about it in the same way.
///
/// Make one before the text is resumed or begun, and let go of it when it is saved, once: another program that asks for the same
/// place meanwhile is refused, and would else overwrite what was saved here. Making one also finds out whether the text can be
/// saved there at all. Where the system has no locks for files, nobody is kept out.
public final class SessionLock {
    /// Whether no text was saved there yet.
    public let isEmpty: Bool
    private let descriptor: Int32
    private let place: String

    /// Takes a place; a new file there is empty until something is saved.
    public init(_ path: String) throws(GPT2Error) {
        do throws(ModelFileError) {
            place = try resolvedPath(path)
        } catch { throw .session(.system(operation: "create", path: path, errorNumber: ELOOP)) }
        do throws(SavedSessionError) {
            (descriptor, isEmpty) = try Self.take(place, path)
        } catch { throw .session(error) }
    }

    /// A file that nothing was saved in goes.
    deinit {
        if isEmpty, let status = Self.status(descriptor), status.st_size == 0, Self.leads(place, to: status) {
            unsafe unlink(place)
        }
        close(descriptor)
    }

    private static func take(_ place: String, _ path: String) throws(SavedSessionError) -> (Int32, isEmpty: Bool) {
        while true {
            let descriptor = unsafe open(place, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o600)
            guard descriptor >= 0 else { throw .system(operation: "open", path: path, errorNumber: errno) }
            var isTaken = false
            defer { if !isTaken { close(descriptor) } }
            guard let status = status(descriptor), status.st_mode & S_IFMT == S_IFREG else {
                throw .notASession(path: path)
            }
            if lockFile(descriptor) == EWOULDBLOCK { throw .inUse(path: path) }
            // Whoever had the lock may have put another file in this one's place.
            guard leads(place, to: status) else { continue }
            let folder = place.lastIndex(of: "/").map { String(place[...$0]) } ?? "."
            guard unsafe access(folder, W_OK | X_OK) == 0 else {
                throw .system(operation: "write", path: path, errorNumber: errno)
            }
            isTaken = true
            return (descriptor, status.st_size == 0)
        }
    }

    private static func status(_ descriptor: Int32) -> stat? {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 ? status : nil
    }

    /// Whether a path leads to this very file.
    private static func leads(_ path: String, to file: stat) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_ino == file.st_ino && status.st_dev == file.st_dev
    }
}
