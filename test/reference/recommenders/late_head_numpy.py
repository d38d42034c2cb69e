"""The closed-form head and principal rows by numpy, for test/recommenders/fusion/lateHead.test.ts.

    python late_head_numpy.py > late_head_numpy.json
"""

import json

import numpy as np

rng = np.random.default_rng(7)
U, I, P, Q = 12, 9, 4, 6
pairs = sorted({(int(u), int(i)) for u, i in zip(rng.integers(0, U, 30), rng.integers(0, I - 2, 30))})
x = np.zeros((U, I))
for u, i in pairs:
    x[u, i] = 1
counts = x.sum(1, keepdims=True)
x = np.divide(x, np.sqrt(counts), out=np.zeros_like(x), where=counts > 0)
profiles, texts, item_profiles = (rng.normal(0, 1, s).astype(np.float32).astype(float) for s in ((U, P), (I, 3), (I, 2)))
p = np.hstack([np.ones((U, 1)), 2 * profiles])
q = np.hstack([np.ones((I, 1)), 2 * texts, 2 * item_profiles])
scores = {}
for lu, li in ((1.0, 1.0), (30.0, 0.5)):
    left = p @ np.linalg.inv(p.T @ p + lu * np.eye(p.shape[1])) @ p.T
    right = q @ np.linalg.inv(q.T @ q + li * np.eye(q.shape[1])) @ q.T
    scores[f"{lu},{li}"] = (left @ x @ right).flatten().tolist()
rows = rng.normal(0, 1, (8, 5)).astype(np.float32).astype(float)
rows[3] = 0
written = [r for r in range(8) if r != 3]
centred = rows[written] - rows[written].mean(0)
_, _, axes = np.linalg.svd(centred)
turned = centred @ axes[:3].T
unit = turned / np.linalg.norm(turned, axis=1, keepdims=True)
inner = np.zeros((8, 8))
inner[np.ix_(written, written)] = unit @ unit.T
print(json.dumps({"users": U, "items": I, "pairs": pairs, "profiles": profiles.tolist(), "texts": texts.tolist(), "itemProfiles": item_profiles.tolist(), "scores": scores, "rows": rows.tolist(), "k": 3, "inner": inner.tolist()}))
