// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "nngpu",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0")
    ],
    targets: [
        .target(name: "NNGraph"),
        .target(
            name: "NNReference",
            dependencies: ["NNGraph", .product(name: "RealModule", package: "swift-numerics")]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu2x
)
