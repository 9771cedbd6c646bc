import Foundation
import Testing

@testable import Lessons

@Suite struct ExpressionTests {
    @Test(
        arguments: [
            ("1 + 2*3", 7), ("(1+2)*3", 9), ("-x^2", -0.25), ("2^-1", 0.5), ("2^3^0", 2),
            ("8/4/2", 1), ("1-2-3", -4), ("--1", 1), ("sin(pi*x)", 1), ("abs(-x) + sign(x)", 1.5),
            (" x ", 0.5), ("exp(log(2))", 2), ("sqrt(4)*tanh(0)+cos(0)", 1), (".5e", nil),
            ("", nil), ("x x", nil), ("sin x", nil), ("y", nil), ("(1", nil), ("1.2.3", nil),
            ("foo(x)", nil), ("*2", nil), ("1/0", nil), ("log(x)", nil), ("sqrt(x)", nil),
        ] as [(String, Double?)])
    func expressionsMeanWhatMathematicsSays(text: String, value: Double?) throws {
        guard let value else {
            #expect(throws: ExpressionError.self) { try Expression(text) }
            return
        }
        #expect(abs(try Expression(text).value(at: 0.5) - value) < 1e-12)
    }

    @Test func theErrorSaysWhere() throws {
        let error = try #require(throws: ExpressionError.self) { try Expression("2*x + sinus(x)") }
        #expect(error.position == 6)
        #expect(error.description.contains("character 7") && error.description.contains("sin"))
    }

    @Test(arguments: ["(", "x^", "-(", "sin("])
    func depthIsNoWayToOverflowTheStack(part: String) {
        let text = String(repeating: part, count: 100_000)
        #expect(throws: ExpressionError.self) { try Expression(text) }
    }

    @Test func aFileOfPointsIsScaledAndSorted() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).csv")
        defer { try? FileManager.default.removeItem(at: file) }
        try "x,y\n10,1\n0,5\n5,2\n".write(to: file, atomically: true, encoding: .utf8)
        let data = try TargetFunction(file.path).dataset(samples: 100)
        #expect(data.features == .floats([-1, 0, 1]) && data.targets == [5, 2, 1])
    }

    @Test func aFileOfThreeColumnsIsRefused() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).csv")
        defer { try? FileManager.default.removeItem(at: file) }
        try "1,2,3\n4,5,6\n".write(to: file, atomically: true, encoding: .utf8)
        #expect(throws: TargetFunctionError.self) { try TargetFunction(file.path) }
    }
}
