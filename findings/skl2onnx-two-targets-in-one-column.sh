#!/bin/bash
# skl2onnx writes a multilayer perceptron for two targets that gives both in one column: two rows for each sample.
#
# Version: skl2onnx 1.20.0, scikit-learn 1.9.1, onnx 1.23.2, onnxruntime 1.32.0 (PyPI), Python 3.11.
# Behaviour: MLPRegressor with several targets ends in a Reshape to [-1, 1], as the one for a single target does. Of N
# samples with K targets onnxruntime gives [N * K, 1], row by row, where predict() gives [N, K]; the numbers are right.
# LinearRegression of the same targets gives [N, K]. Nothing is said at export or at run time.
# Seen, of 5 samples and 2 targets:
#   perceptron (10, 1) for (5, 2), the same numbers in a row: True; linear (5, 2)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install -q --disable-pip-version-check skl2onnx==1.20.0 scikit-learn==1.9.1 onnx==1.23.2 \
    onnxruntime==1.32.0 2>pip.log || { echo "packages cannot be had: $(tail -n 1 pip.log)"; exit 77; }

cat >targets.py <<'PYTHON'
import warnings

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.linear_model import LinearRegression
from sklearn.neural_network import MLPRegressor

warnings.simplefilter("ignore")
x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
y = np.stack([x[:, 0] + x[:, 1], x[:, 1] - x[:, 2]], axis=1)
samples = x[:5]

def both(model):
    model.fit(x, y)
    session = onnxruntime.InferenceSession(to_onnx(model, x[:1]).SerializeToString())
    return model.predict(samples), session.run(None, {session.get_inputs()[0].name: samples})[0]

right, found = both(MLPRegressor(hidden_layer_sizes=(4,), max_iter=5, random_state=0))
print(f"perceptron {found.shape} for {right.shape}, the same numbers in a row:",
      np.allclose(found.ravel(), right.ravel(), atol=1e-5), end="; ")
print(f"linear {both(LinearRegression())[1].shape}")
PYTHON

found=$(environment/bin/python targets.py)
echo "skl2onnx: $found"
[ "$found" = "perceptron (10, 1) for (5, 2), the same numbers in a row: True; linear (5, 2)" ]
