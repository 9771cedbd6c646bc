import ArgumentParser
import NNGPU
import NNModelFiles

/// `nngpu model`.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Prints a preset as a model file, or what a model consists of.",
        discussion: """
            A model file is YAML or JSON: `input`, the shape of a sample, and `layers`, one after the \
            other. What a layer takes is inferred. An entry may have a `name`, and with `from: NAME` it \
            takes what an input or a layer before gives; sum, product and concatenate join several, \
            and like calls a layer again with the same parameters. `inputs` names several inputs, and \
            `outputs` the layers whose results come out.

            Without an argument, presets and layers are listed.

            Examples: nngpu model mlp:layers=3,width=256 > my.yaml
                      nngpu train --model my.yaml
                      nngpu model my.yaml
            """)

    @Argument(
        help: ArgumentHelp("A preset, a model file or a saved model.", valueName: "preset|file"),
        completion: .file())
    var model: String?

    func run() throws {
        guard let model else { return try list() }
        let given = try GivenModel(model)
        if let text = given.presetText { return try Console.print(String(text.dropLast())) }
        let layout = try ParameterLayout(of: given.network)
        for input in given.network.inputs {
            try Console.print(
                "input \(input.name): \(input.elementType.rawValue) \(input.shape)"
                    + (input.sampleShape == input.shape ? "" : ", of samples \(input.sampleShape)")
                    + (input.resizesImages ? ", images brought to that size" : "")
                    + (input.tokenizer.map { ", tokens that are \($0)" } ?? "")
                    + (input.columns.map { ", columns \(Self.list($0))" } ?? ""))
        }
        try Console.print(ModelSummary(of: given.network).description)
        for (name, shape) in layout.outputShapes.sorted(by: { $0.key < $1.key }) {
            try Console.print("output \(name): \(Shape(Array(shape.dimensions.dropFirst())))")
        }
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(12).map(\.printable).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
    }

    private func list() throws {
        let presets = Preset.all.map { preset in
            [
                preset.name,
                preset.options.map { "\($0.name)=\($0.fallback)" }.joined(separator: ","),
                preset.summary,
            ]
        }
        try Console.print(Console.table([["preset", "options", ""]] + presets))
        let layers = LayerKind.all.map { [$0.name, $0.form] }
        try Console.print("\n" + Console.table([["layer", "options"]] + layers))
    }
}
