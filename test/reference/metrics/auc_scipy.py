"""Areas under the ROC curve by scipy's Mann-Whitney U, and DeLong's variance by midranks (Sun and Xu 2014), with ties.

Writes auc_scipy.json beside this file.

    python auc_scipy.py
"""

import json
import pathlib

import numpy as np
from scipy import stats

rng = np.random.default_rng(7)
cases = []
for positives, negatives, levels in [(40, 60, 1000), (25, 25, 5), (3, 90, 3), (2, 2, 2)]:
    x = rng.integers(0, levels, positives) + rng.integers(0, 2, positives)
    y = rng.integers(0, levels, negatives)
    u = stats.mannwhitneyu(x, y).statistic
    pooled = stats.rankdata(np.concatenate([x, y]))
    v10 = (pooled[:positives] - stats.rankdata(x)) / negatives
    v01 = 1 - (pooled[positives:] - stats.rankdata(y)) / positives
    variance = np.var(v10, ddof=1) / positives + np.var(v01, ddof=1) / negatives
    order = rng.permutation(positives + negatives)
    cases.append(
        {
            "scores": np.concatenate([x, y])[order].tolist(),
            "positive": (order < positives).tolist(),
            "auc": float(u / positives / negatives),
            "error": float(np.sqrt(variance)),
        }
    )

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"cases": cases}) + "\n")
