// Presets that take images.
extension Preset {
    /// The size of MNIST's images, unless the data have another.
    private static let small = [1, 28, 28]

    static let images: [Preset] = [
        Preset("lenet", "LeNet-5 (LeCun et al., 1998), for images", ofImages: small) { _ in
            [
                "- conv2d: {channels: 6, kernel: 5, padding: 2}", "- tanh", "- avgpool2d: 2",
                "- conv2d: {channels: 16, kernel: 5}", "- tanh", "- avgpool2d: 2", "- flatten",
                "- linear: 120", "- tanh", "- linear: 84", "- tanh",
            ]
        },
        Preset("cnn", "three convolutions and a hidden layer, for images", ofImages: small) { _ in
            func convolution(_ channels: Int) -> [String] {
                ["- conv2d: {channels: \(channels), kernel: 3, padding: same}", "- relu"]
            }
            return convolution(32) + convolution(64) + ["- maxpool2d: 2"] + convolution(64)
                + ["- maxpool2d: 2", "- flatten", "- linear: 128", "- relu"]
        },
        Preset(
            "resnet20", "a residual network of 20 layers (He et al., 2015), for small images",
            ofImages: small
        ) {
            _ in residualNetwork(blocks: 3, widths: [16, 32, 64])
        },
        Preset(
            "mobilenet-small",
            "depthwise separable convolutions (Howard et al., 2017), half as wide, for small images",
            ofImages: small, [Option("filters", 16)]
        ) {
            separableNetwork(filters: $0.count("filters"))
        },
        Preset(
            "resnet18",
            "a residual network of 18 layers (He et al., 2015) with torchvision's names",
            ofImages: [3, 224, 224], outputs: 1000, [Option("filters", 64)], lastName: "fc"
        ) {
            namedResidualNetwork(filters: $0.count("filters"))
        },
    ]

    /// Three groups of residual blocks of two convolutions each, the later ones on half the width and height.
    private static func residualNetwork(blocks: Int, widths: [Int]) -> [String] {
        func convolution(_ channels: Int, kernel: Int = 3, stride: Int = 1) -> String {
            "- conv2d: {channels: \(channels), kernel: \(kernel), stride: \(stride), padding: \(kernel / 2), "
                + "bias: false}"
        }
        func block(_ channels: Int, stride: Int) -> [String] {
            let layers = [
                convolution(channels, stride: stride), "- batchnorm", "- relu",
                convolution(channels),
                "- batchnorm",
            ]
            let shortcut = [convolution(channels, kernel: 1, stride: stride), "- batchnorm"]
            return ["- residual:", "    layers:"] + layers.map { "      " + $0 }
                + (stride == 1 ? [] : ["    downsample:"] + shortcut.map { "      " + $0 }) + [
                    "- relu"
                ]
        }
        let start = [convolution(widths[0]), "- batchnorm", "- relu"]
        return start
            + widths.enumerated().flatMap { group, width in
                (0..<blocks).flatMap { block(width, stride: group > 0 && $0 == 0 ? 2 : 1) }
            } + ["- adaptiveavgpool2d", "- flatten"]
    }

    /// MobileNet (Howard et al., 2017, table 1), scaled for small images.
    ///
    /// The width multiplier is ½, and the images are of about 32 by 32 instead of 224 by 224: the first convolution keeps
    /// the size, the widths end at half of 512 after three halvings of the size, and the five blocks of equal width and the
    /// last stage are left out. The functions are ReLU6, as in MobileNetV2.
    private static func separableNetwork(filters: Int) -> [String] {
        func separable(_ inputs: Int, _ outputs: Int, stride: Int) -> [String] {
            [
                "- conv2d: {channels: \(inputs), kernel: 3, stride: \(stride), padding: 1, groups: \(inputs), "
                    + "bias: false}",
                "- batchnorm", "- relu6",
                "- conv2d: {channels: \(outputs), kernel: 1, bias: false}",
                "- batchnorm", "- relu6",
            ]
        }
        let start = [
            "- conv2d: {channels: \(filters), kernel: 3, padding: 1, bias: false}", "- batchnorm",
            "- relu6",
        ]
        // The outputs of each block, as multiples of the first convolution's, and its stride.
        let blocks = [(2, 1), (4, 2), (4, 1), (8, 2), (8, 1), (16, 2), (16, 1)]
        let inputs = [1] + blocks.map(\.0)
        return start
            + zip(inputs, blocks).flatMap { inputs, block in
                separable(inputs * filters, block.0 * filters, stride: block.1)
            } + ["- adaptiveavgpool2d", "- flatten"]
    }

    /// torchvision's `resnet18`: its parameters have the same names.
    private static func namedResidualNetwork(filters: Int) -> [String] {
        func convolution(_ name: String, _ channels: Int, _ kernel: Int, _ stride: Int) -> String {
            "- {name: \(name), conv2d: {channels: \(channels), kernel: \(kernel), stride: \(stride), "
                + "padding: \(kernel / 2), bias: false}}"
        }
        func block(_ place: Int, _ channels: Int, stride: Int, isShort: Bool) -> [String] {
            let body = [
                convolution("conv1", channels, 3, stride), "- {name: bn1, batchnorm: }",
                "- {name: relu, relu: }", convolution("conv2", channels, 3, 1),
                "- {name: bn2, batchnorm: }",
            ]
            let shortcut = [convolution("0", channels, 1, stride), "- {name: 1, batchnorm: }"]
            return ["- name: \(place)", "  residual:", "    layers:"]
                + body.map { "      " + $0 }
                + (isShort ? ["    downsample:"] + shortcut.map { "      " + $0 } : [])
                + ["- {name: relu\(place), relu: }"]
        }
        let stages = (0..<4).flatMap { stage in
            let (channels, stride) = (filters << stage, stage == 0 ? 1 : 2)
            let blocks =
                block(0, channels, stride: stride, isShort: stage > 0)
                + block(1, channels, stride: 1, isShort: false)
            return ["- name: layer\(stage + 1)", "  sequential:"] + blocks.map { "    " + $0 }
        }
        return [
            convolution("conv1", filters, 7, 2), "- {name: bn1, batchnorm: }",
            "- {name: relu, relu: }",
            "- {name: maxpool, maxpool2d: {size: 3, stride: 2, padding: 1}}",
        ] + stages + ["- {name: avgpool, adaptiveavgpool2d: }", "- {name: flatten, flatten: }"]
    }
}
