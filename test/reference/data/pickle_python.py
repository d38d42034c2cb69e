"""Pickles of plain data by Python's pickle, numpy and scipy.sparse, protocols 0 to 5, with what they hold.

Writes pickle_python.json beside this file.

    python pickle_python.py
"""

import base64
import collections
import json
import math
import pathlib
import pickle

import numpy as np
import scipy.sparse as sp

shared = [1, 2]
dense = np.array([[0, 2, 0], [1.5, 0, -3]])
values = {
    "scalars": [None, True, False, 0, 1, 255, 256, 65535, 65536, -1, 2**31 - 1, -(2**31), 2**31, -(2**40), 2**53 - 1, 2**53, -(2**63), 2**100, -(2**2000)],
    "floats": [0.0, -0.5, 1e300, 5e-324, math.pi, math.inf, -math.inf, math.nan],
    "texts": ["", "a", "Zoë", "日本", "🎬", "line\nend", "back\\slash", "\\u0041", "tab\t\x00\x1a", "x" * 300],
    "bytes": [b"", b"\x00\xff\n", bytes(range(256)) * 2, bytearray(b"ab")],
    "containers": {"list": [], "tuple": (), "one": (1,), "two": (1, 2), "three": (1, 2, 3), "four": (1, 2, 3, 4), "dict": {}, "nested": [[[{"a": (1, [2])}]]]},
    "sets": [{1}, frozenset(["b"]), set(), frozenset()],
    "keys": {1: "int", "1": "text", None: 0, 2.5: 1, 2**70: 2, "__proto__": {"polluted": True}, "constructor": 3},
    "long": list(range(3000)),
    "many": {i: str(i) for i in range(1500)},
    "shared": [shared, shared, "word", "word"],
    "ordered": collections.OrderedDict([("b", 1), ("a", 2)]),
    "defaultdict": collections.defaultdict(list, {3: [1], 1: [2]}),
    "arrays": [np.array([1, -2, 3], dtype) for dtype in ("i1", "i2", "i4", "i8", "f4", "f8", ">i2", ">i4", ">i8", ">f4", ">f8")]
    + [np.array([1, 2, 250], dtype) for dtype in ("u1", "u2", "u4", "u8")]
    + [np.array([True, False]), np.zeros((0, 3)), np.array(5.0), np.arange(24.0).reshape(2, 3, 4), np.asfortranarray(np.arange(6, dtype="i4").reshape(2, 3))],
    "numpy scalars": [np.int64(-7), np.int32(2**31 - 1), np.float64(0.1), np.float32(0.1), np.bool_(True), np.uint8(200), np.int64(2**60), np.uint64(2**63)],
    "similar": {4: [np.int64(9), np.int64(2)], 1: [np.int64(4)]},
    "coo_matrix": sp.coo_matrix(dense),
    "coo_array": sp.coo_array((np.array([1.0, 2.0, 5.0]), (np.array([2, 0, 2], "int64"), np.array([1, 1, 1], "int64"))), shape=(3, 2)),
    "csr_matrix": sp.csr_matrix(dense),
    "csr_array": sp.csr_array((3, 4)),
}  # fmt: skip


def told(value):
    """A value as JSON, kinds that JSON lacks as {"kind": ...}."""
    if isinstance(value, (np.bool_, np.integer, np.floating)):
        value = value.item()
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else {"kind": "bigint", "text": str(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"kind": "float", "text": str(value)}
    if isinstance(value, (bytes, bytearray)):
        return {"kind": "bytes", "base64": base64.b64encode(value).decode()}
    if isinstance(value, (list, tuple)):
        return [told(part) for part in value]
    if isinstance(value, dict):
        return {"kind": "dict", "entries": [[told(key), told(part)] for key, part in value.items()]}
    if isinstance(value, (set, frozenset)):
        return {"kind": "set", "members": [told(part) for part in value]}
    if isinstance(value, np.ndarray):
        return {"kind": "array", "type": value.dtype.str[1:], "shape": list(value.shape), "data": told(value.flatten().tolist())}
    coo = value.tocoo()
    return {"kind": "sparse", "shape": list(coo.shape), "row": coo.row.tolist(), "column": coo.col.tolist(), "values": coo.data.tolist()}


class Command:
    def __reduce__(self):
        import os

        return os.system, ("echo harm",)


class Own:
    pass


def older(data):
    """As numpy before 2 and scipy before 1.8 named their modules; only for protocols whose names are lines."""
    return data.replace(b"numpy._core.", b"numpy.core.").replace(b"scipy.sparse._coo", b"scipy.sparse.coo").replace(b"scipy.sparse._csr", b"scipy.sparse.csr")


encode = lambda data: base64.b64encode(data).decode()
cases = [{"name": name, "value": told(value), "pickles": [encode(pickle.dumps(value, protocol)) for protocol in range(6)]} for name, value in values.items()]
for name in ("numpy scalars", "coo_matrix", "csr_matrix"):
    cases.append({"name": f"{name}, older names", "value": told(values[name]), "pickles": [encode(older(pickle.dumps(values[name], protocol))) for protocol in range(4)]})

cycle = []
cycle.append(cycle)
nested = []
for _ in range(400):
    nested = [nested]
refused = {
    "os.system": Command(), "an own class": Own(), "a function": print, "a class": collections.OrderedDict, "objects": np.array([None]),
    "a dtype": np.dtype("f4"), "structures": np.zeros(2, "i4,f8"), "texts": np.array(["a"]), "half": np.zeros(1, "f2"), "complex": 1j,
    "a tuple as key": {(1, 2): 3}, "a cycle": cycle, "deep": nested, "csc": sp.csc_matrix(dense), "a matrix of booleans in 3-d": np.zeros((1,), "M8[s]"),
}  # fmt: skip
hostile = [{"name": name, "pickles": [encode(pickle.dumps(value, protocol)) for protocol in range(6)]} for name, value in refused.items()]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({"cases": cases, "refused": hostile}))
