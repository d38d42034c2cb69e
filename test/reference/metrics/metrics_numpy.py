"""Rankings with ties, recall, NDCG, EASE, content cosine, a matrix inverse and t-tests, by numpy and scipy.

Writes metrics_numpy.json beside this file.

    python metrics_numpy.py
"""

import json
import pathlib

import numpy as np
from scipy import stats

rng = np.random.default_rng(5)
result = {}

# Ranking: integer scores, so that most of a ranking is ties; users 3 (no positive) and 5 (nearly all masked).
U, I, K = 12, 90, 40
scores = rng.integers(0, 6, (U, I)).astype(np.float64)
candidates = np.sort(rng.choice(I, 60, replace=False))
pairs = rng.random((U, I))
positives = (pairs < 0.12) & np.isin(np.arange(I), candidates)
masked = (pairs > 0.75) & ~positives
positives[3] = False
masked[5] = ~positives[5]
users = np.flatnonzero(positives.any(1))
ranked, values = [], {"recall20": [], "recall40": [], "ndcg20": [], "ndcg40": []}
for u in users:
    open_items = [i for i in candidates if not masked[u, i]]
    order = sorted(open_items, key=lambda i: (-scores[u, i], i))[:K]
    ranked.append([int(i) for i in order] + [-1] * (K - len(order)))
    hits = np.array([positives[u, i] for i in order], dtype=float)
    for k in (20, 40):
        top = hits[:k]
        ideal = (1 / np.log2(np.arange(min(k, positives[u].sum())) + 2)).sum()
        values[f"recall{k}"].append(top.sum() / positives[u].sum())
        values[f"ndcg{k}"].append((top / np.log2(np.arange(len(top)) + 2)).sum() / ideal)
listed = lambda mask: [[int(a), int(b)] for a, b in zip(*np.nonzero(mask))]
result["ranking"] = {
    "users": U, "items": I, "scores": scores.flatten().tolist(), "candidates": candidates.tolist(),
    "positives": listed(positives), "masked": listed(masked), "rankedUsers": users.tolist(), "ranked": ranked, "values": values,
}  # fmt: skip

# EASE and content cosine.
X = (rng.random((15, 10)) < 0.3).astype(float)
X[:, 7] = 0  # an item without a pair
X[4] = 0  # a user without one
text = rng.normal(0, 1, (10, 6)).astype(np.float32).astype(float)
occurring = np.flatnonzero(X.any(0))
lam = 3.5
P = np.linalg.inv(X[:, occurring].T @ X[:, occurring] + lam * np.eye(len(occurring)))
B = -P / np.diag(P)
np.fill_diagonal(B, 0)
ease = np.zeros_like(X)
ease[:, occurring] = X[:, occurring] @ B
def history_cosine(text):
    means = np.array([text[row > 0].mean(0) if row.any() else np.zeros(6) for row in X])
    norms = np.linalg.norm(means, axis=1, keepdims=True)
    unit = np.divide(means, norms, out=np.zeros_like(means), where=norms > 0)
    return means, unit @ (text / np.linalg.norm(text, axis=1, keepdims=True)).T


means, cosine = history_cosine(text)
_, centred = history_cosine(text - text[occurring].mean(0))
result["floors"] = {
    "users": 15, "items": 10, "pairs": listed(X), "text": text.flatten().tolist(), "lambda": lam,
    "ease": ease.flatten().tolist(), "means": means.flatten().tolist(), "cosine": cosine.flatten().tolist(),
    "centred": centred.flatten().tolist(),
}  # fmt: skip

A = rng.normal(0, 1, (37, 50))
S = A @ A.T + 0.1 * np.eye(37)
result["inverse"] = {"n": 37, "matrix": S.flatten().tolist(), "inverse": np.linalg.inv(S).flatten().tolist()}

# Student's t and the paired test.
grid = [(t, df) for t in (0.0, 0.05, -0.7, 1.3, 2.5, -4.0, 9.0, 30.0) for df in (1, 2, 4, 9, 30, 941, 20000)]
result["studentCritical"] = [
    {"df": df, "p": p, "t": float(stats.t.ppf(1 - p / 2, df))} for df in (1, 2, 5, 30, 199, 5000) for p in (0.05, 0.01, 0.5)
]
result["studentT"] = [{"t": t, "df": df, "p": float(2 * stats.t.sf(abs(t), df))} for t, df in grid]
a = np.round(rng.beta(1, 4, 200), 4)
b = np.clip(np.round(a + rng.normal(-0.02, 0.1, 200), 4), 0, 1)
test = stats.ttest_rel(a, b)
result["paired"] = {"a": a.tolist(), "b": b.tolist(), "t": float(test.statistic), "p": float(test.pvalue)}

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result))
