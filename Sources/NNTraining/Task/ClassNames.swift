import Foundation
import NNFiles

extension Safetensors {
    private static let classNamesKey = "nngpu.classes"

    /// What the classes of a saved model are called, by label, if the file says it.
    public var classNames: [String]? {
        get {
            metadata[Self.classNamesKey].flatMap {
                try? JSONDecoder().decode([String].self, from: Data($0.utf8))
            }
        }
        set {
            metadata[Self.classNamesKey] = newValue.flatMap {
                (try? JSONEncoder().encode($0)).map { String(decoding: $0, as: UTF8.self) }
            }
        }
    }
}
