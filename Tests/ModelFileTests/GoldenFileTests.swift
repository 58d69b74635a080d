import StrictJSON
import TestSupport
import Testing

@testable import ModelFile

/// Files of every version ever written stay readable. `Tests/Golden/format/README.md` says how they were made.
@Suite struct GoldenFiles {
    @Test(arguments: ["1.0-every-feature", "1.0-one-matrix"])
    func areReadAsOnTheDayTheyWereMade(_ name: String) throws {
        let path = golden("format/\(name).q8z")
        #expect(try digests(of: path) == lines(of: readFile(golden("format/\(name).digests"))))
        try ModelFile(path: path).verifyAll()
    }

    /// Makes new golden files where `VENCEJO_GOLDEN` names a folder; for a new version of the format.
    @Test(.enabled(if: environment("VENCEJO_GOLDEN") != nil))
    func areMadeOnRequest() throws {
        let folder = environment("VENCEJO_GOLDEN") ?? ""
        try writeSamples(tinySamples, to: "\(folder)/1.0-every-feature.q8z")
        var writer = try ModelFileWriter(path: "\(folder)/1.0-one-matrix.q8z")
        try oneMatrix.write(to: &writer)
        try writer.finish(header: Header(config: [:]))
    }

    /// The worked example of docs/FORMAT.md: rows [1, -2] and [200, 3], scales 0.5 and 0.25.
    private var oneMatrix: Int8Matrix {
        var matrix = Int8Matrix("w", rows: 2, columns: 2)
        matrix.symbols = [1, -2, 200, 3]
        matrix.scales = [0.5, 0.25] + [Float](repeating: 0, count: 14)
        return matrix
    }

    @Test func theWorkedExampleOfTheDocumentIsTheGoldenFile() throws {
        let document = lines(of: readFile("\(packageRoot)/docs/FORMAT.md"))
        var bytes: [UInt8] = []
        for line in document where line.wholeMatch(of: /[0-9a-f]{4}  ([0-9a-f]{2} )+ .*/) != nil {
            let offset = try #require(Int(line.prefix(4), radix: 16))
            bytes += repeatElement(0, count: offset - bytes.count)  // lines of zeros are left out of the document
            bytes += line.dropFirst(6).prefix(47).split(separator: " ").compactMap { UInt8($0, radix: 16) }
        }
        #expect(bytes == readFile(golden("format/1.0-one-matrix.q8z")))
        #expect(oneMatrix.weights == [0.5, -1, 50, 0.75])
        #expect(try ModelFile(path: golden("format/1.0-one-matrix.q8z")).arrays.count == 3)
    }
}
