"""Principal plane of a small matrix by numpy's SVD; writes principal_plane.json beside this file."""

import json
import pathlib

import numpy as np

rows = np.random.default_rng(3).normal(size=(12, 5)) * np.array([3.0, 1.0, 0.5, 2.0, 0.2])
rows = rows.astype(np.float32).astype(np.float64)
centred = rows - rows.mean(0)
_, values, axes = np.linalg.svd(centred, full_matrices=False)
axes = axes[:2] * np.sign(axes[:2][np.arange(2), np.abs(axes[:2]).argmax(1)])[:, None]
shares = (values**2 / (values**2).sum())[:2]
result = {"rows": rows.ravel().tolist(), "x": (centred @ axes[0]).tolist(), "y": (centred @ axes[1]).tolist(), "shares": shares.tolist()}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
