import ModelFile

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A model file beside the output that a conversion needs for a while. Nobody needs to know its name: errors tell the
/// output's.
struct TemporaryModel: ~Copyable {
    let path: String
    private let output: String

    init(beside output: String) throws(ConversionError) {
        let target = try ConversionError.wrapping { () throws(ModelFileError) in try resolvedPath(output) }
        path = temporaryPath(beside: target)
        self.output = output
    }

    deinit { unsafe unlink(path) }

    /// Writes it.
    ///
    /// - Returns: the checkpoint's files, for who writes another.
    @discardableResult
    func convert(
        _ plan: ConversionPlan, options: ConversionOptions,
        onProgress: @escaping (ConversionProgress) -> Bool
    ) throws(ConversionError) -> [SourceFile] {
        var conversion = ConversionRun(plan: plan, options: options, onProgress: onProgress)
        _ = try run(&conversion)
        return conversion.files ?? []
    }

    func run(_ conversion: inout ConversionRun) throws(ConversionError) -> ConversionReport {
        do throws(ConversionError) {
            return try conversion.run(path: path)
        } catch .file(.system(let operation, _, let number)) {
            throw .file(.system(operation: operation, path: output, errorNumber: number))
        }
    }
}
