extension Network {
    /// The layer that gives an output, without those after it that change no number outside of training; nil for a
    /// merge, or a model of the caller's own.
    package func lastLayer(of output: String) -> (any Layer)? {
        switch body {
        case .layer(let layer): output == Self.outputName ? layer.last : nil
        case .model(let model): (model as? ModelGraph)?.lastLayer(of: output)
        }
    }
}

extension ModelGraph {
    fileprivate func lastLayer(of output: String) -> (any Layer)? {
        var name = outputs[output]
        // A part takes what stands before it, so each is passed once.
        for part in parts.reversed() where part.name == name {
            switch part.function {
            case .merge: return nil
            case .layer(let layer):
                if let last = layer.last { return last }
                name = part.sources.first
            case .shared(let other): return self.layer(of: other)?.last
            }
        }
        return nil
    }

    private func layer(of name: String) -> (any Layer)? {
        for part in parts where part.name == name {
            if case .layer(let layer) = part.function { return layer }
        }
        return nil
    }
}

extension Layer {
    /// The last layer inside of this one, or itself; nil if it only passes numbers on.
    fileprivate var last: (any Layer)? {
        switch self {
        case is Dropout, is Flatten: nil
        case let sequence as Sequential:
            sequence.layers.reversed().lazy.compactMap(\.last).first
        default: self
        }
    }
}
