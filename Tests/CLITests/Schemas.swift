import NNGPU

/// What `--json` prints, as a program that reads it would declare it.
enum Schema {
    struct Device: Decodable {
        let index, computeUnits, maximumClockMHz, maximumWorkgroupSize: Int
        let nativeFloatVectorWidth, globalMemoryBytes, maximumAllocationBytes, localMemoryBytes: Int
        let kind, name, vendor, platform, platformVersion, version, driverVersion: String
    }

    struct Finding: Decodable {
        let isGood: Bool
        let what: String
    }

    struct Training: Decodable {
        let device, ending, evaluatedOn: String
        let steps, samples: Int
        let loss, seconds: Double
        let accuracy: Double?
        let saved: String?
    }

    struct Evaluation: Decodable {
        let device, data: String
        let samples: Int
        let loss: Double
        let accuracy: Double?
        let metrics: [String: Double]
        let confusion: [[Int]]?
    }

    struct Check: Decodable {
        struct Row: Decodable {
            let parameter: String
            let count, sampled, kinks: Int
            let differenceError, differenceBound, deviceError, deviceBound: Double
            let isDifferenceWithinBound, isDeviceWithinBound: Bool
        }
        struct Cost: Decodable {
            let evaluations: Int
            let secondsEach: Double
        }
        let rows: [Row]
        let parameterCount: Int
        let backpropagation, numerical, device: Cost
    }

    struct Bench: Decodable {
        struct Peak: Decodable {
            let flopsPerSecond, bytesPerSecond, launchSeconds, roundTripSeconds: Double
        }
        struct Time: Decodable {
            let seconds, lowerQuartile, upperQuartile: Double
            let repetitions: Int
        }
        struct MatMul: Decodable {
            let name, layout: String
            let m, n, k: Int
            let time: Time
            let gflops: Double
            let shareOfPeak: Double?
        }
        struct Kernel: Decodable {
            let name: String
            let rows, columns: Int
            let time: Time
            let bytes, gigabytesPerSecond: Double
            let shareOfCopy: Double?
        }
        struct Step: Decodable {
            let model: String
            let batch: Int
            let optimizer: String
            let time: Time
            let imagesPerSecond, gflops, hostSeconds, hostShare: Double
            let shareOfPeak, bareLaunchSeconds: Double?
            let launches: Int?
        }
        struct Train: Decodable {
            let model, optimizer: String
            let batch, epochs, steps, peakResidentBytes: Int
            let target, seconds, trainingSeconds, accuracy: Double
            let isReached: Bool
        }
        struct Comparison: Decodable {
            let suite, row: String
            let baselineSeconds, seconds, ratio: Double
        }
        let device, version: String
        let driver: String?
        let peak: Peak?
        let matmul: [MatMul]?
        let kernels: [Kernel]?
        let step: [Step]?
        let train: [Train]?
        let baseline: [Comparison]?
    }

    struct LessonListing: Decodable {
        let lesson, title: String
    }

    struct Lessons: Decodable {
        struct Row: Decodable {
            struct Finding: Decodable {
                let expectation, measured: String
                let isMet: Bool
            }
            let lesson: String
            let isMet: Bool
            let seconds: Double
            let findings: [Finding]
            let tables: [[[String]]]
        }
        let device: String
        let seed: UInt64
        let lessons: [Row]
    }

    struct WorkerReply: Decodable {
        let device, error: String?
        let seconds: Double?
        let repetitions, launches: Int?
        let peak: Bench.Peak?
    }
}
