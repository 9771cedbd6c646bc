import NNGraph
import NNReference
import Testing

@testable import NNOpenCL

/// Every kernel that can compute a matrix product, forced on products of all kinds.
@Suite(.enabled(if: !TestBackend.devices.isEmpty))
struct ProductKernelTests {
    @Test(arguments: ProductChoice.thorough)
    func everyProductAgrees(choice: ProductChoice) throws {
        try withOpenCL(choice.form == .serial ? .openCLSerial : .openCLWorkgroup) { backend in
            try expectAgreement(of: choice, on: backend, ProductEntry.all.get())
        }
    }

    @Test(arguments: ProductChoice.others)
    func everyDivisionAgrees(choice: ProductChoice) throws {
        try withOpenCL(.openCLWorkgroup) { backend in
            try expectAgreement(of: choice, on: backend, ProductEntry.few.get())
        }
    }

    /// On CPUs, rows of 512 floats whose columns are read lie apart by more than that.
    @Test(arguments: ProductChoice.thorough)
    func resultsMayHavePaddedRows(choice: ProductChoice) throws {
        let entry = ConformanceCase(
            "a product of a product", [.real([9, 5]), .real([5, 512]), .real([9, 3])]
        ) { x in
            try matmul(matmul(x[0], x[1]), x[2], transposeA: true)
        }
        let reference = ReferenceBackend<Bounded>()
        let bounds = try reference.bounds(
            of: run(entry.graph(), on: reference, inputs: entry.values()).buffer(named: "y"))
        try withOpenCL(.openCLSerial) { backend in
            backend.preferredProduct = choice
            defer { backend.preferredProduct = nil }
            let result = try run(entry.graph(), on: backend, inputs: entry.values())
            let values = try backend.values(of: result.buffer(named: "y"))
            expectAdmitted(values, by: bounds, "\(choice)")
        }
    }

    @Test func candidatesFitTheDevice() throws {
        let device = try Device.at(0)
        for tile in BlockTile.candidates { #expect(tile.fits(device), "\(tile)") }
    }

    @Test func tilesThatDoNotFitAreRefused() throws {
        let device = try Device.at(0)
        var tile = try #require(BlockTile.candidates.last)
        tile.blockDepth = 12
        #expect(!tile.fits(device))
        tile.blockDepth = 8 * device.localMemoryBytes
        #expect(!tile.fits(device))
        tile = BlockTile(blockRows: 24, blockColumns: 16, blockDepth: 8, rows: 16, columns: 4)
        #expect(!tile.fits(device))
        tile = BlockTile(
            blockRows: 4 * device.maximumWorkgroupSize, blockColumns: 8, blockDepth: 8, rows: 4,
            columns: 4)
        #expect(!tile.fits(device))
    }
}

/// Records an issue unless a choice computes all entries within their bounds, with as many launches
/// as it should take, and twice with the same bits.
func expectAgreement(
    of choice: ProductChoice, on backend: OpenCLBackend, _ entries: [ProductEntry]
) throws {
    backend.preferredProduct = choice
    defer { backend.preferredProduct = nil }
    for entry in entries {
        guard let launchCount = choice.launchCount(entry) else { continue }
        let executable = try run(entry.entry.graph(), on: backend, inputs: entry.values)
        let first = try backend.values(of: executable.buffer(named: "y"))
        expectAdmitted(first, by: entry.bounds, "\(entry.entry.name), \(choice)")
        let before = backend.statistics.launches
        try executable.run()
        #expect(
            backend.statistics.launches - before == launchCount, "\(entry.entry.name), \(choice)")
        let second = try backend.values(of: executable.buffer(named: "y"))
        expectSameBits(second, first, "\(entry.entry.name), \(choice), second run")
    }
}
