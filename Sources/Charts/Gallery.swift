/// Pictures of pixels in named rows, such as the filters of a layer.
public struct Gallery: Sendable {
    /// A part of a picture that is framed, in pixels from its upper left corner.
    public struct Region: Sendable, Equatable {
        /// The first column.
        public let left: Double
        /// The first row.
        public let top: Double
        /// How many columns.
        public let width: Double
        /// How many rows.
        public let height: Double

        /// Creates a part of a picture; what lies outside of the picture is cut off.
        public init(left: Double, top: Double, width: Double, height: Double) {
            (self.left, self.top, self.width, self.height) = (left, top, width, height)
        }
    }

    /// A picture with what it shows.
    public struct Picture: Sendable {
        /// The pixels.
        public let image: PageImage
        /// What it shows, for those who point at it.
        public let description: String
        /// The part that is framed, if one is.
        public let region: Region?

        /// Creates a picture.
        public init(_ image: PageImage, _ description: String, region: Region? = nil) {
            (self.image, self.description, self.region) = (image, description, region)
        }
    }

    /// Pictures beside each other; more than a line holds go on in the next.
    public struct Row: Sendable {
        /// What stands above them.
        public let name: String
        /// The pictures, from left to right.
        public let pictures: [Picture]

        /// Creates a row.
        public init(_ name: String, _ pictures: [Picture]) {
            (self.name, self.pictures) = (name, pictures)
        }
    }

    /// What the pictures show, in a few words.
    public let title: String
    /// The rows, from top to bottom.
    public let rows: [Row]
    /// What a reader should notice, and what black and white stand for.
    public let caption: String

    /// Creates a gallery.
    public init(_ title: String, rows: [Row], caption: String = "") {
        (self.title, self.rows, self.caption) = (title, rows, caption)
    }
}

extension Gallery {
    private static let width = 420.0
    private static let gap = 5.0
    private static let headingHeight = 20.0
    /// As many pictures as a line holds at least and at most, so that they are neither huge nor too small to see.
    private static let columns = 6...12

    /// The pictures as one inline SVG element.
    public var svg: String {
        let longest = rows.map(\.pictures.count).max() ?? 0
        let columns = min(max(longest, Self.columns.lowerBound), Self.columns.upperBound)
        let size = (Self.width - Self.gap * Double(columns - 1)) / Double(columns)
        let lines = rows.map { $0.pictures.chunked(columns) }
        let height = lines.reduce(4) {
            $0 + Self.headingHeight + Double($1.count) * (size + Self.gap)
        }
        // Those who do not see the pictures are told what is in them.
        let names = rows.map(\.name).joined(separator: "; ")
        var drawing = SVG(
            width: Self.width, height: height, title: "\(title): \(names)", kind: "gallery")
        var y = 0.0
        for (row, lines) in zip(rows, lines) {
            var name = row.name
            while SVG.width(of: name) > Self.width { name = name.dropLast(2) + "…" }
            drawing.label(name, x: 0, y: y + 15)
            y += Self.headingHeight
            for line in lines {
                for (column, picture) in line.enumerated() {
                    drawing.add(
                        picture, x: Double(column) * (size + Self.gap), y: y, size: size)
                }
                y += size + Self.gap
            }
        }
        drawing.close()
        return drawing.text
    }

    // MARK: - In characters

    private static let shades: [Character] = [" ", "░", "▒", "▓", "█"]
    /// As many columns as one picture takes at most.
    private static let widest = 16

    /// The pictures in characters, light ones for bright pixels, at most so many columns wide.
    public func text(width: Int = 80) -> String {
        let lines = rows.flatMap { row in
            [String(row.name.prefix(width))] + Self.lines(of: row.pictures, width: width)
        }
        return ([title] + lines).joined(separator: "\n")
    }

    private static func lines(of pictures: [Picture], width: Int) -> [String] {
        let drawn = pictures.map { Self.lines(of: $0.image) }
        let widest = drawn.map { $0.first?.count ?? 0 }.max() ?? 0
        let bands = drawn.chunked(max(1, (width + 2) / (widest + 2))).map { beside in
            (0..<(beside.map(\.count).max() ?? 0)).map { line in
                beside.map { lines in
                    line < lines.count ? lines[line] : String(repeating: " ", count: widest)
                }.joined(separator: "  ")
            }
        }
        return Array(bands.joined(separator: [""]))
    }

    /// A picture whose characters are twice as high as wide.
    private static func lines(of image: PageImage) -> [String] {
        let columns = min(2 * image.width, widest)
        let rows = max(1, columns * image.height / (2 * image.width))
        return (0..<rows).map { row in
            String(
                (0..<columns).map { column in
                    let brightness = image.brightness(
                        column: (2 * column + 1) * image.width / (2 * columns),
                        row: (2 * row + 1) * image.height / (2 * rows))
                    return shades[min(4, Int(brightness * 5))]
                })
        }
    }
}

extension SVG {
    /// A picture in the upper left of a square, as large as it may be there.
    fileprivate mutating func add(
        _ picture: Gallery.Picture, x: Double, y: Double, size: Double
    ) {
        let image = picture.image
        let scale = size / Double(max(image.width, image.height))
        let (width, height) = (Double(image.width) * scale, Double(image.height) * scale)
        self.image(
            image, x: x, y: y, width: width, height: height, description: picture.description)
        rect(x: x, y: y, width: width, height: height, "border")
        guard let region = picture.region else { return }
        let (left, top) = (max(0, region.left), max(0, region.top))
        let right = min(Double(image.width), region.left + region.width)
        let bottom = min(Double(image.height), region.top + region.height)
        guard left < right, top < bottom else { return }
        rect(
            x: x + left * scale, y: y + top * scale, width: (right - left) * scale,
            height: (bottom - top) * scale, "region s1")
    }
}

extension Array {
    /// The elements in order, so many in each part and fewer in the last.
    fileprivate func chunked(_ count: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: count).map {
            Array(self[$0..<Swift.min($0 + count, self.count)])
        }
    }
}
