import Testing

@testable import NNOpenCL

@Suite struct KernelFileTests {
    @Test(arguments: KernelFile.allCases)
    func everyFileIsEmbedded(file: KernelFile) {
        #expect(!file.text.isEmpty)
    }

    @Test(arguments: KernelFile.allCases)
    func anyKernelCanStandAlone(file: KernelFile) {
        func kernels(in text: String) -> Set<String> {
            Set(text.matches(of: /(?m)^__kernel .*void (\w+)\(/).map { String($0.1) })
        }
        for kernel in kernels(in: file.text) {
            let alone = file.text(withOnly: kernel)
            #expect(kernels(in: alone) == [kernel])
            #expect(alone.count { $0 == "{" } == alone.count { $0 == "}" })
        }
    }
}
