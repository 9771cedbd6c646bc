/// A picture of a page or of a terminal.
public enum Figure: Sendable {
    /// Numbers on axes.
    case chart(Chart)
    /// Boxes and arrows.
    case diagram(Diagram)
    /// Pictures of pixels in rows.
    case gallery(Gallery)

    /// What the picture shows, in a few words.
    public var title: String {
        switch self {
        case .chart(let chart): chart.title
        case .diagram(let diagram): diagram.title
        case .gallery(let gallery): gallery.title
        }
    }

    /// What a reader should notice.
    public var caption: String {
        switch self {
        case .chart(let chart): chart.caption
        case .diagram(let diagram): diagram.caption
        case .gallery(let gallery): gallery.caption
        }
    }

    /// The picture as one inline SVG element.
    public var svg: String {
        switch self {
        case .chart(let chart): chart.svg
        case .diagram(let diagram): diagram.svg
        case .gallery(let gallery): gallery.svg
        }
    }

    /// The picture in characters, at most so many columns wide.
    public func text(width: Int = 80, colors: Bool = false) -> String {
        switch self {
        case .chart(let chart): chart.text(width: width, colors: colors)
        case .diagram(let diagram): diagram.text(width: width)
        case .gallery(let gallery): gallery.text(width: width)
        }
    }
}
