"""LightGCN's user layers on a random bipartite graph, by scipy.sparse; cosine neighbours with ties and oracle profiles, by numpy.

Writes propagation_scipy.json beside this file.

    python propagation_scipy.py
"""

import json
import pathlib

import numpy as np
import scipy.sparse as sp

rng = np.random.default_rng(3)
U, I, D = 23, 17, 36
R = (rng.random((U, I)) < 0.2).astype(float)
R[4] = 0  # a user without pairs
R[:, 6] = 0  # an item without pairs
adjacency = sp.block_array([[None, sp.csr_array(R)], [sp.csr_array(R.T), None]], format="csr") + sp.eye_array(U + I, format="csr")
scale = sp.diags_array(np.asarray(adjacency.sum(1)).ravel() ** -0.5)
normal = (scale @ adjacency @ scale).tocsr()
nodes = rng.normal(0, 1, (U + I, D)).astype(np.float32).astype(float)
layers = [nodes]
for _ in range(3):
    layers.append(normal @ layers[-1])
sums = {str(n): sum(layers[: n + 1])[:U].flatten().tolist() for n in (0, 1, 2, 3)}

vectors = rng.normal(0, 1, (30, 4)).astype(np.float32).astype(float)
vectors[7] = 0
vectors[12] = vectors[20] = vectors[3]  # three users alike: ties in every list
norms = np.linalg.norm(vectors, axis=1, keepdims=True)
unit = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0).astype(np.float32).astype(float)
cosine = np.round(unit @ unit.T, 6)  # rounded, so that ties are ties
neighbours = [[int(v) for v in sorted((v for v in range(30) if v != u), key=lambda v: (-cosine[u, v], v))[:5]] for u in range(30)]

# Cosines between the rows of X'X V_k: what any basis of the k leading right singular vectors gives.
k = 3
_, _, rows = np.linalg.svd(R)
profiles = R.T @ R @ rows[:k].T
norms = np.linalg.norm(profiles, axis=1, keepdims=True)
oracle = np.divide(profiles, norms, out=np.zeros_like(profiles), where=norms > 0)

pairs = [[int(u), int(i)] for u, i in zip(*np.nonzero(R))]
result = {
    "users": U, "items": I, "width": D, "pairs": pairs, "nodes": nodes.flatten().tolist(), "sums": sums,
    "vectors": vectors.flatten().tolist(), "neighbours": neighbours, "cosine": cosine.flatten().tolist(),
    "oracleWidth": k, "oracleCosine": (oracle @ oracle.T).flatten().tolist(),
}  # fmt: skip
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result))
