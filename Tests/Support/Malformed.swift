import Foundation
import NNFiles
import Testing

/// Bytes that must be refused, and a part of the sentence that says why.
package struct Malformed: CustomTestStringConvertible, Sendable {
    package let name: String
    package let bytes: [UInt8]
    package let sentence: String

    package init(_ name: String, _ bytes: [UInt8], _ sentence: String) {
        self.name = name
        self.bytes = bytes
        self.sentence = sentence
    }

    package init(_ name: String, _ text: String, _ sentence: String) {
        self.init(name, Array(text.utf8), sentence)
    }

    package var testDescription: String { name }
}

/// Expects a `DataError` whose sentence holds every part, on one line and with an end.
package func expectDataError(
    saying parts: String..., sourceLocation: SourceLocation = #_sourceLocation,
    from body: () throws -> Void
) {
    let error = #expect(throws: DataError.self, sourceLocation: sourceLocation, performing: body)
    guard let error else { return }
    for part in parts {
        #expect(error.description.contains(part), sourceLocation: sourceLocation)
    }
    #expect(error.description.hasSuffix("."), sourceLocation: sourceLocation)
    #expect(!error.description.contains("\n"), sourceLocation: sourceLocation)
    #expect(error.localizedDescription == error.description, sourceLocation: sourceLocation)
}
