"""Wilson score intervals at 95% by scipy: python wilson.py > wilson.json"""
import json
from scipy.stats import binomtest

cases = [(0, 10), (10, 10), (9, 10), (1, 3), (17, 20), (180, 200), (0, 1)]
rows = []
for k, n in cases:
    interval = binomtest(k, n).proportion_ci(confidence_level=0.95, method="wilson")
    rows.append({"k": k, "n": n, "low": interval.low, "high": interval.high})
print(json.dumps(rows, indent=1))
