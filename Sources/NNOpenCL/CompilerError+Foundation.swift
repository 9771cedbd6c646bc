import Foundation
import NNCompiler

// NNCompiler itself imports nothing but the graph.
extension CompilerError: LocalizedError {
    /// The sentence of `description`, for `localizedDescription`.
    package var errorDescription: String? { description }
}
