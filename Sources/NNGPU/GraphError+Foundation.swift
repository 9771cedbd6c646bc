import Foundation
import NNGraph

// NNGraph itself imports nothing.
extension GraphError: LocalizedError {
    /// The sentence of `description`, for `localizedDescription`.
    public var errorDescription: String? { description }
}
