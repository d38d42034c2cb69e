"""Compressed rows and their transpose by scipy.sparse, rows of length one by numpy.

Writes matrices.json beside this file.

    python matrices.py
"""

import json
import pathlib

import numpy as np
import scipy.sparse as sp

rng = np.random.default_rng(11)
ROWS, COLS = 9, 14
dense = (rng.random((ROWS, COLS)) < 0.3).astype(np.float32)
dense[2] = 0  # an empty row
dense[:, 5] = 0  # an empty column
dense[:, COLS - 1] = 0  # also the last one
coo = sp.coo_array(dense)
order = rng.permutation(coo.nnz)  # pairs come in any order
csr = sp.csr_array(dense)
csr.sort_indices()
values = rng.normal(0, 1, csr.nnz).astype(np.float32)
weighted = sp.csr_array((values, csr.indices, csr.indptr), shape=csr.shape)
turned = weighted.T.tocsr()
turned.sort_indices()

matrix = rng.normal(0, 1, (5, 4)).astype(np.float32)
matrix[3] = 0
lengths = np.linalg.norm(matrix.astype(float), axis=1, keepdims=True)
unit = np.divide(matrix, lengths, out=np.zeros(matrix.shape), where=lengths > 0)

expected = {
    "rows": ROWS,
    "cols": COLS,
    "rowOf": coo.row[order].tolist(),
    "colOf": coo.col[order].tolist(),
    "starts": csr.indptr.tolist(),
    "columns": csr.indices.tolist(),
    "values": values.tolist(),
    "transposed": {
        "starts": turned.indptr.tolist(),
        "columns": turned.indices.tolist(),
        "values": turned.data.tolist(),
    },
    "matrix": matrix.flatten().tolist(),
    "unit": unit.flatten().tolist(),
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(expected) + "\n")
