/// Why a file must not be written to a path, where something stands there already.
public enum OutputConflict: Sendable, Equatable {
    /// It is a file that is being read.
    case isInput
    /// It is a folder, a device or the like, which a new file cannot take the place of.
    case isNotAFile

    /// What stands against writing to `path`; nil where nothing does. A path that cannot be examined conflicts with
    /// nothing: writing to it will tell.
    ///
    /// - Parameters:
    ///   - path: what is to be written.
    ///   - inputs: the files that are being read, by whatever names.
    public init?(writing path: String, reading inputs: [FileIdentity]) {
        let output: FileIdentity
        do throws(ModelFileError) {
            output = try FileIdentity(path: path)
        } catch {
            guard case .notARegularFile = error else { return nil }
            self = .isNotAFile
            return
        }
        guard inputs.contains(where: output.isSameFile) else { return nil }
        self = .isInput
    }
}
