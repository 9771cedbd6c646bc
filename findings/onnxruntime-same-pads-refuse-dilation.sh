#!/bin/bash
# onnxruntime does not run a Conv whose padding is computed (auto_pad SAME_UPPER or SAME_LOWER) and whose window has gaps,
# though it opens the file, and onnx's own evaluator computes it.
#
# Versions: onnxruntime 1.32.0, onnx 1.23.2.
# Behaviour: x = 1, 2, 3, 4, 5 with a window of 1, 10 and a dilation of 3. The checker and the session take the model; run()
# ends with "Dilation not supported for AutoPadType::SAME_UPPER or AutoPadType::SAME_LOWER.". With the same padding written
# out as pads = [1, 2] it gives the evaluator's numbers. PyTorch 2.15's older exporter (dynamo=False) writes
# nn.Conv2d(..., 4, padding="same", dilation=2) that way: whoever writes convolutions does better to write pads.
# Seen: SAME_UPPER without gaps [21, 32, 43, 54, 5]; with gaps refused when run; pads [30, 41, 52, 3, 4]; onnx's evaluator
# with gaps [30, 41, 52, 3, 4]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6 2>pip.log \
    || { echo "the packages cannot be had: $(tail -n 1 pip.log)"; exit 77; }

cat >conv.py <<'PYTHON'
import numpy as np, onnx, onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

def model(**settings):
    value = helper.make_tensor_value_info
    weight = onnx.numpy_helper.from_array(np.array([[[1, 10]]], np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"], **settings)], "g", [value("x", TensorProto.FLOAT, [1, 1, 5])],
        [value("y", TensorProto.FLOAT, [1, 1, 5])], [weight])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(made, full_check=True)
    return made

x = {"x": np.arange(1, 6, dtype=np.float32).reshape(1, 1, 5)}

def numbers(result):
    return [int(number) for number in result[0].flatten()]

def run(**settings):
    session = onnxruntime.InferenceSession(model(**settings).SerializeToString(), providers=["CPUExecutionProvider"])
    try:
        return numbers(session.run(None, x))
    except Exception as error:
        if "Dilation not supported for AutoPadType" not in str(error): raise
        return "refused when run"

print("SAME_UPPER without gaps", run(auto_pad="SAME_UPPER"))
print("with gaps", run(auto_pad="SAME_UPPER", dilations=[3]))
print("pads", run(pads=[1, 2], dilations=[3]))
print("onnx's evaluator with gaps", numbers(ReferenceEvaluator(model(auto_pad="SAME_UPPER", dilations=[3])).run(None, x)))
PYTHON

seen=$(venv/bin/python conv.py 2>errors || true)
echo "$seen"
[ "$seen" = "SAME_UPPER without gaps [21, 32, 43, 54, 5]
with gaps refused when run
pads [30, 41, 52, 3, 4]
onnx's evaluator with gaps [30, 41, 52, 3, 4]" ]
