/// What a device allows, as far as the divisions of products depend on it.
struct WorkLimits: Hashable {
    let localMemoryBytes: Int
    let workgroupSize: Int
    /// The work-items of a group along the first axis.
    let workItemCount: Int
    let allocationBytes: Int
}

extension Device {
    /// What the device allows.
    var workLimits: WorkLimits {
        WorkLimits(
            localMemoryBytes: localMemoryBytes, workgroupSize: maximumWorkgroupSize,
            workItemCount: maximumWorkItemSizes.first ?? 1, allocationBytes: maximumAllocationBytes)
    }
}

extension Int {
    /// The product of numbers that are not negative, or the largest integer where it is beyond: a
    /// division of work may come from a file.
    static func boundedProduct(_ factors: Int...) -> Int {
        var product = 1
        for factor in factors {
            let (next, overflow) = product.multipliedReportingOverflow(by: factor)
            guard !overflow else { return .max }
            product = next
        }
        return product
    }
}
