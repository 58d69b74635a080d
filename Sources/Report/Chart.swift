import Pages

/// A chart of points, drawn as SVG with the colours of the page.
struct Chart {
    struct Point {
        let x, y: Double
        let name: String
        /// What is read out, and shown where one points at it.
        let description: String
        /// The class that gives its look: "ours", "theirs".
        let series: String
    }

    let title: String
    let xTitle: String
    let yTitle: String
    let x: Scale
    let y: Scale
    let points: [Point]
    /// A line across, and its name.
    var level: (y: Double, name: String)?

    private static let (width, height) = (440.0, 330.0)
    private static let (left, right, top, bottom) = (58.0, 14.0, 18.0, 46.0)

    private func horizontal(_ value: Double) -> Double {
        Self.left + x(value) * (Self.width - Self.left - Self.right)
    }

    private func vertical(_ value: Double) -> Double {
        Self.height - Self.bottom - y(value) * (Self.height - Self.top - Self.bottom)
    }

    var svg: String {
        var lines = [
            "<svg viewBox=\"0 0 \(Self.width.fixed(0)) \(Self.height.fixed(0))\" role=\"group\" "
                + "aria-label=\"\(HTML.escaped(title))\">"
        ]
        lines += grid
        var labels = Labels(width: Self.width, top: Self.top, bottom: Self.height - Self.bottom, left: Self.left)
        for point in points { labels.keepClear(horizontal(point.x), vertical(point.y)) }
        if let level {
            let (y, right) = (vertical(level.y), Self.width - Self.right)
            lines.append(
                "<line class=\"level\" x1=\"\(Self.left)\" x2=\"\(right)\" y1=\"\(y.fixed(1))\" y2=\"\(y.fixed(1))\"/>")
            let places = [
                (right, y - 5, "end"), (Self.left + 4, y - 5, "start"), (right, y + 14, "end"),
                (Self.left + 4, y + 14, "start"),
            ]
            if let place = labels.place(level.name, among: places) {
                lines.append(text(level.name, place, "levelname"))
            }
        }
        for series in ["theirs", "ours"] { lines += frontier(series) }
        for point in points { lines.append(mark(point, &labels)) }
        return (lines + ["</svg>"]).joined(separator: "\n")
    }

    /// Lines at the ticks, their numbers, and what the axes are.
    private var grid: [String] {
        let (right, floor) = (Self.width - Self.right, Self.height - Self.bottom)
        var lines: [String] = ["<g class=\"axis\" aria-hidden=\"true\">"]
        for tick in x.ticks {
            let place = (Self.left + tick.place * (right - Self.left)).fixed(1)
            lines.append("<line x1=\"\(place)\" x2=\"\(place)\" y1=\"\(Self.top)\" y2=\"\(floor)\"/>")
            lines.append("<text x=\"\(place)\" y=\"\(floor + 16)\" text-anchor=\"middle\">\(tick.label)</text>")
        }
        for tick in y.ticks {
            let place = floor - tick.place * (floor - Self.top)
            lines.append(
                "<line x1=\"\(Self.left)\" x2=\"\(right)\" y1=\"\(place.fixed(1))\" y2=\"\(place.fixed(1))\"/>")
            lines.append(
                "<text x=\"\(Self.left - 6)\" y=\"\((place + 4).fixed(1))\" text-anchor=\"end\">\(tick.label)</text>")
        }
        let middle = ((Self.top + floor) / 2).fixed(1)
        lines.append(
            "<text x=\"\(((Self.left + right) / 2).fixed(1))\" y=\"\(Self.height - 8)\" text-anchor=\"middle\">"
                + "\(HTML.escaped(xTitle))</text>")
        lines.append(
            "<text transform=\"translate(13 \(middle)) rotate(-90)\" text-anchor=\"middle\">\(HTML.escaped(yTitle))</text>"
        )
        return lines + ["</g>"]
    }

    /// A line through those points of a series that no other of it beats in both directions.
    private func frontier(_ series: String) -> [String] {
        var best = Double.infinity
        let corners = points.filter { $0.series == series }.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
            .filter { point in
                guard point.y < best else { return false }
                best = point.y
                return true
            }
        guard corners.count > 1 else { return [] }
        let path = corners.map { "\(horizontal($0.x).fixed(1)),\(vertical($0.y).fixed(1))" }
        return ["<polyline class=\"\(series)\" points=\"\(path.joined(separator: " "))\"/>"]
    }

    private func mark(_ point: Point, _ labels: inout Labels) -> String {
        let (x, y) = (horizontal(point.x), vertical(point.y))
        let shape =
            point.series == "ours"
            ? "<circle cx=\"\(x.fixed(1))\" cy=\"\(y.fixed(1))\" r=\"5\"/>"
            : "<path d=\"M\(x.fixed(1)) \((y - 6.5).fixed(1))l6.5 6.5-6.5 6.5-6.5-6.5z\"/>"
        let label = labels.place(point.name, beside: x, y).map { text(point.name, $0, "name") }
        let description = HTML.escaped(point.description)
        return "<g class=\"point \(point.series)\" tabindex=\"0\" role=\"img\" aria-label=\"\(description)\">"
            + "<title>\(description)</title>\(shape)\(label ?? "")</g>"
    }
}

extension Chart {
    private func text(_ name: String, _ place: Labels.Place, _ look: String) -> String {
        "<text class=\"\(look)\" x=\"\(place.x.fixed(1))\" y=\"\(place.y.fixed(1))\" text-anchor=\"\(place.anchor)\">"
            + "\(HTML.escaped(Labels.cut(name)))</text>"
    }
}

/// Where names stand beside their points, so that none covers another.
struct Labels {
    let width, top, bottom, left: Double
    private var taken: [(x: ClosedRange<Double>, y: ClosedRange<Double>)] = []

    init(width: Double, top: Double, bottom: Double, left: Double) {
        (self.width, self.top, self.bottom, self.left) = (width, top, bottom, left)
    }

    static func cut(_ name: String) -> String { name.count > 28 ? String(name.prefix(27)) + "…" : name }

    mutating func keepClear(_ x: Double, _ y: Double) { taken.append((x - 6...x + 6, y - 6...y + 6)) }

    typealias Place = (x: Double, y: Double, anchor: String)

    /// A place for a name beside a point; nil where every one is taken. The table has all names.
    mutating func place(_ name: String, beside x: Double, _ y: Double) -> Place? {
        place(
            name,
            among: [
                (x + 10, y + 4, "start"), (x - 10, y + 4, "end"), (x, y - 11, "middle"), (x, y + 19, "middle"),
                (x + 8, y - 9, "start"), (x - 8, y - 9, "end"), (x + 8, y + 17, "start"), (x - 8, y + 17, "end"),
            ])
    }

    /// The first of some places that is free, which it then no longer is.
    mutating func place(_ name: String, among places: [Place]) -> Place? {
        let length = Double(Self.cut(name).count) * 6.4 + 2
        for place in places {
            let start = place.anchor == "start" ? place.x : place.x - (place.anchor == "end" ? length : length / 2)
            let (across, up) = (start...start + length, place.y - 10...place.y + 3)
            guard across.lowerBound >= left, across.upperBound <= width, up.lowerBound >= top - 8,
                up.upperBound <= bottom,
                !taken.contains(where: { $0.x.overlaps(across) && $0.y.overlaps(up) })
            else { continue }
            taken.append((across, up))
            return place
        }
        return nil
    }
}
