extension Diagram {
    private static let width = 420.0
    private static let boxHeight = 34.0

    /// The drawing as one inline SVG element, from top to bottom.
    public var svg: String {
        let rows = layers
        let hasLabels = edges.contains { $0.label != nil }
        let gap = hasLabels ? 34.0 : 20.0
        let height = Double(rows.count) * (Self.boxHeight + gap) - gap + 8
        var places: [Int: (x: Double, y: Double, width: Double)] = [:]
        for (index, row) in rows.enumerated() {
            let y = 4 + Double(index) * (Self.boxHeight + gap)
            let slot = Self.width / Double(row.count)
            for (column, node) in row.enumerated() {
                let text = max(
                    SVG.width(of: nodes[node].label),
                    SVG.width(of: nodes[node].value ?? ""))
                places[node] = (
                    (Double(column) + 0.5) * slot, y, min(slot - 8, max(52, text + 18))
                )
            }
        }
        var drawing = SVG(width: Self.width, height: height, title: title, kind: "diagram")
        for edge in edges {
            guard let start = places[edge.start], let end = places[edge.end] else { continue }
            drawing.path(arrow(from: start, to: end), "mark edge")
        }
        for (index, node) in nodes.enumerated() {
            guard let place = places[index] else { continue }
            drawing.rect(
                x: place.x - place.width / 2, y: place.y, width: place.width,
                height: Self.boxHeight, radius: 6, node.isAccented ? "node accent" : "node")
            let middle = place.y + Self.boxHeight / 2
            drawing.label(
                node.label, x: place.x, y: middle + (node.value == nil ? 4 : -2),
                anchor: "middle", "value")
            if let value = node.value {
                drawing.label(value, x: place.x, y: middle + 12, anchor: "middle")
            }
        }
        for edge in edges {
            guard let label = edge.label, let start = places[edge.start],
                let end = places[edge.end]
            else { continue }
            drawing.haloedLabel(
                label, x: (start.x + end.x) / 2 + 8,
                y: (start.y + Self.boxHeight + end.y) / 2 + 4, "edge-label")
        }
        drawing.close()
        return drawing.text
    }

    private func arrow(
        from start: (x: Double, y: Double, width: Double),
        to end: (x: Double, y: Double, width: Double)
    ) -> String {
        let (top, tip) = (start.y + Self.boxHeight, end.y)
        let number = SVG.number
        let bend = (tip - top) / 2
        return "M\(number(start.x)) \(number(top))"
            + "C\(number(start.x)) \(number(top + bend)) \(number(end.x)) \(number(tip - bend)) "
            + "\(number(end.x)) \(number(tip))"
            + "m-3.5 -6l3.5 6l3.5 -6"
    }

    /// The drawing in characters: a line for each box, with what it is computed from.
    public func text(width: Int = 80) -> String {
        let lines = nodes.indices.map { index in
            let node = nodes[index]
            let sources = edges.filter { $0.end == index }.map { edge in
                "(\(edge.start + 1))" + (edge.label.map { " × \($0)" } ?? "")
            }
            let head = "\(index + 1)".leftPadded(to: 3) + "  " + node.label
            return head + (node.value.map { " = \($0)" } ?? "")
                + (sources.isEmpty ? "" : "  ← " + sources.joined(separator: ", "))
        }
        return ([title] + lines.map { String($0.prefix(width)) }).joined(separator: "\n")
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
