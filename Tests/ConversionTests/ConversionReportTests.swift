import StrictJSON
import TestSupport
import Testing

@testable import Conversion

@Suite struct Reports {
    @Test(arguments: [(0.0, 3, "0.000"), (1.2345, 2, "1.23"), (0.9999, 2, "1.00"), (12, 0, "12"), (0.005, 3, "0.005")])
    func writeNumbersWithFixedDecimals(value: Double, digits: Int, text: String) {
        #expect(fixed(value, digits: digits) == text)
    }

    @Test(arguments: [(0.0, "0"), (1.0, "1.00e0"), (0.000123456, "1.23e-4"), (99_960, "1.00e5"), (0.09996, "1.00e-1")])
    func writeNumbersWithExponents(value: Double, text: String) {
        #expect(scientific(value) == text)
    }

    @Test func alignTheirTable() throws {
        let folder = TemporaryDirectory()
        let plan = try ConversionPlan(path: golden("checkpoints/untied"))
        let report = try convert(plan, to: folder.file("a.q8z"), options: ConversionOptions(blockLength: 64))
        let lines = report.table.split(separator: "\n")
        #expect(lines.count == 1 + 2 + 4 * 2 + 1)
        #expect(Set(lines.map(\.count)).count == 1)
        let json = try JSONValue(parsing: report.jsonText)
        #expect(json["matrices"]?.arrayValue?.count == lines.count - 1)
        #expect(json["byte_count"]?.intValue == report.byteCount)
        let matrices = report.matrices.reduce(0) { $0 + $1.byteCount }
        #expect(json["weight_byte_count"]?.intValue == report.weightByteCount)
        #expect(matrices < report.weightByteCount && report.weightByteCount < report.byteCount)
    }
}
