extension String {
    /// The word that this one most likely is, misspelled.
    package func nearest(of words: some Sequence<String>) -> String? {
        words.min { editDistance(to: $0) < editDistance(to: $1) }
    }

    /// How many characters have to be inserted, removed or replaced (Levenshtein, 1966).
    fileprivate func editDistance(to other: String) -> Int {
        let target = Array(other)
        var row = Array(0...target.count)
        for (i, character) in enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in target.indices {
                let replaced = diagonal + (character == target[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = Swift.min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[target.count]
    }
}
