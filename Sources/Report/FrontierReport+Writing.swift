import ModelFile
import StrictJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The folder that a report is written to.
public struct ReportFolder: Sendable {
    /// Where it is.
    public let path: String
    private let isNew: Bool

    /// Makes the folder, if there is none yet, and sees that it takes the report's files: now, not after an hour of
    /// measuring.
    public init(_ path: String) throws(ReportError) {
        self.path = path
        isNew = unsafe mkdir(path, 0o777) == 0
        guard isNew || errno == EEXIST else {
            throw .folder(path: path, errorNumber: errno)
        }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw .folder(path: path, errorNumber: errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .folder(path: path, errorNumber: ENOTDIR) }
        for name in ["report.md", "report.json", "report.html"] {
            do throws(ModelFileError) {
                guard unsafe stat(file(name), &status) != 0 || status.st_mode & S_IFMT != S_IFDIR else {
                    throw .system(operation: "write", path: file(name), errorNumber: EISDIR)
                }
                _ = try TemporaryFile(target: file(name))
            } catch {
                removeIfEmpty()
                throw .output(error)
            }
        }
    }

    /// Takes the folder away if it was made for a report and nothing came into it.
    public func removeIfEmpty() { if isNew { unsafe rmdir(path) } }

    /// The path of a file in it.
    public func file(_ name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

    /// Writes the report in its three forms and gives their paths.
    public func write(_ report: FrontierReport) throws(ReportError) -> [String] {
        var paths: [String] = []
        for (name, text) in [
            ("report.md", report.markdown), ("report.json", report.json.encoded(pretty: true) + "\n"),
            ("report.html", report.html),
        ] {
            do {
                var output = try TemporaryFile(target: file(name))
                try output.append(Array(text.utf8))
                try output.commit()
            } catch { throw .output(error) }
            paths.append(file(name))
        }
        return paths
    }
}
