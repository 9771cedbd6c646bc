import NNGraph
import Testing

/// Axes from the end, extents that are worked out, and axes that come and go.
@Suite struct AxisTests {
    private let six: Tensor

    init() throws { six = try .constant([1, 2, 3, 4, 5, 7], [2, 3]) }

    @Test func negativeAxesCountFromTheEnd() throws {
        try expect(six.sum([-1]), is: [6, 16], [2])
        try expect(six.sum([-2]), is: [5, 7, 10], [3])
        try expect(six.sum([-2, 1]), is: [22], [])
        try expect(six.mean([-1], keepingAxes: true), is: [2, 16.0 / 3], [2, 1])
        try expect(six.max([-2]), is: [4, 5, 7], [3])
        try expect(six.argmax(axis: -2), is: [1, 1, 1], [3])
        try expect(six.argmax(), is: [2, 2], [2])
        try expect(six.slice(1..<2, axis: -1), is: [2, 5], [2, 1])
        try expect(six.transpose([-1, 0]), is: [1, 4, 2, 5, 3, 7], [3, 2])
        try expect(
            concatenate([six, six.slice(0..<1, axis: -1)], axis: -1), is: [1, 2, 3, 1, 4, 5, 7, 4],
            [2, 4])
    }

    @Test func oneExtentIsWorkedOut() throws {
        #expect(try six.reshape([-1]).shape == [6])
        #expect(try six.reshape([3, -1]).shape == [3, 2])
        #expect(try six.reshape([1, -1, 6]).shape == [1, 1, 6])
        #expect(try Tensor.constant(3).reshape([-1, 1]).shape == [1, 1])
        #expect(try six.reshape([-1, 3]) == six)
    }

    @Test func axesComeAndGo() throws {
        let x = try Tensor.input("x", [2, 1, 3])
        #expect(try x.squeeze(1).shape == [2, 3])
        #expect(try x.squeeze(-2).shape == [2, 3])
        #expect(try x.unsqueeze(0).shape == [1, 2, 1, 3])
        #expect(try x.unsqueeze(3).shape == [2, 1, 3, 1])
        #expect(try x.unsqueeze(-1).shape == [2, 1, 3, 1])
        #expect(try x.unsqueeze(-4).shape == [1, 2, 1, 3])
        #expect(try x.flatten().shape == [6])
        #expect(try x.flatten(from: 1).shape == [2, 3])
        #expect(try x.flatten(from: -1).shape == [2, 1, 3])
        #expect(try Tensor.constant(1).flatten().shape == [1])
    }

    @Test func stackedTensorsLieAlongANewAxis() throws {
        let a = try Tensor.constant([1, 2], [2]), b = try Tensor.constant([3, 4], [2])
        try expect(stack([a, b]), is: [1, 2, 3, 4], [2, 2])
        try expect(stack([a, b], axis: 1), is: [1, 3, 2, 4], [2, 2])
        try expect(stack([a, b, a], axis: -1), is: [1, 3, 1, 2, 4, 2], [2, 3])
        try expect(stack([.constant(5), .constant(6)]), is: [5, 6], [2])
        #expect(try stack([.zeros([2], .int32)]).type == TensorType([1, 2], .int32))
    }
}
