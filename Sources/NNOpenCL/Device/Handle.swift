import COpenCL

/// Sole owner of one OpenCL object, which it releases at the end of its life.
///
/// Swift sees every OpenCL object as the same `OpaquePointer`; `kind` keeps them apart. Sendable
/// because OpenCL may be called from any thread, with the exception of `clSetKernelArg`.
final class Handle: @unchecked Sendable {
    let raw: OpaquePointer
    private let kind: LiveObjects.Kind

    /// Takes over an object that the caller has a reference to and will not release.
    init(adopting raw: OpaquePointer, as kind: LiveObjects.Kind) {
        self.raw = raw
        self.kind = kind
        LiveObjects.add(1, to: kind)
    }

    /// Creates an object with one of the `clCreate…` functions, which report through a pointer.
    convenience init(
        _ kind: LiveObjects.Kind, _ function: String, doing: @autoclosure () -> String? = nil,
        create: (UnsafeMutablePointer<Int32>) -> OpaquePointer?
    ) throws(OpenCLError) {
        var status = CL_SUCCESS
        let raw = create(&status)
        try check(status, function, doing: doing())
        guard let raw else {
            // A driver that claims success yet returns nothing must not be believed.
            throw .call(function: function, status: .outOfResources, doing: doing())
        }
        self.init(adopting: raw, as: kind)
    }

    deinit {
        // A failing release leaves nothing that could be done about it, least of all here.
        _ =
            switch kind {
            case .context: clReleaseContext(raw)
            case .queue: clReleaseCommandQueue(raw)
            case .buffer: clReleaseMemObject(raw)
            case .program: clReleaseProgram(raw)
            case .kernel: clReleaseKernel(raw)
            case .event: clReleaseEvent(raw)
            }
        LiveObjects.add(-1, to: kind)
    }
}
