// swift-tools-version: 6.2
import PackageDescription

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

// Whoever depends on the library fetches and builds the library. SwiftPM reads this file at "/" to learn what a version
// needs, and in "checkouts", beside its "repositories", to build it; anywhere else, also where a package depends on a
// path, it is taken for what is worked on and has everything.
let folder = Context.packageDirectory
let isCheckout =
    folder.split(separator: "/").dropLast().last == "checkouts"
    && access("\(folder)/../../repositories", F_OK) == 0
let isDependency = folder == "/" || isCheckout

// What `import NNGPU` shows. SwiftPM compiles a module anew where one that it declares has changed, and not where one has
// that another hands on (`findings/swiftpm-reexports-go-stale.sh`): so whoever uses these declares all of them.
let umbrella = ["NNGPU", "NNFiles", "NNGraph", "NNReference", "NNOpenCL", "NNModel", "NNTraining"]
let everything = umbrella.map { Target.Dependency(stringLiteral: $0) }

let package = Package(
    name: "nngpu",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "NNGPU", targets: umbrella),
        .library(name: "NNModelFiles", targets: ["NNModelFiles"]),
    ],
    dependencies: [.package(url: "https://github.com/jpsim/Yams", from: "6.2.0")],
    targets: [
        // MARK: - C

        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        .systemLibrary(
            name: "CImages", pkgConfig: "spng libturbojpeg",
            providers: [.apt(["libspng-dev", "libturbojpeg0-dev"])]),

        .systemLibrary(
            name: "COpenCL", pkgConfig: "OpenCL clblast",
            providers: [.apt(["ocl-icd-opencl-dev", "libclblast-dev"])]),
        .target(name: "CKernels"),
        .target(name: "CProcess"),

        // MARK: - Library

        .target(name: "NNGraph"),
        .target(name: "NNReference", dependencies: ["NNGraph"]),
        .target(name: "NNCompiler", dependencies: ["NNGraph"]),
        .target(
            name: "NNOpenCL",
            dependencies: ["NNGraph", "NNCompiler", "COpenCL", "CKernels", "CProcess"]),
        .target(name: "NNFiles", dependencies: ["CZlib", "CImages"]),
        .target(name: "NNModel", dependencies: ["NNFiles", "NNGraph"]),
        .target(
            name: "NNTraining", dependencies: ["NNFiles", "NNGraph", "NNReference", "NNModel"]),

        .target(
            name: "NNGPU",
            dependencies: [
                "NNFiles", "NNGraph", "NNReference", "NNOpenCL", "NNModel", "NNTraining",
            ]),

        // MARK: - Files of models

        .target(
            name: "YAMLFiles",
            dependencies: ["NNFiles", .product(name: "Yams", package: "Yams")]),
        .target(
            name: "NNModelFiles",
            dependencies: [
                "NNFiles", "NNGraph", "NNModel", "YAMLFiles",
                .product(name: "Yams", package: "Yams"),
            ]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu2x
)

if !isDependency {
    package.products.append(.executable(name: "nngpu", targets: ["CLI"]))
    package.dependencies += [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.0.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ]
    package.targets += [
        // MARK: - Interchange

        .target(
            name: "ONNX",
            dependencies: [
                "NNFiles", "NNGraph", "NNModel", "NNTraining",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Protocol/onnx.proto"]),

        .target(
            name: "TensorBoard",
            dependencies: [
                "NNFiles", "NNGraph", "NNModel", "NNTraining",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Protocol/event.proto"]),

        // MARK: - Lessons and pages

        .target(name: "Charts", dependencies: ["CZlib"]),
        .target(name: "Lessons", dependencies: everything + ["Charts"]),
        .target(name: "CPages", exclude: ["pages"]),
        .target(
            name: "Reports",
            dependencies: everything + [
                "Charts", "Lessons", "CPages",
                .product(name: "Mustache", package: "swift-mustache"),
            ]),

        // MARK: - Tool

        .target(
            name: "Benchmarks", dependencies: everything + ["CProcess"],
            path: "Benchmarks/Workloads"),
        .target(
            name: "RunFiles",
            dependencies: ["YAMLFiles", .product(name: "Yams", package: "Yams")]),
        .executableTarget(
            name: "CLI",
            dependencies: everything + [
                "ONNX", "TensorBoard", "Benchmarks", "Charts", "Lessons", "Reports",
                "RunFiles", "YAMLFiles", "NNModelFiles", "CProcess",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ]),

        // MARK: - Tests

        .target(
            name: "TestSupport",
            dependencies: ["NNFiles", "NNGraph", "NNModel", "NNTraining", "CZlib"],
            path: "Tests/Support"),
        .testTarget(name: "ArchitectureTests"),
        .testTarget(name: "NNGraphTests", dependencies: ["NNGraph", "NNReference"]),
        .testTarget(name: "NNReferenceTests", dependencies: ["NNGraph", "NNReference"]),
        .testTarget(
            name: "NNCompilerTests",
            dependencies: ["NNGraph", "NNCompiler", "TestSupport", "NNReference"]),
        .testTarget(
            name: "ConformanceTests",
            dependencies: ["NNGraph", "NNReference", "NNCompiler", "NNOpenCL", "TestSupport"]),
        .testTarget(name: "NNOpenCLTests", dependencies: ["NNCompiler", "NNOpenCL", "COpenCL"]),
        .testTarget(name: "NNGPUTests", dependencies: everything + ["TestSupport"]),
        .testTarget(name: "NNFilesTests", dependencies: ["NNFiles", "TestSupport", "CZlib"]),
        .testTarget(
            name: "NNModelTests",
            dependencies: [
                "NNFiles", "NNGraph", "NNReference", "NNModel", "NNTraining", "TestSupport",
            ]),
        .testTarget(
            name: "NNModelFilesTests",
            dependencies: [
                "NNModelFiles", "NNFiles", "NNGraph", "NNModel", "NNReference", "NNTraining",
                "YAMLFiles",
            ]),
        .testTarget(
            name: "NNTrainingTests",
            dependencies: [
                "NNFiles", "NNGraph", "NNModel", "NNTraining", "NNReference", "TestSupport",
            ]),
        .testTarget(
            name: "ONNXTests",
            dependencies: [
                "ONNX", "NNFiles", "NNGraph", "NNReference", "NNModel", "NNTraining",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
        .testTarget(
            name: "TensorBoardTests",
            dependencies: [
                "TensorBoard", "NNFiles", "NNGraph", "NNReference", "NNModel", "NNTraining",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
        .testTarget(name: "ChartsTests", dependencies: ["Charts", "CZlib"]),
        .testTarget(name: "LessonsTests", dependencies: everything + ["Lessons", "Charts"]),
        .testTarget(
            name: "ReportsTests", dependencies: everything + ["Reports", "Lessons", "Charts"]),
        .testTarget(name: "CLITests", dependencies: everything + ["CLI", "Charts"]),
    ]
}

// Fuzzing takes instrumented code and a main loop of its own: `make test-fuzz`.
if Context.environment["NNGPU_FUZZ"] != nil, !isDependency {
    package.targets += [
        .target(name: "CFuzz", path: "Tests/Fuzz/CFuzz"),
        .executableTarget(
            name: "Fuzzer",
            dependencies: [
                "CFuzz", "CZlib", "NNFiles", "NNGraph", "NNReference", "NNOpenCL", "NNModel",
                "NNModelFiles", "NNTraining", "ONNX", "RunFiles",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ], path: "Tests/Fuzz/Fuzzer"),
    ]
}
