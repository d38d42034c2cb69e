"""Writes what both sides of the benchmark read: MIND from a RecLM clone, or a synthetic set, as raw 32-bit arrays.

    RECLM_CLONE=... python prepare.py mind FOLDER
    python prepare.py synthetic FOLDER USERS ITEMS PAIRS
"""

import json
import os
import pathlib
import pickle
import sys

import numpy as np

TEXT = 768  # numbers of a text vector, as the authors' encoder gives


def mind():
    """Items are the union of the catalogues; columns of each matrix are turned into them."""
    data = pathlib.Path(os.environ["RECLM_CLONE"]) / "data" / "mind"
    load = lambda name: pickle.loads((data / f"{name}.pkl").read_bytes())
    maps = {name: load(f"item_id_map_{name}") for name in ("train", "test", "zero")}
    ids = sorted(set(maps["train"]) | set(maps["test"]))
    place = {item: n for n, item in enumerate(ids)}
    columns = {name: np.array([place[item] for item, _ in sorted(m.items(), key=lambda kv: kv[1])], np.int32) for name, m in maps.items()}
    pairs = lambda matrix, name: (matrix.row.astype(np.int32), columns[name][matrix.col])
    train, test, mask = (load(n).tocoo() for n in ("trnMat_zero", "tstMat_zero_", "maskMat_zero"))
    arrays = {"users": train.row, "items": pairs(train, "train")[1], "warm": np.sort(columns["train"]), "candidates": np.sort(columns["test"])}
    arrays["testUsers"], arrays["testItems"] = pairs(test, "test")
    arrays["maskUsers"], arrays["maskItems"] = pairs(mask, "test")
    return train.shape[0], len(ids), arrays


def synthetic(users, items, pairs):
    """Pairs with a long-tailed popularity and activity; every user and item has one."""
    rng = np.random.default_rng(1)
    keys = np.unique(np.concatenate([np.arange(users, dtype=np.int64) * items + rng.integers(0, items, users),
                                     rng.integers(0, users, items) * items + np.arange(items)]))  # fmt: skip
    while len(keys) < pairs:
        more = int((pairs - len(keys)) * 1.3) + 16
        u = (users * rng.random(more) ** 1.7).astype(np.int64)
        i = (items * rng.random(more) ** 2.2).astype(np.int64)
        keys = np.unique(np.concatenate([keys, u * items + i]))
    keys = np.sort(rng.permutation(keys)[:pairs])
    every = np.arange(items, dtype=np.int32)
    held = np.arange(0, users, max(1, users // 20000))
    arrays = {"users": keys // items, "items": keys % items, "warm": np.unique(keys % items), "candidates": every}
    arrays["testUsers"], arrays["testItems"] = held, rng.integers(0, items, len(held))
    known = set(keys[np.isin(keys // items, held)].tolist())
    free = np.array([u * items + i not in known for u, i in zip(arrays["testUsers"].tolist(), arrays["testItems"].tolist())])
    arrays["testUsers"], arrays["testItems"] = arrays["testUsers"][free], arrays["testItems"][free]
    arrays["maskUsers"], arrays["maskItems"] = arrays["users"], arrays["items"]
    return users, items, arrays


kind, folder = sys.argv[1], pathlib.Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
users, items, arrays = mind() if kind == "mind" else synthetic(*(int(n) for n in sys.argv[3:6]))
for name, values in arrays.items():
    np.asarray(values).astype(np.int32).tofile(folder / f"{name}.i32")
# Seeded noise of BERT's magnitude: seconds do not depend on the values.
rng = np.random.default_rng(768)
(rng.standard_normal((items, TEXT), np.float32) * np.float32(15 / TEXT**0.5)).tofile(folder / "text.f32")
meta = {"users": int(users), "items": int(items), "text": TEXT, "pairs": len(arrays["users"])}
(folder / "meta.json").write_text(json.dumps(meta))
print(json.dumps(meta))
