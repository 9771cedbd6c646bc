import Foundation
import NNGPU

/// The devices that a test runs on: the first of OpenCL, if there is any, and the reference.
let testedDevices = (Device.all.isEmpty ? [] : ["0"]) + ["reference"]

/// The data set that `train` takes by default.
enum FashionMNIST {
    static let isInstalled = (try? DataSource("fashion-mnist").load(seed: 0)) != nil
}
