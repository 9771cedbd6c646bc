import NNGPU

/// A convolution of square images as a network has it, and which of its three products.
public struct ConvolutionCase: Codable, Hashable, Sendable {
    /// What is computed.
    public enum Part: String, CaseIterable, Codable, Sendable {
        /// The outputs, of images and weights.
        case forward
        /// The gradient of the images, of the outputs' gradient and the weights.
        case input
        /// The gradient of the weights, of the outputs' gradient and the images.
        case weight
    }

    /// What is computed.
    public let part: Part
    /// The images.
    public let batch: Int
    /// The channels of the images.
    public let inputs: Int
    /// The channels of the outputs.
    public let outputs: Int
    /// The height and width of the images.
    public let size: Int
    /// The height and width of a window.
    public let kernel: Int
    /// The distance from one window to the next.
    public let stride: Int
    /// The zeros around an image.
    public let padding: Int
    /// The distance from one place of a window to the next.
    public let dilation: Int
    /// The groups that channels fall into.
    public let groups: Int

    /// Describes a convolution.
    public init(
        _ part: Part, batch: Int = 32, inputs: Int, outputs: Int, size: Int, kernel: Int,
        stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
    ) {
        self.part = part
        self.batch = batch
        self.inputs = inputs
        self.outputs = outputs
        self.size = size
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
    }

    /// The height and width of the outputs.
    public var outputSize: Int {
        (size + 2 * padding - (kernel - 1) * dilation - 1) / stride + 1
    }

    /// Floating-point operations, those with zeros around an image included.
    public var flops: Double {
        [2, batch, outputSize, outputSize, outputs, inputs / groups, kernel, kernel].reduce(1) {
            $0 * Double($1)
        }
    }

    /// The shape, such as `3x64 64x64 k7 s2 p3 input`.
    public var label: String {
        var words = ["\(inputs)x\(outputs)", "\(size)x\(size)", "k\(kernel)"]
        for (letter, value, usual) in [
            ("s", stride, 1), ("p", padding, 0), ("d", dilation, 1), ("g", groups, 1),
        ] where value != usual {
            words.append("\(letter)\(value)")
        }
        return (words + [part.rawValue]).joined(separator: " ")
    }

    /// First layers for gray and colour images, 3×3, 5×5 and 1×1 of small and of larger networks, depthwise, grouped
    /// and dilated ones; each part of each.
    public static let all: [ConvolutionCase] = [
        (1, 32, 28, 3, 1, 1, 1, 1), (1, 6, 28, 5, 1, 2, 1, 1), (3, 16, 32, 3, 1, 1, 1, 1),
        (3, 32, 32, 5, 1, 2, 1, 1), (3, 64, 64, 7, 2, 3, 1, 1), (32, 64, 28, 3, 1, 1, 1, 1),
        (64, 64, 14, 3, 1, 1, 1, 1), (16, 16, 32, 3, 1, 1, 1, 1), (16, 32, 32, 3, 2, 1, 1, 1),
        (32, 32, 16, 3, 1, 1, 1, 1), (64, 64, 8, 3, 1, 1, 1, 1), (64, 128, 16, 3, 2, 1, 1, 1),
        (128, 128, 8, 3, 1, 1, 1, 1), (256, 256, 4, 3, 1, 1, 1, 1), (16, 32, 14, 5, 1, 2, 1, 1),
        (64, 256, 16, 1, 1, 0, 1, 1), (16, 32, 32, 1, 2, 0, 1, 1), (64, 64, 16, 3, 1, 1, 1, 64),
        (64, 64, 16, 3, 1, 1, 1, 4), (32, 32, 16, 3, 1, 2, 2, 1),
    ].flatMap { inputs, outputs, size, kernel, stride, padding, dilation, groups in
        Part.allCases.map {
            ConvolutionCase(
                $0, inputs: inputs, outputs: outputs, size: size, kernel: kernel, stride: stride,
                padding: padding, dilation: dilation, groups: groups)
        }
    }
}
