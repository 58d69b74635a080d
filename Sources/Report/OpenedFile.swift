import GPT2
import ModelFile
import StrictJSON

/// A model file that belongs into the report: of the base's checkpoint, as far as its arrays tell.
struct OpenedFile {
    let reported: ReportedFile
    let file: ModelFile
    let configuration: Configuration

    init(_ reported: ReportedFile) throws(ReportError) {
        self.reported = reported
        do { file = try ModelFile(path: reported.path) } catch { throw .file(path: reported.path, error) }
        do { configuration = try Configuration(json: .object(file.header.config)) } catch {
            throw .configuration(path: reported.path, error)
        }
    }

    /// Refuses a file whose arrays have other shapes than the base's.
    func check(beside base: OpenedFile) throws(ReportError) {
        for array in base.configuration.arrays {
            let found = file.array(named: array.name)
            guard let found, found.rows == array.rows, found.columns == array.columns else {
                throw .otherModel(
                    path: reported.original == nil ? reported.path : reported.name, array: array.name,
                    found: found.map { "\($0.rows) × \($0.columns)" } ?? "not there",
                    expected: "\(array.rows) × \(array.columns)")
            }
        }
    }

    /// What can be said without running it.
    ///
    /// - Parameters:
    ///   - base: nil for the base itself.
    ///   - goesOn: asked before every matrix.
    func result(beside base: OpenedFile?, while goesOn: (String) -> Bool) throws(ReportError) -> FileResult {
        var matrices: [MatrixResult] = []
        var symbols: SymbolCounts?
        for expected in configuration.arrays where expected.role != .vector {
            guard goesOn(expected.name) else { throw .interrupted }
            let array = try require(expected.name)
            var error = 0.0
            if let base { error = try distance(of: array, from: base) }
            matrices.append(
                MatrixResult(
                    name: expected.name, rows: expected.rows, columns: expected.columns,
                    byteCount: byteCount(of: array), relativeError: error))
            guard array.elementType == .int8 else { continue }
            var counts = symbols ?? SymbolCounts()
            do {
                for (index, count) in try file.symbolCounts(of: array).enumerated() { counts.counts[index] += count }
            } catch { throw .file(path: reported.path, error) }
            counts.escapeCount += file.array(named: "\(array.name).escapes")?.rows ?? 0
            symbols = counts
        }
        let arrays = configuration.arrays.compactMap { file.array(named: $0.name) }
        return FileResult(
            name: reported.name, format: reported.original?.format ?? "q8z", isBase: base == nil, source: source,
            byteCount: reported.original?.byteCount ?? file.byteCount,
            weightCount: arrays.reduce(0) { $0 + $1.elementCount },
            weightByteCount: arrays.reduce(0) { $0 + byteCount(of: $1) },
            tokenByteCount: arrays.filter { $0.name != ArrayName.positionEmbedding }.reduce(0) {
                $0 + byteCount(of: $1)
            },
            storage: reported.original?.storage ?? storage,
            quantization: reported.original == nil ? file.header.quantization : nil,
            matrices: matrices, symbols: symbols)
    }

    private func require(_ name: String) throws(ReportError) -> ArrayDescription {
        guard let array = file.array(named: name) else {
            throw .otherModel(path: reported.path, array: name, found: "not there", expected: "there")
        }
        return array
    }

    private func byteCount(of array: ArrayDescription) -> Int {
        reported.original?.arrayByteCounts[array.name] ?? file.storedByteCountWithCompanions(of: array)
    }

    /// ‖stored − base‖ / ‖base‖, added in the order of the rows.
    private func distance(of array: ArrayDescription, from base: OpenedFile) throws(ReportError) -> Double {
        let theirs = try base.weights(of: base.require(array.name))
        let ours = try weights(of: array)
        var (errors, weights) = (0.0, 0.0)
        for (weight, stored) in zip(theirs, ours) {
            let error = Double(stored) - Double(weight)
            errors += error * error
            weights += Double(weight) * Double(weight)
        }
        return weights == 0 ? 0 : (errors / weights).squareRoot()
    }

    private func weights(of array: ArrayDescription) throws(ReportError) -> [Float] {
        do { return try file.weights(of: array) } catch { throw .file(path: reported.path, error) }
    }

    private var source: String? {
        let source = file.header.provenance["sources"]?.arrayValue?.first
        return source?["name"]?.stringValue.map { name in
            name + (source?["sha256"]?.stringValue.map { ", SHA-256 \($0.prefix(12))…" } ?? "")
        }
    }

    /// How it is stored, from the header's "quantization": "int8, scale row, zstd".
    private var storage: String {
        let quantization = file.header.quantization
        var words = [quantization["precision"]?.stringValue ?? "mixed"]
        for key in ["method", "scale", "activations"] {
            guard let word = quantization[key]?.stringValue, word != "round-to-nearest" else { continue }
            words.append(key == "method" ? word : "\(key) \(word)")
        }
        let compressed = file.arrays.contains { $0.storage == .zstd }
        return (words + [compressed ? "zstd" : "raw"]).joined(separator: ", ")
    }
}
