/// A picture of a page or of a terminal.
public enum Figure: Sendable {
    /// Numbers on axes.
    case chart(Chart)
    /// Boxes and arrows.
    case diagram(Diagram)

    /// What the picture shows, in a few words.
    public var title: String {
        switch self {
        case .chart(let chart): chart.title
        case .diagram(let diagram): diagram.title
        }
    }

    /// What a reader should notice.
    public var caption: String {
        switch self {
        case .chart(let chart): chart.caption
        case .diagram(let diagram): diagram.caption
        }
    }

    /// The picture as one inline SVG element.
    public var svg: String {
        switch self {
        case .chart(let chart): chart.svg
        case .diagram(let diagram): diagram.svg
        }
    }

    /// The picture in characters, at most so many columns wide.
    public func text(width: Int = 80, colors: Bool = false) -> String {
        switch self {
        case .chart(let chart): chart.text(width: width, colors: colors)
        case .diagram(let diagram): diagram.text(width: width)
        }
    }
}
