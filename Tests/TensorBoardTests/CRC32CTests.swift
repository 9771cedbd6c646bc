import Foundation
import Testing

@testable import TensorBoard

@Suite struct CRC32CTests {
    /// The examples of RFC 3720, B.4.
    @Test(
        arguments: [
            (Data("123456789".utf8), 0xE306_9283), (Data(count: 32), 0x8A91_36AA),
            (Data(repeating: 0xFF, count: 32), 0x62A8_AB43), (Data(0..<32), 0x46DD_794E),
            (Data(), 0),
        ] as [(Data, UInt32)])
    func knownChecksums(bytes: Data, checksum: UInt32) {
        #expect(CRC32C.checksum(of: bytes) == checksum)
    }

    @Test func aMaskedChecksumIsTurnedBackByTheFormatsRule() {
        let masked = CRC32C.masked(of: Data("123456789".utf8))
        let turned = masked &- 0xA282_EAD8
        #expect(turned >> 17 | turned << 15 == 0xE306_9283)
    }
}
