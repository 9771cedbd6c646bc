/// What the device has added up over samples, in the order of a task's layout, and how many samples that is.
struct MetricSums: Codable, Equatable {
    /// The sums; empty where nothing has been added up.
    var values: [Double] = []
    var count = 0

    static func += (sums: inout MetricSums, more: MetricSums) {
        sums.values =
            sums.values.isEmpty || more.values.isEmpty
            ? sums.values + more.values : zip(sums.values, more.values).map { $0 + $1 }
        sums.count += more.count
    }

    init(values: [Double] = [], count: Int = 0) {
        self.values = values
        self.count = count
    }

    private enum CodingKeys: CodingKey { case values, count, loss, correct }

    /// Reads the sums, or what checkpoints of the time when there were two of them say.
    init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: CodingKeys.self)
        count = try object.decode(Int.self, forKey: .count)
        values =
            try object.decodeIfPresent([Double].self, forKey: .values)
            ?? [
                object.decode(Double.self, forKey: .loss),
                object.decode(Double.self, forKey: .correct),
            ]
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(values, forKey: .values)
        try object.encode(count, forKey: .count)
    }

    /// The sums if they are so many, those behind left out: a regression had one of classes that was always 0.
    func resized(to count: Int) -> MetricSums? {
        if values.isEmpty { return self }
        guard values.count >= count else { return nil }
        return MetricSums(values: Array(values.prefix(count)), count: self.count)
    }
}
