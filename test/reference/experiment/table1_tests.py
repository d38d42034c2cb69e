"""Table 1's paired tests by scipy: Recall@20 of made-up users, averaged over two seeds, then ttest_rel and Holm.

Run: python test/reference/experiment/table1_tests.py (numpy, scipy); writes table1_tests.json beside it.
"""

import json
from pathlib import Path

import numpy as np
from scipy.stats import ttest_rel

rng = np.random.default_rng(20240601)
variants = {"Base": 0.0, "Augmented (Mask)": 0.06, "control: users shuffled": 0.02, "control: items shuffled": 0.05, "oracle: x": 0.3}
users = 40
runs = []
for recommender, scale in (("BiasMF", 1.0), ("LightGCN", 0.1)):
    user_level = rng.uniform(0, 0.5, users)
    for variant, gain in variants.items():
        for seed in (1, 2):
            for setting in ("fullShot", "zeroShot"):
                values = np.clip(user_level + gain * scale + rng.normal(0, 0.08, users), 0, 1)
                runs.append({
                    "recommender": recommender, "variant": variant, "seed": seed, "setting": setting,
                    "values": [float(np.float32(round(v, 3))) for v in values],
                })


def mean(recommender, variant, setting):
    rows = [r["values"] for r in runs if (r["recommender"], r["variant"], r["setting"]) == (recommender, variant, setting)]
    return np.mean(rows, axis=0)


tests = []
for recommender in ("BiasMF", "LightGCN"):
    for setting in ("fullShot", "zeroShot"):
        ours = mean(recommender, "Augmented (Mask)", setting)
        for against in variants:
            if against.startswith(("Augmented", "oracle")):
                continue
            theirs = mean(recommender, against, setting)
            tests.append({
                "recommender": recommender, "setting": setting, "against": against,
                "difference": float(np.mean(ours - theirs)), "p": float(ttest_rel(ours, theirs).pvalue),
            })

# Holm: the adjusted p of a test is the largest, over tests with a p not above its own, of p times the number not below.
p = np.array([t["p"] for t in tests])
for i, test in enumerate(tests):
    below = [q for q in p if q <= p[i]]
    test["pHolm"] = float(min(1.0, max(q * np.sum(p >= q) for q in below)))

Path(__file__).with_suffix(".json").write_text(json.dumps({"users": users, "runs": runs, "tests": tests}, indent=1) + "\n")
