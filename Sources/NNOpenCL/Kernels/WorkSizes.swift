/// How much work a work-item or a workgroup is given.
extension KernelLibrary {
    /// How many independent pieces of work keep the whole device busy.
    var desiredParallelism: Int { context.device.computeUnits * (form == .serial ? 16 : 8) }

    /// The columns that one unit of work reduces together in `Kernels/reduce_columns.cl`.
    var panelColumns: Int { form == .serial ? 8 * vectorWidth : 32 }

    /// The elements that a CPU core adds up, or a workgroup, while another pass could be launched.
    var shortestShare: Int { form == .serial ? 32768 : 8192 }

    /// The units of a kernel that gives each element a work-item of its own in the workgroup form.
    func units(rows: Int, width: Int) -> Int {
        form == .serial ? rows : (rows * width + workgroupSize - 1) / workgroupSize
    }

    /// Below a few thousand elements, handing out a share costs a CPU more than computing it.
    func worthwhileItems(for elements: Int) -> Int { max(1, elements / 4096) }

    /// The work sizes of an elementwise kernel.
    func elementwiseRange(rows: Int, columns: Int) -> (global: [Int], local: [Int]) {
        switch form {
        case .serial:
            let items = min(desiredParallelism, worthwhileItems(for: rows * columns))
            return rows >= items
                ? ([1, items], [1, 1]) : ([min(columns, items / rows), rows], [1, 1])
        case .workgroup:
            var width = 1
            while width < min(columns, workgroupSize) { width *= 2 }
            let height = workgroupSize / width
            return (
                [(columns + width - 1) / width * width, (rows + height - 1) / height * height],
                [width, height]
            )
        }
    }
}
