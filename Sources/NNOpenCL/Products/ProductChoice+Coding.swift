extension ProductChoice: Codable {
    private enum CodingKeys: String, CodingKey {
        case panel, dot, block, clBlast
    }

    /// Reads `{"panel": {…}}`, `{"dot": {…}}`, `{"block": {…}}` or `{"clBlast": true}` with numbers
    /// that a kernel can run with.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // Tiles of sums that no device has registers for would take a compiler hours.
        let registers: [Int]
        let sizes: [Int]
        if let tile = try container.decodeIfPresent(PanelTile.self, forKey: .panel) {
            self = .panel(tile)
            registers = [tile.rows, tile.vectors]
            sizes = [tile.strips, tile.blockRows, tile.depth]
        } else if let tile = try container.decodeIfPresent(DotTile.self, forKey: .dot) {
            self = .dot(tile)
            registers = [tile.rows]
            sizes = [tile.blockRows, tile.blockColumns]
        } else if let tile = try container.decodeIfPresent(BlockTile.self, forKey: .block) {
            self = .block(tile)
            registers = [tile.rows, tile.columns]
            sizes = [tile.blockRows, tile.blockColumns, tile.blockDepth, tile.parts]
        } else {
            guard try container.decode(Bool.self, forKey: .clBlast) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .clBlast, in: container, debugDescription: "it can only be true")
            }
            self = .clBlast
            (registers, sizes) = ([], [])
        }
        guard registers.allSatisfy({ (1...32).contains($0) }),
            sizes.allSatisfy({ (1...1 << 20).contains($0) })
        else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath + Array(container.allKeys.prefix(1)),
                    debugDescription: "no kernel divides the work so"))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .panel(let tile): try container.encode(tile, forKey: .panel)
        case .dot(let tile): try container.encode(tile, forKey: .dot)
        case .block(let tile): try container.encode(tile, forKey: .block)
        case .clBlast: try container.encode(true, forKey: .clBlast)
        }
    }
}

extension ProductChoice: CustomStringConvertible {
    var description: String {
        switch self {
        case .panel(let tile):
            "panel \(tile.rows)×\(tile.vectors)v, \(tile.strips) strips, blocks of \(tile.blockRows)"
        case .dot(let tile): "dot \(tile.rows)×4, blocks of \(tile.blockRows)×\(tile.blockColumns)"
        case .block(let tile):
            "block \(tile.blockRows)×\(tile.blockColumns)×\(tile.blockDepth), "
                + "\(tile.rows)×\(tile.columns) each, \(tile.parts) parts"
        case .clBlast: "CLBlast"
        }
    }
}
