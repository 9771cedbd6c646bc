import NNModel

/// What becomes of the images of a folder.
public struct ImageOptions: Sendable, Equatable {
    /// What a pixel consists of.
    public enum Channels: Int, Sendable, CaseIterable {
        /// One shade.
        case gray = 1
        /// Red, green and blue.
        case color = 3
    }

    /// The height and width that all are brought to; nil if they have one size, which is kept.
    public var size: Size?
    /// What their pixels are turned into; nil for what the first ones have.
    public var channels: Channels?

    /// A height and a width.
    public struct Size: Sendable, Equatable {
        /// The number of rows, at least 1.
        public let height: Int
        /// The number of columns, at least 1.
        public let width: Int

        /// Describes a size.
        public init(height: Int, width: Int) {
            (self.height, self.width) = (height, width)
        }
    }

    /// Creates options; by default images stay as they are.
    public init(size: Size? = nil, channels: Channels? = nil) {
        (self.size, self.channels) = (size, channels)
    }

    /// What images have to be for a model that is to be applied to them.
    public init(for input: ModelInput) {
        guard let layout = ImageLayout(of: input.sampleShape.dimensions) else {
            self.init()
            return
        }
        self.init(
            size: input.resizesImages ? Size(height: layout.height, width: layout.width) : nil,
            channels: Channels(rawValue: layout.channels))
    }

    /// The same with what others say where these say nothing.
    public func or(_ others: ImageOptions) -> ImageOptions {
        ImageOptions(size: size ?? others.size, channels: channels ?? others.channels)
    }
}
