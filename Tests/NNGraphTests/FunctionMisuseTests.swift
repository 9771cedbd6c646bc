import NNGraph
import Testing

/// What functions that are made of other operations say to misuse: their own names, not those of what
/// they are made of.
@Suite struct FunctionMisuseTests {
    @Test func everyMisuseHasItsSentence() throws {
        let x = try Tensor.input("x", [2, 3]), labels = try Tensor.input("labels", [2], .int32)
        let number = try Tensor.constant(1)
        for (sentence, build) in [
            (
                "reshape(float [2, 3]): one extent may be -1, and [-1, -1] has several.",
                { try x.reshape([-1, -1]) }
            ),
            (
                "reshape(float [2, 3]): the 6 elements of [2, 3] do not fill any [4, -1].",
                { try x.reshape([4, -1]) }
            ),
            (
                "reshape(float [2, 3]): the 6 elements of [2, 3] do not fill any [0, -1].",
                { try x.reshape([0, -1]) }
            ),
            (
                "reshape(float [2, 3]): the 6 elements of [2, 3] do not fill any "
                    + "[-1, 9223372036854775807, 2].",
                { try x.reshape([-1, .max, 2]) }
            ),
            ("flatten(float [2, 3]): axis 2 is outside of [2, 3].", { try x.flatten(from: 2) }),
            ("flatten(float []): axis -2 is outside of [].", { try number.flatten(from: -2) }),
            ("squeeze(float [2, 3]): axis 2 is outside of [2, 3].", { try x.squeeze(2) }),
            (
                "squeeze(float [2, 3]): axis -1 of [2, 3] has the extent 3, not 1.",
                { try x.squeeze(-1) }
            ),
            ("unsqueeze(float [2, 3]): axis -4 is outside of [2, 3].", { try x.unsqueeze(-4) }),
            ("sum(float [2, 3]): axis -3 is outside of [2, 3].", { try x.sum([-3]) }),
            (
                "sum(float [2, 3]): it reduces along one or more different axes, not [1, 1].",
                { try x.sum([1, -1]) }
            ),
            ("mean(float [2, 3]): axis 2 is outside of [2, 3].", { try x.mean([2]) }),
            ("min(float [2, 3]): axis 2 is outside of [2, 3].", { try x.min([2]) }),
            ("min(int32 [2]): the operands must be float.", { try labels.min() }),
            ("argmax(float [2, 3]): axis -3 is outside of [2, 3].", { try x.argmax(axis: -3) }),
            (
                "transpose(float [2, 3]): [-3, 0] is not a permutation of the axes of [2, 3].",
                { try x.transpose([-3, 0]) }
            ),
            (
                "slice(float [2, 3]): axis -3 is outside of [2, 3].",
                { try x.slice(0..<1, axis: -3) }
            ),
            (
                "concatenate(float [2, 3]): axis -3 is outside of [2, 3].",
                { try concatenate([x], axis: -3) }
            ),
            (
                "stack(): it takes one or more tensors of one shape and element type.",
                { try stack([]) }
            ),
            (
                "stack(float [2, 3], float []): it takes one or more tensors of one shape and "
                    + "element type.", { try stack([x, number]) }
            ),
            (
                "stack(float [2, 3]): axis 3 is outside of [2, 3].", { try stack([x], axis: 3) }
            ),
            (
                "variance(float [2, 3]): axis 5 is outside of [2, 3].", { try x.variance([5]) }
            ),
            (
                "variance(float []): 1 numbers are not more than the correction 1.0.",
                { try number.variance() }
            ),
            (
                "standardDeviation(float [2, 3]): 3 numbers are not more than the correction 3.0.",
                { try x.standardDeviation([1], correction: 3) }
            ),
            (
                "clip(float [2, 3]): nothing lies between 3.0 and 1.0.",
                { try clip(x, min: 3, max: 1) }
            ),
            (
                "clip(float [2, 3]): nothing lies between nan and inf.", { try clip(x, min: .nan) }
            ),
            ("clip(int32 [2]): the operands must be float.", { try clip(labels, min: 0) }),
            ("power(int32 [2]): the operands must be float.", { try power(labels, 0) }),
            ("oneHot(float [2, 3]): the labels must be int32.", { try oneHot(x, count: 3) }),
            (
                "oneHot(int32 [2]): the count is 0, not from 1 to 2147483647.",
                { try oneHot(labels, count: 0) }
            ),
            (
                "oneHot(int32 [2]): the count is 2147483648, not from 1 to 2147483647.",
                { try oneHot(labels, count: 1 << 31) }
            ),
            ("layerNorm(float []): axis -1 is outside of [].", { try layerNorm(number) }),
            (
                "layerNorm(float [2, 3], float []): gain and bias must have the shape [3].",
                { try layerNorm(x, bias: number) }
            ),
            ("greater(int32 [2], float [2]): the types differ.", { try labels > number }),
            ("constant(): 0.5 is no int32.", { try labels > 0.5 }),
        ] as [(String, () throws -> Tensor)] {
            let error = #expect(throws: GraphError.self, "\(sentence)") { _ = try build() }
            #expect(error?.description == sentence)
        }
    }

    @Test func theyNameThePartOfTheModelToo() throws {
        let x = try Tensor.input("x", [2])
        let error = #expect(throws: GraphError.self) {
            try Origin.within(Origin("layer 3 (Own)", source: "Own/main.swift:7")) {
                try x.variance([1])
            }
        }
        #expect(
            error?.description
                == "variance(float [2]) in layer 3 (Own) at Own/main.swift:7: axis 1 is outside of [2]."
        )
    }
}
