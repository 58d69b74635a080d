import Pages

/// A chart of points with numbers, drawn as SVG with the colours of the page.
struct Chart {
    struct Point {
        let x, y: Double
        /// Drawn as a bar up and down, where it is longer than the mark.
        let standardError: Double
        /// By which the page's key tells whose it is.
        let number: Int
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
    /// A line across.
    var level: Double?

    private static let (width, height) = (400.0, 320.0)
    private static let (right, top, floor) = (width - 18, 14.0, height - 44)
    /// Room for the axis' title and the longest number beside it.
    private var left: Double { 30 + 7.2 * Double(y.ticks.map(\.label.count).max() ?? 0) }

    private func horizontal(_ value: Double) -> Double { left + x(value) * (Self.right - left) }

    private func vertical(_ value: Double) -> Double {
        Self.floor - max(0, min(1, y(value))) * (Self.floor - Self.top)
    }

    var svg: String {
        var labels = Labels(x: left...Self.right, y: Self.top...Self.floor)
        for point in points {
            labels.keepClear(point: (horizontal(point.x), vertical(point.y)))
            if let bar = bar(point) { labels.keepClear(from: bar.0, to: bar.1) }
        }
        var lines = [
            "<svg viewBox=\"0 0 \(Self.width.fixed(0)) \(Self.height.fixed(0))\" role=\"group\" "
                + "aria-label=\"\(HTML.escaped(words))\">"
        ]
        lines += grid
        if let level {
            let y = vertical(level)
            lines.append(line("level", (left, y), (Self.right, y)))
            labels.keepClear(from: (left, y), to: (Self.right, y))
        }
        for series in ["theirs", "ours"] {
            let corners = frontier(series)
            guard corners.count > 1 else { continue }
            for (start, end) in zip(corners, corners.dropFirst()) { labels.keepClear(from: start, to: end) }
            let path = corners.map { "\($0.x.fixed(1)),\($0.y.fixed(1))" }.joined(separator: " ")
            lines.append("<polyline class=\"\(series)\" points=\"\(path)\"/>")
        }
        for point in points { lines.append(mark(point, &labels)) }
        return (lines + ["</svg>"]).joined(separator: "\n")
    }

    /// What it shows: the axes with their units and ends.
    private var words: String {
        func axis(_ title: String, _ scale: Scale) -> String {
            "\(title), from \(scale.ticks.first?.label ?? "") to \(scale.ticks.last?.label ?? "")"
        }
        return "\(title). Across: \(axis(xTitle, x)). Upwards: \(axis(yTitle, y))."
    }

    /// Lines at the ticks, their numbers, and what the axes are.
    private var grid: [String] {
        let (right, floor) = (Self.right, Self.floor)
        var lines: [String] = ["<g class=\"axis\" aria-hidden=\"true\">"]
        for tick in x.ticks {
            let place = left + tick.place * (right - left)
            lines.append(line("tick", (place, Self.top), (place, floor)))
            lines.append(text(tick.label, (place, floor + 16), "middle"))
        }
        for tick in y.ticks {
            let place = floor - tick.place * (floor - Self.top)
            lines.append(line("tick", (left, place), (right, place)))
            lines.append(text(tick.label, (left - 6, place + 4), "end"))
        }
        lines.append(text(xTitle, ((left + right) / 2, Self.height - 8), "middle"))
        let middle = ((Self.top + floor) / 2).fixed(1)
        lines.append(
            "<text transform=\"translate(13 \(middle)) rotate(-90)\" text-anchor=\"middle\">\(HTML.escaped(yTitle))</text>"
        )
        return lines + ["</g>"]
    }

    typealias Place = (x: Double, y: Double)

    /// Those points of a series that no other of it beats in both directions.
    private func frontier(_ series: String) -> [Place] {
        var best = Double.infinity
        return points.filter { $0.series == series }.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
            .filter { point in
                guard point.y < best else { return false }
                best = point.y
                return true
            }
            .map { (horizontal($0.x), vertical($0.y)) }
    }

    /// The ends of a point's standard error, where they stick out of its mark.
    private func bar(_ point: Point) -> (Place, Place)? {
        let x = horizontal(point.x)
        let (top, bottom) = (vertical(point.y + point.standardError), vertical(point.y - point.standardError))
        guard bottom - top > 12 else { return nil }
        return ((x, top), (x, bottom))
    }

    private func mark(_ point: Point, _ labels: inout Labels) -> String {
        let place = (x: horizontal(point.x), y: vertical(point.y))
        let (x, y) = (place.x.fixed(1), place.y.fixed(1))
        var parts = [
            point.series == "ours"
                ? "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"4.5\"/>"
                : "<path d=\"M\(x) \((place.y - 6).fixed(1))l6 6-6 6-6-6z\"/>"
        ]
        if let bar = bar(point) { parts.insert(line("error", bar.0, bar.1), at: 0) }
        let label = "\(point.number)"
        let spot = labels.place(label, beside: place)
        if spot.needsLine { parts.insert(line("leader", place, spot.place), at: 0) }
        parts.append(text(label, (spot.place.x, spot.place.y + 4.5), "middle"))
        let description = HTML.escaped(point.description)
        return "<g class=\"point \(point.series)\" role=\"img\" aria-label=\"\(description)\">"
            + "<title>\(description)</title>\(parts.joined())</g>"
    }

    private func line(_ look: String, _ start: Place, _ end: Place) -> String {
        "<line class=\"\(look)\" x1=\"\(start.x.fixed(1))\" y1=\"\(start.y.fixed(1))\" x2=\"\(end.x.fixed(1))\" "
            + "y2=\"\(end.y.fixed(1))\"/>"
    }

    private func text(_ words: String, _ place: Place, _ anchor: String) -> String {
        "<text x=\"\(place.x.fixed(1))\" y=\"\(place.y.fixed(1))\" text-anchor=\"\(anchor)\">\(HTML.escaped(words))</text>"
    }
}

/// Where numbers stand near their points, so that they cover no other, no point and no line.
struct Labels {
    /// What they must stay within.
    let x, y: ClosedRange<Double>
    private var points: [Chart.Place] = []
    private var taken: [(x: ClosedRange<Double>, y: ClosedRange<Double>)] = []

    init(x: ClosedRange<Double>, y: ClosedRange<Double>) { (self.x, self.y) = (x, y) }

    mutating func keepClear(point: Chart.Place) {
        points.append(point)
        keepClear(point.x, point.y, by: 6)
    }

    private mutating func keepClear(_ x: Double, _ y: Double, by room: Double) {
        taken.append((x - room...x + room, y - room...y + room))
    }

    mutating func keepClear(from start: Chart.Place, to end: Chart.Place) {
        let (x, y) = (end.x - start.x, end.y - start.y)
        let count = (max(x.magnitude, y.magnitude) / 3).rounded(.up)
        for step in stride(from: 0, through: count, by: 1) where count > 0 {
            keepClear(start.x + x * step / count, start.y + y * step / count, by: 1.5)
        }
    }

    /// The sides of a point, the best first.
    private static let sides = [
        (1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0), (1.0, -1.0), (-1.0, -1.0), (1.0, 1.0), (-1.0, 1.0),
        (1.0, -0.5), (-1.0, -0.5), (1.0, 0.5), (-1.0, 0.5), (0.5, -1.0), (-0.5, -1.0), (0.5, 1.0), (-0.5, 1.0),
    ]

    /// The middle of the nearest place that is free, which it then no longer is; and whether a line has to lead there,
    /// because it is far or some other point is about as near.
    mutating func place(_ label: String, beside point: Chart.Place) -> (place: Chart.Place, needsLine: Bool) {
        let half = 4 * Double(label.count)
        for distance in stride(from: 0.0, through: 120, by: 6) {
            for (right, down) in Self.sides {
                let place = (x: point.x + right * (8 + half + distance), y: point.y + down * (13 + distance))
                let (across, along) = (place.x - half...place.x + half, place.y - 6...place.y + 6)
                guard x.lowerBound <= across.lowerBound, across.upperBound <= x.upperBound,
                    y.lowerBound <= along.lowerBound, along.upperBound <= y.upperBound,
                    !taken.contains(where: { $0.x.overlaps(across) && $0.y.overlaps(along) })
                else { continue }
                taken.append((across, along))
                let reach = 1.7 * Self.square(point, place)
                let isNearOthers = points.contains { $0 != point && Self.square($0, place) < reach }
                return (place, distance > 0 || isNearOthers)
            }
        }
        return ((point.x, point.y - 13), false)
    }

    private static func square(_ a: Chart.Place, _ b: Chart.Place) -> Double {
        (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)
    }
}
