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
        if isEmpty, let file = Self.identity(descriptor, place), file.byteCount == 0, Self.leads(place, to: file) {
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
            guard let file = identity(descriptor, place) else { throw .notASession(path: path) }
            if lockFile(descriptor) == EWOULDBLOCK { throw .inUse(path: path) }
            // Whoever had the lock may have put another file in this one's place.
            guard leads(place, to: file) else { continue }
            let folder = place.lastIndex(of: "/").map { String(place[...$0]) } ?? "."
            guard unsafe access(folder, W_OK | X_OK) == 0 else {
                throw .system(operation: "write", path: path, errorNumber: errno)
            }
            isTaken = true
            return (descriptor, file.byteCount == 0)
        }
    }

    private static func identity(_ descriptor: Int32, _ path: String) -> FileIdentity? {
        try? FileIdentity(descriptor: descriptor, path: path)
    }

    /// Whether a path leads to this very file.
    private static func leads(_ path: String, to file: FileIdentity) -> Bool {
        (try? FileIdentity(path: path))?.isSameFile(as: file) ?? false
    }
}
