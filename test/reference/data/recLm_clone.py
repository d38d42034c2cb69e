"""A tiny clone in the layout of HKUDS/RecLM (pickles of dicts and scipy.sparse matrices, npy arrays, CSV, Arrow), with what it says.

Writes recLm_clone.json beside this file. The maps' values follow neither the order of the keys nor their size.

    python recLm_clone.py        (needs numpy, scipy, pyarrow)
"""

import base64
import csv
import io
import json
import pathlib
import pickle

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

U = 5
train = {3: [0, 4], 0: [7, 0], 1: [4], 4: [2, 0, 7], 2: [4]}  # item 2 is in training alone
test = {0: [7, 9, 4], 1: [5], 2: [4, 0], 3: [9, 5], 4: [0]}  # 0:7, 2:4, 4:0 recur; items 5 and 9 are new
maps = {"train": {4: 2, 0: 0, 7: 1, 2: 3}, "test": {9: 0, 0: 4, 4: 1, 7: 2, 5: 3}, "zero": {9: 1, 5: 0}}
info = {
    9: {"cate": "sports", "sub_cate": "golf", "title": "Nine\nholes", "abstract": "A  day out."}, 0: {"cate": "news", "sub_cate": "", "title": "Zero hour", "abstract": ""},
    2: {"cate": "", "sub_cate": "", "title": "Two", "abstract": "x"}, 7: {"cate": "tv", "sub_cate": "late", "title": "Seven", "abstract": "y"},
    5: {"cate": "tv", "sub_cate": "late", "title": "Zoë's five", "abstract": "z"}, 4: {"cate": "news", "sub_cate": "us", "title": "Four", "abstract": "w"},
}  # fmt: skip
fresh = {u: [i for i in test[u] if i not in train[u]] for u in test}


def matrix(rows, columns, keep=lambda item: True):
    cells = [(u, columns[i]) for u in sorted(rows) for i in rows[u] if keep(i)]
    at = ([u for u, _ in cells], [c for _, c in cells])
    coo = sp.coo_matrix((np.ones(len(cells)), at), shape=(U, len(columns)))
    coo.coords = tuple(place.astype("int32") for place in coo.coords)
    return coo


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def table(rows):
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["UID", "Input", "Response"])
    writer.writerows(rows)
    return file.getvalue().encode()


def stream(rows):
    sink = pa.BufferOutputStream()
    columns = pa.table({name: [row[at] for row in rows] for at, name in enumerate(["UID", "Input", "Response"])})
    with pa.ipc.new_stream(sink, columns.schema) as writer:
        writer.write_table(columns)
    return sink.getvalue().to_pybytes()


profile = lambda word: f"User identity: {word} fan, Reader, Viewer; User interests: {word}, News, Films."
user_rows = [[3, 'Clicked: "Zero hour",\nand Four', profile("Golf")], [0, "Clicked", "no profile"]]
rng = np.random.default_rng(11)
features, items, users = rng.normal(0, 1, (10, 6)).astype("f4"), rng.normal(0, 1, (10, 6)), rng.normal(0, 1, (U, 6)).astype("f4")
pickles = {
    "trnMat_zero": matrix(train, maps["train"]), "tstMat_zero_": matrix(fresh, maps["test"]), "tstMat_zero_shot": matrix(fresh, maps["zero"], lambda i: i in maps["zero"]),
    "maskMat_zero": matrix(train, maps["test"], lambda i: i in maps["test"]), "user_item_dict_train": train, "user_item_dict_test": test, "item_info_dict": info,
    **{f"item_id_map_{name}": columns for name, columns in maps.items()},
    "self_instruction_dict": {u: [np.int64(v) for v in (0, 2, 1)] for u in (4, 1)},
    "gpt_output_dict_item_side_filter": {7: {"identity": "", "interests": "", "input": "", "output": profile("Night")}},
}  # fmt: skip
files = {f"data/mind/{name}.pkl": pickle.dumps(value, 4) for name, value in pickles.items()}
files |= {
    "data/mind/item_original_features.npy": npy(features), "data/mind/item_profile/item_profile_embeddings.npy": npy(items), "data/mind/user_profile/user_profile_embeddings.npy": npy(users),
    "sft_data/mind/mind_fine_tune.csv": table(user_rows), "sft_data/mind/mind_hf/data-00000-of-00001.arrow": stream(user_rows),
}  # fmt: skip
pairs = lambda lists: [f"{u}:{i}" for u in sorted(lists) for i in lists[u]]
expected = {
    "train": pairs(train), "test": sorted(pairs(fresh)), "mask": sorted(pair for pair in pairs(train) if int(pair[2:]) in maps["test"]),
    "zeroShot": sorted(pair for pair in pairs(fresh) if int(pair[2:]) in maps["zero"]), "ids": sorted(info), "trainItems": sorted(maps["train"]),
    "testItems": sorted(maps["test"]), "zeroItems": sorted(maps["zero"]), "features": features[sorted(info)].flatten().tolist(), "itemProfiles": items[sorted(info)].flatten().tolist(),
    "userProfiles": users.flatten().tolist(),
}  # fmt: skip
encoded = {path: base64.b64encode(content).decode() for path, content in files.items()}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({"files": encoded, "expected": expected}))
