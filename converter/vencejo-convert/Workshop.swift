import Conversion
import ModelFile
import Report

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Makes the files of a report, and takes away those that nobody wants to keep.
final class Workshop {
    private let folder: ReportFolder
    private let terminal: Terminal
    private var temporary: [String] = []

    init(folder: ReportFolder, terminal: Terminal) { (self.folder, self.terminal) = (folder, terminal) }

    func clear() { for path in temporary { unsafe unlink(path) } }

    @discardableResult func convert(
        _ plan: ConversionPlan, to outputs: [(path: String, options: ConversionOptions)]
    ) throws(ConversionError) -> [String] {
        var paths = outputs.map(\.path)
        func leaveOut(_ path: String, _ error: ConversionError) {
            terminal.print("note: \(path) is left out: \(error)")
            paths.removeAll { $0 == path }
        }
        try Conversion.convert(plan, to: outputs, onUnreachable: leaveOut) { progress in
            terminal.show(progress)
            return !Interruption.happened
        }
        return paths
    }

    /// A checkpoint's weights in float32, in a file that is taken away.
    func convert(_ plan: ConversionPlan, named name: String) throws(ConversionError) -> ReportedFile {
        let path = folder.file("temporary-\(String(UInt64.random(in: 0...(.max)), radix: 36)).q8z")
        temporary.append(path)
        try convert(plan, to: [(path, Ladder.base)])
        return ReportedFile(path: path, name: name)
    }

    /// A GGUF file by its weights.
    func convert(gguf path: String) throws(ConversionError) -> ReportedFile {
        let plan = try ConversionPlan(path: path)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let file = try convert(plan, named: name)
        return ReportedFile(
            path: file.path, name: name,
            original: ReportedFile.Original(
                format: "GGUF", byteCount: try plan.sourceByteCount(), storage: plan.sourceTypes,
                arrayByteCounts: plan.sourceByteCounts))
    }
}
