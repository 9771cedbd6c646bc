/// Pixels in bytes: shades of gray, or red, green and blue.
package struct Image: Equatable, Sendable {
    package let height: Int
    package let width: Int
    /// 1 for gray, 3 for red, green and blue.
    package let channels: Int
    /// The channels of each pixel beside each other, row by row from the top.
    package let bytes: [UInt8]

    /// Describes an image of as many bytes as its sizes ask for.
    package init(height: Int, width: Int, channels: Int, bytes: [UInt8]) {
        precondition(
            bytes.count == height * width * channels, "\(bytes.count) bytes for an image")
        self.height = height
        self.width = width
        self.channels = channels
        self.bytes = bytes
    }

    /// The image in so many channels.
    ///
    /// Gray is 0.299 red, 0.587 green and 0.114 blue, in 16 binary places and rounded: ITU-R BT.601, as Pillow's
    /// `convert("L")` has it. From gray, each channel is the shade.
    package func converted(toChannels count: Int) -> Image {
        guard count != channels else { return self }
        var converted: [UInt8] = []
        converted.reserveCapacity(height * width * count)
        if count == 3 {
            for shade in bytes {
                converted.append(shade)
                converted.append(shade)
                converted.append(shade)
            }
        } else {
            for pixel in stride(from: 0, to: bytes.count, by: 3) {
                let shade =
                    19_595 * UInt32(bytes[pixel]) + 38_470 * UInt32(bytes[pixel + 1])
                    + 7471 * UInt32(bytes[pixel + 2])
                converted.append(UInt8((shade + 0x8000) >> 16))
            }
        }
        return Image(height: height, width: width, channels: count, bytes: converted)
    }

    /// The bytes channel by channel, as [channels, height, width].
    package var planes: [UInt8] {
        guard channels > 1 else { return bytes }
        let (count, channels) = (height * width, channels)
        return [UInt8](unsafeUninitializedCapacity: bytes.count) { planes, filled in
            bytes.withUnsafeBufferPointer { bytes in
                for channel in 0..<channels {
                    var source = channel
                    for place in channel * count..<(channel + 1) * count {
                        planes[place] = bytes[source]
                        source += channels
                    }
                }
            }
            filled = bytes.count
        }
    }

    /// The image as somebody sees it who turns it by what a camera noted.
    ///
    /// - Parameter orientation: Exif's number from 1 to 8: which sides of the scene its first row and column are.
    /// - Returns: The image with its first row at the top and its first column on the left.
    package func oriented(_ orientation: Int) -> Image {
        // Where the first pixel comes from, and how far it is from there to what lies right of it and below it.
        let (right, down) = (1, width)
        let lastColumn = width - 1
        let lastRow = (height - 1) * width
        let (first, across, along): (Int, Int, Int)
        switch orientation {
        case 2: (first, across, along) = (lastColumn, -right, down)
        case 3: (first, across, along) = (lastRow + lastColumn, -right, -down)
        case 4: (first, across, along) = (lastRow, right, -down)
        case 5: (first, across, along) = (0, down, right)
        case 6: (first, across, along) = (lastRow, -down, right)
        case 7: (first, across, along) = (lastRow + lastColumn, -down, -right)
        case 8: (first, across, along) = (lastColumn, down, -right)
        default: return self
        }
        let (newHeight, newWidth) = orientation > 4 ? (width, height) : (height, width)
        var turned: [UInt8] = []
        turned.reserveCapacity(bytes.count)
        for y in 0..<newHeight {
            for x in 0..<newWidth {
                let pixel = channels * (first + x * across + y * along)
                for channel in 0..<channels { turned.append(bytes[pixel + channel]) }
            }
        }
        return Image(height: newHeight, width: newWidth, channels: channels, bytes: turned)
    }
}
