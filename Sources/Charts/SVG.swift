import Foundation

/// Writes SVG elements: escapes what is text and keeps numbers short.
struct SVG {
    private(set) var text = ""

    /// Opens a drawing of a size in its own units, with what it shows for those who do not see it.
    init(width: Double, height: Double, title: String, kind: String) {
        text =
            "<svg class=\"\(kind)\" viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\" "
            + "role=\"img\" aria-label=\"\(Self.escaped(title))\">"
            + "<title>\(Self.escaped(title))</title>"
    }

    mutating func close() { text += "</svg>" }

    mutating func path(_ data: String, _ classes: String) {
        if !data.isEmpty { text += "<path class=\"\(classes)\" d=\"\(data)\"/>" }
    }

    mutating func rect(
        x: Double, y: Double, width: Double, height: Double, radius: Double = 0,
        opacity: Double = 1, _ classes: String
    ) {
        text +=
            "<rect class=\"\(classes)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" "
            + "width=\"\(Self.number(width))\" height=\"\(Self.number(height))\""
            + (radius > 0 ? " rx=\"\(Self.number(radius))\"" : "")
            + (opacity < 1 ? " fill-opacity=\"\(String(format: "%.2f", opacity))\"" : "") + "/>"
    }

    /// Pixels with what they show for those who point at them.
    mutating func image(
        _ image: PageImage, x: Double, y: Double, width: Double, height: Double,
        description: String
    ) {
        text +=
            "<image class=\"mark pixels\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" "
            + "width=\"\(Self.number(width))\" height=\"\(Self.number(height))\" "
            + "href=\"\(image.dataURI)\"><title>\(Self.escaped(description))</title></image>"
    }

    mutating func label(
        _ string: String, x: Double, y: Double, anchor: String = "start", _ classes: String = "",
        turned degrees: Int = 0
    ) {
        let turn =
            degrees == 0
            ? "" : " transform=\"rotate(\(degrees) \(Self.number(x)) \(Self.number(y)))\""
        text +=
            "<text\(classes.isEmpty ? "" : " class=\"\(classes)\"") x=\"\(Self.number(x))\" "
            + "y=\"\(Self.number(y))\" text-anchor=\"\(anchor)\"\(turn)>"
            + Self.escaped(string) + "</text>"
    }

    /// A label on an outline of the paper's color, readable on whatever lies below.
    mutating func haloedLabel(
        _ string: String, x: Double, y: Double, anchor: String = "start", _ classes: String
    ) {
        for style in ["halo", classes] { label(string, x: x, y: y, anchor: anchor, style) }
    }

    /// A number with a tenth of a unit, which no eye tells from more.
    static func number(_ value: Double) -> String {
        let rounded = (value * 10).rounded() / 10
        return rounded == rounded.rounded()
            ? String(Int(rounded)) : String(format: "%.1f", rounded)
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }

    /// About how wide a label is: browsers measure, this only has to leave room.
    static func width(of label: String, size: Double = 12) -> Double {
        Double(label.count) * size * 0.62
    }
}
