"""NumPy, whose products are OpenBLAS's, as a worker (see worker.py)."""

import numpy as np

from worker import Work, as_multiplied, check_product, matrices, serve


def matmul(m, n, k, layout):
    a, b = matrices(m, n, k, layout)
    left, right = as_multiplied(a, b, layout)
    c = np.empty((m, n), np.float32)

    def run(count):
        for _ in range(count):
            np.matmul(left, right, out=c)

    def check():
        run(1)
        check_product(c, a, b, layout)

    return Work(run, check)


def blas():
    """The library behind the products, such as scipy-openblas 0.3.30."""
    library = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{library['name']} {library['version']}"


serve({"matmul": matmul}, name="NumPy", version=np.__version__, form=blas())
