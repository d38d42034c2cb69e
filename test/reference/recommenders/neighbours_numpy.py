"""Cosine neighbours of many users, of whom many are alike, by numpy's full ranking; and the same by equal histories.

Writes neighbours_numpy.json beside this file.

    python neighbours_numpy.py
"""

import itertools
import json
import pathlib

import numpy as np

U, DISTINCT, D, K, HISTORIES, I = 1100, 400, 8, 5, 150, 40


def ranked(unit, allowed):
    """Per row the K best allowed other rows: cosine, ties (to 1e-7) by lower row; and the smallest gap that decided anything."""
    lists, gap = [], 1.0
    for row in range(len(unit)):
        others = [other for other in allowed if other != row]
        cosines = unit[others] @ unit[row]
        levels = np.sort(cosines)[::-1]
        steps = -np.diff(levels[: K + 40])
        gap = min(gap, *(steps[steps > 1e-7].tolist() or [1.0]))
        keys = np.round(cosines, 7)
        order = sorted(range(len(others)), key=lambda at: (-keys[at], others[at]))
        lists.append([others[at] for at in order[:K]])
    return lists, gap


for seed in itertools.count():
    rng = np.random.default_rng(seed)
    kinds = rng.normal(0, 1, (DISTINCT, D)).astype(np.float32)
    kinds[7] = 0
    kindOf = rng.integers(0, DISTINCT, U)
    vectors = kinds[kindOf].astype(float)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    neighbours, gap = ranked(unit, range(U))
    rows = [sorted(rng.choice(I, rng.integers(0, 4), replace=False).tolist()) for _ in range(HISTORIES)]
    histories = [rows[at] for at in rng.integers(0, HISTORIES, U)]
    groups = {}
    for user, items in enumerate(histories):
        if items:
            groups.setdefault(tuple(items), []).append(user)
    firsts = [users[0] for users in groups.values()]
    means = np.array([unit[users].mean(0) for users in groups.values()])
    lists, groupGap = ranked(means / np.linalg.norm(means, axis=1, keepdims=True), range(len(firsts)))
    # Rounding to 32 bits must decide nothing but what is equal.
    if min(gap, groupGap) > 2e-6:
        break

byGroup = dict(zip(groups, lists))
byHistory = [[firsts[g] for g in byGroup[tuple(items)]] if items else [] for items in histories]
result = {
    "width": D, "k": K, "items": I, "kinds": kinds.astype(float).flatten().tolist(), "kindOf": kindOf.tolist(), "neighbours": neighbours,
    "histories": histories, "groups": len(groups), "byHistory": byHistory,
}  # fmt: skip
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result))
print("seed", seed, "gap", min(gap, groupGap), "groups", len(groups))
