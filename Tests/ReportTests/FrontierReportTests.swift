import ModelFile
import Pages
import StrictJSON
import TestSupport
import Testing

@testable import Report

@Suite struct FrontierReports {
    private static let made = Result { try Samples().report() }

    @Test func haveEveryFigureAsJSON() throws {
        let json = try JSONValue(parsing: Array(Self.made.get().json.encoded(pretty: true).utf8))
        #expect(json["program"] == "tests")
        #expect(json["base"] == "f32.q8z" && json["checkpoint"] == "f32")
        #expect(json["comparison_protocol"] == "llama.cpp")
        #expect(json["text"]?["is_own"] == true)
        let files = try #require(json["files"]?.arrayValue)
        #expect(files.map { $0["is_base"]?.boolValue } == [true, false, false])
        #expect(files.map { $0["format"]?.stringValue } == ["q8z", "q8z", "GGUF"])
        for file in files {
            for rules in ["huggingface", "llama.cpp"] {
                let text = try #require(file["protocols"]?[rules])
                #expect(try #require(text["perplexity"]?.doubleValue) > 1)
                #expect(try #require(text["nll_standard_error"]?.doubleValue) > 0)
                #expect(text["context"]?.intValue == 24)
                #expect(try #require(text["tokens"]?.intValue) > 100)
            }
            let matrices = try #require(file["matrices"]?.arrayValue)
            #expect(matrices.count == 2 + 2 * 4)
            let isBase = file["is_base"]?.boolValue == true
            #expect(file["kl"]?.isNull == isBase)
            #expect(file["nll_difference"]?.isNull == isBase && file["nll_difference_standard_error"]?.isNull == isBase)
            #expect(
                matrices.allSatisfy { ($0["relative_error"]?.doubleValue == 0) == isBase }, "errors are from the base")
            #expect(file["speed"]?.isNull == true)
            guard !isBase else { continue }
            for key in ["mean", "standard_error", "median", "p99", "p999", "max"] {
                #expect(try #require(file["kl"]?[key]?.doubleValue) >= 0)
            }
            #expect((0.9...1).contains(try #require(file["same_top1"]?.doubleValue)))
            #expect(try #require(file["delta_p_rms"]?.doubleValue) > 0)
        }
        #expect(files[2]["byte_count"]?.intValue == 12_345)
        #expect(files[2]["symbols"]?.isNull == true)
        let symbols = try #require(files[1]["symbols"])
        let counts = try #require(symbols["counts"]?.arrayValue).compactMap(\.intValue)
        let weights = try #require(files[1]["matrices"]?.arrayValue).filter { $0["name"] != "position_embedding" }
            .reduce(0) { $0 + ($1["rows"]?.intValue ?? 0) * ($1["columns"]?.intValue ?? 0) }
        #expect(counts.reduce(0, +) == weights)
        #expect(symbols["first"]?.intValue == -127)
        #expect((5...8).contains(try #require(symbols["entropy_bits"]?.doubleValue)))
    }

    @Test func areOnePageThatFetchesNothing() throws {
        let html = try Self.made.get().html
        for reference in ["http:", "https:", "src=", "href=", "url(", "@import", "fetch(", "<link", "<img", "<iframe"] {
            #expect(!html.contains(reference), "\(reference)")
        }
        #expect(html.contains("default-src 'none'"))
        for opened in ["main", "section", "figure", "svg", "g", "table", "details", "script", "style", "li"] {
            let count = { (text: String) in html.ranges(of: text).count }
            #expect(count("<\(opened)>") + count("<\(opened) ") == count("</\(opened)>"), "\(opened)")
        }
        // All charts have both files; the base is a line in one of them.
        #expect(html.ranges(of: "role=\"img\" aria-label=\"peer.gguf: 0.012 MB").count == 2)
        #expect(html.ranges(of: "role=\"img\" aria-label=\"peer.gguf: ").count == 3)
        #expect(html.ranges(of: "class=\"level\"").count == 1)
        // Each has a number in all charts, the key and the table; nobody has to tab through the charts.
        #expect(html.ranges(of: ">1</text>").count == 3 && html.ranges(of: ">2</text>").count == 3)
        #expect(html.contains("<li class=\"theirs\"><bdi>peer.gguf</bdi>"))
        #expect(html.contains("<b class=\"theirs\">1</b> <bdi>peer.gguf</bdi>"))
        #expect(!html.contains("class=\"point theirs\" tabindex"))
        #expect(html.ranges(of: "Across: file size, MB, from ").count == 2)
        #expect(html.ranges(of: "Across: a token reads, MB, from ").count == 1)
        #expect(html.contains("<title>Accuracy and size of f32</title>"))
        #expect(try Samples().report(checkpoint: "swift").html.contains("<title>Accuracy and size of swift</title>"))
        #expect(html.contains("<html lang=\"en\">") && html.contains("width=device-width"))
    }

    @Test func takeNamesForNothingButNames() throws {
        let report = try Self.made.get()
        let escaped = "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;|*.q8z"
        #expect(report.html.contains(escaped))
        #expect(!report.html.contains("<script>alert"))
        #expect(HTML.escaped("a\u{0}\u{1B}[2Jb") == "a\u{FFFD}\u{FFFD}[2Jb")
        #expect(report.markdown.contains(#"\<script\>alert("1" \& '2')\</script\>\|\*.q8z"#))
        #expect(FrontierReport.escaped("a\nb") == "a b")
        // What turns the direction of writing, a line's end, nothing to be seen; a joiner is part of a word.
        let deceptive = "\u{202E}\u{2066}\u{2028}\u{200B}\u{200D}"
        for escaped in [HTML.escaped(deceptive), FrontierReport.escaped(deceptive)] {
            #expect(escaped == "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{200D}")
        }
    }

    @Test func haveATableAsMarkdown() throws {
        let report = try Self.made.get()
        let rows = report.markdown.split(separator: "\n").filter { $0.hasPrefix("| ") }
        let widths = rows.map {
            $0.replacing("\\|", with: "").split(separator: " | ", omittingEmptySubsequences: false).count
        }
        #expect(rows.count == 2 + 3)
        #expect(Set(widths).count == 1, "\(rows)")
        #expect(rows[0].contains("| size, MB | bits / weight | KL, nats |"))
        #expect(!rows[0].contains("tokens/s"), "what was not measured has no column")
        #expect(rows[2].hasPrefix("| f32.q8z (base) |"))
        #expect(rows[3].hasPrefix("| peer.gguf |"), "the smallest first")
        let (head, cells) = (rows[0].split(separator: " | "), rows[3].split(separator: " | "))
        for heading in ["KL, nats", "perplexity, huggingface", "perplexity, llama.cpp"] {
            let column = try #require(head.firstIndex { $0 == heading })
            #expect(cells[column].contains(" ± "), "\(heading)")
        }
    }

    @Test func areWrittenToAFolder() throws {
        let folder = TemporaryDirectory()
        let paths = try ReportFolder(folder.path).write(Self.made.get())
        #expect(paths == ["report.md", "report.json", "report.html"].map(folder.file))
        #expect(folder.contents == ["report.html", "report.json", "report.md"])
        #expect(throws: ReportError.folder(path: folder.file("report.md"), errorNumber: 20)) {
            try ReportFolder(folder.file("report.md"))
        }
    }

    @Test func areNotMeasuredWhereTheyCannotBeWritten() throws {
        let folder = TemporaryDirectory()
        let path = folder.file("report.html")
        let inTheWay = try ReportFolder(path)
        defer { inTheWay.removeIfEmpty() }
        let error = ReportError.output(.system(operation: "write", path: path, errorNumber: 21))
        #expect(throws: error) { try ReportFolder(folder.path) }
        #expect(folder.contents == ["report.html"])
    }

    @Test func areTheSameAgain() throws {
        #expect(try Samples().report().html == Self.made.get().html)
    }

    @Test func sayWhatFilesWereCalibratedOn() {
        func making(_ quantization: JSONObject?) -> String {
            FileResult(
                name: "a", format: "q8z", isBase: false, source: nil, byteCount: 1, weightCount: 1, weightByteCount: 1,
                storage: "int8", quantization: quantization, matrices: [], symbols: nil
            ).making
        }
        #expect(making(nil) == "int8" && making(["precision": "int8"]) == "int8")
        #expect(
            making(["calibration": "a.txt", "calibration_tokens": 64, "divergence": 0.001])
                == "int8; calibration text: a.txt, 64 tokens, KL 1.0e-3 nats on what was held out of it")
    }
}
