/// A model file that is to be in a report.
public struct ReportedFile: Sendable, Equatable {
    /// What it is called in tables and charts.
    public let name: String
    /// The `.q8z` file that is measured.
    public let path: String
    /// Another runtime's file that it stands for; nil where it stands for itself.
    public let original: Original?

    /// A file of another runtime, whose weights were put into a `.q8z` file in float32.
    public struct Original: Sendable, Equatable {
        /// What kind of file it is, "GGUF" say.
        public let format: String
        /// Its size.
        public let byteCount: Int
        /// How its matrices are stored, in a word or two.
        public let storage: String
        /// Bytes of each array, by the names of a `.q8z` file.
        public let arrayByteCounts: [String: Int]

        /// What a file was.
        public init(format: String, byteCount: Int, storage: String, arrayByteCounts: [String: Int]) {
            (self.format, self.byteCount, self.storage) = (format, byteCount, storage)
            self.arrayByteCounts = arrayByteCounts
        }
    }

    /// A file to be measured.
    ///
    /// - Parameters:
    ///   - path: where it lies.
    ///   - name: nil takes the file's own.
    ///   - original: what it was before it became a model file; nil where it always was one.
    public init(path: String, name: String? = nil, original: Original? = nil) {
        (self.path, self.original) = (path, original)
        self.name = name ?? FileBytes.name(path)
    }

    /// The files under names that tell them apart: paths, where two have one name.
    public static func named(_ paths: [String]) -> [ReportedFile] {
        let names = paths.map(FileBytes.name)
        return zip(paths, names).map { path, name in
            ReportedFile(path: path, name: names.filter { $0 == name }.count > 1 ? path : name)
        }
    }
}
