#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif
import StrictJSON

/// Files that are read whole, because they are small, and beginnings of others.
public enum SmallFile {
    public static func read(_ path: String, limit: Int) throws(CheckpointError) -> [UInt8] {
        let file = try MappedFile(path: path)
        guard file.byteCount <= limit else {
            throw .fileTooLarge(path: path, byteCount: file.byteCount, limit: limit)
        }
        return file.withBytes { unsafe $0.withUnsafeBytes { unsafe Array($0) } }
    }

    /// The first bytes of a file of any size, at most `count`.
    public static func beginning(of path: String, count: Int) throws(CheckpointError) -> [UInt8] {
        let file = try MappedFile(path: path)
        return file.bytes(0..<min(count, file.byteCount)) ?? []
    }
}

/// Small files that hold JSON.
enum JSONFile {
    /// The object in a file of hyperparameters, of at most 1 MiB.
    static func object(_ path: String) throws(CheckpointError) -> JSONObject {
        guard FilePath.exists(path) else { throw .noConfiguration(path: path) }
        guard let object = try read(path, limit: 1 << 20).objectValue else {
            throw .configurationIsNotAnObject(path: path)
        }
        return object
    }

    static func read(_ path: String, limit: Int) throws(CheckpointError) -> JSONValue {
        let bytes = try SmallFile.read(path, limit: limit)
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw .badJSON(path: path, reason: error)
        }
    }
}

/// Paths as text.
public enum FilePath {
    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    public static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func joined(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    /// The part after the last slash.
    package static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The path of another file in the folder of `path`.
    static func sibling(of path: String, named name: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return name }
        return path[...slash] + name
    }

    /// The names in a folder, sorted.
    public static func names(in folder: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 1) { unsafe String(cString: $0) }
            }
            names.append(name)
        }
        return names.sorted()
    }
}
