import Foundation
import Testing

/// Imports go one way: between targets, and between the folders of a target.
@Suite struct ImportTests {
    /// The modules of this package, and C libraries, that each target may import.
    private static let allowed: [String: Set<String>] = [
        "NNGraph": [],
        "NNReference": ["NNGraph"],
        "NNCompiler": ["NNGraph"],
        "NNOpenCL": ["NNGraph", "NNCompiler", "COpenCL", "CKernels", "CProcess"],
        "NNFiles": ["CZlib", "CImages"],
        "NNModel": ["NNFiles", "NNGraph"],
        "NNTraining": ["NNFiles", "NNGraph", "NNModel", "NNReference"],
        "NNGPU": ["NNFiles", "NNGraph", "NNModel", "NNReference", "NNOpenCL", "NNTraining"],
        "ONNX": ["NNFiles", "NNGraph", "NNModel", "NNTraining"],
        "TensorBoard": ["NNFiles", "NNGraph", "NNModel", "NNTraining"],
        "Charts": ["CZlib"],
        "Lessons": ["NNGPU", "Charts"],
        "Reports": ["NNGPU", "Charts", "Lessons", "CPages"],
        "YAMLFiles": ["NNFiles"],
        "NNModelFiles": ["NNFiles", "NNGraph", "NNModel", "YAMLFiles"],
        "RunFiles": ["YAMLFiles"],
    ]

    private static let others: Set<String> = [
        "Foundation", "FoundationEssentials", "Glibc", "Synchronization", "SwiftProtobuf",
        "Mustache", "Yams",
    ]

    /// The folders of a target from the bottom to the top.
    ///
    /// A file names types of its own folder and of those before it; files in no folder are in `.`.
    private static let layers: [(target: String, folders: [String])] = [
        (
            "NNOpenCL",
            [
                "Device", "Kernels", "Codegen", "Products", "Lowering", "Launching", ".", "Tuning",
            ]
        ),
        (
            "NNTraining",
            [
                "Data", "Augmentation", "Optimizers", "Task", "Checkpoints", "Step", "Run",
                "Generation",
            ]
        ),
    ]

    @Test(arguments: allowed.keys.sorted())
    func aTargetImportsThoseBelowIt(target: String) throws {
        let files = SourceTree.files(in: "Sources/\(target)")
        #expect(!files.isEmpty)
        let may = Self.allowed[target, default: []].union(Self.others)
        for file in files {
            for line in file.code {
                guard
                    let match = line.firstMatch(of: /^(?:@\w+ )*(?:public |package )?import (\w+)/)
                else { continue }
                #expect(may.contains(String(match.1)), "\(file.path) imports \(match.1)")
            }
        }
    }

    @Test(arguments: layers.map(\.target))
    func foldersKnowThoseBelowThem(target: String) throws {
        let folders = try #require(Self.layers.first { $0.target == target }).folders
        let files = SourceTree.files(in: "Sources/\(target)")
        #expect(Self.arrowsUp(in: files, of: target, folders) == [])
    }

    /// The check itself: a kernel that knows the backend, and a device that knows a kernel.
    @Test func anArrowThatIsTurnedIsNoticed() throws {
        let folders = Self.layers[0].folders
        let files = SourceTree.files(in: "Sources/NNOpenCL")
        let turned = [
            SourceTree.Source(
                path: "Sources/NNOpenCL/Kernels/Turned.swift", text: "let x: OpenCLBackend? = nil\n"
            ),
            SourceTree.Source(
                path: "Sources/NNOpenCL/Device/Turned.swift",
                text: "// KernelFile is fine here\nfunc f(_: KernelFile) {}\n"),
        ]
        #expect(
            Self.arrowsUp(in: files + turned, of: "NNOpenCL", folders) == [
                "Sources/NNOpenCL/Kernels/Turned.swift names OpenCLBackend of .",
                "Sources/NNOpenCL/Device/Turned.swift names KernelFile of Kernels",
            ])
    }

    /// SwiftPM would let those who use a re-exported module run with its old layout of types.
    @Test func whatIsReexportedIsDeclared() throws {
        let package = try String(
            contentsOf: SourceTree.root.appending(path: "Package.swift"), encoding: .utf8)
        let list = try #require(package.firstMatch(of: /let umbrella = \[(.*?)\]/)).1
        let declared = Set(list.matches(of: /"(\w+)"/).map { String($0.1) })
        let reexported = SourceTree.files(in: "Sources/NNGPU").flatMap { file in
            file.text.matches(of: /@_exported import (\w+)/).map { String($0.1) }
        }
        #expect(declared == Set(reexported + ["NNGPU"]))
        #expect(!package.contains(/dependencies: \[[^\]]*"NNGPU"/), "NNGPU is declared alone")
    }

    /// Calls of OpenCL are the device layer's business, those of CLBlast that of two files.
    @Test func onlyTheDeviceLayerCallsTheDriver() {
        for file in SourceTree.files(in: "Sources") {
            let calls = file.code.joined(separator: "\n")
            if !file.folder.hasSuffix("NNOpenCL/Device") {
                #expect(
                    !calls.contains(
                        /\bcl(?:Create|Enqueue|Get|Set|Release|Retain|Build|Flush|Finish|Wait)\w*\(/
                    ),
                    "\(file.path)")
            }
            if !file.path.contains("NNOpenCL/Products/CLBlast") {
                #expect(
                    !calls.contains(
                        /\bCLBlast(?:Sgemm|SGemm|Override|FillCache|ClearCache)\w*\(/),
                    "\(file.path)")
            }
        }
    }

    /// Files that name a type of a folder above their own.
    private static func arrowsUp(
        in files: [SourceTree.Source], of target: String, _ folders: [String]
    ) -> [String] {
        func layer(of file: SourceTree.Source) -> Int {
            let parts = file.path.split(separator: "/").map { String($0) }
            let folder = parts.count > 3 ? parts[2] : "."
            return folders.firstIndex(of: folder) ?? folders.count
        }
        var homes: [String: Int] = [:]
        for file in files {
            for line in file.code {
                // What only its file knows may have any name.
                guard
                    let match = line.firstMatch(
                        of:
                            /^(?:@\w+ )*(?:public |package |final )*(?:class|struct|enum|protocol|actor|typealias) (\w+)/
                    )
                else { continue }
                homes[String(match.1)] = layer(of: file)
            }
        }
        var found: [String] = []
        for file in files {
            let own = layer(of: file)
            var named: Set<String> = []
            for word in file.code.joined(separator: "\n").matches(of: /(?:^|[^.\w])([A-Z]\w+)/) {
                named.insert(String(word.1))
            }
            for name in named.sorted() {
                guard let home = homes[name], home > own else { continue }
                let folder = home < folders.count ? folders[home] : "another folder"
                found.append("\(file.path) names \(name) of \(folder)")
            }
        }
        return found
    }
}
