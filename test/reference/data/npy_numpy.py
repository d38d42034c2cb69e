"""npy files by numpy.save, with what they hold.

Writes npy_numpy.json beside this file.

    python npy_numpy.py
"""

import base64
import io
import json
import pathlib

import numpy as np

rng = np.random.default_rng(5)
normal = rng.normal(0, 1, (3, 4))
arrays = {
    "f4": normal.astype("f4"), "f8": normal, "i4": np.array([[1, -2], [2**31 - 1, -(2**31)]], "i4"), "i8": np.array([1, -(2**40)], "i8"), "u1": np.arange(5, dtype="u1"),
    "b1": np.array([True, False, True]), "scalar": np.array(2.5), "empty": np.zeros((0, 768), "f4"), "cube": np.arange(24, dtype="i4").reshape(2, 3, 4),
    "fortran": np.asfortranarray(normal), "fortran cube": np.asfortranarray(np.arange(24, dtype="i8").reshape(2, 3, 4)), "big endian": normal.astype(">f4"),
    "long": np.arange(130, dtype="i2"), "five": np.ones((1, 1, 2, 1, 1), "f4"),
}  # fmt: skip


def saved(array, version=None):
    file = io.BytesIO()
    if version:
        np.lib.format.write_array(file, array, version=version)
    else:
        np.save(file, array)
    return base64.b64encode(file.getvalue()).decode()


def told(name, array, file):
    plain = array.flags.c_contiguous and array.dtype.byteorder != ">"
    return {"name": name, "type": array.dtype.str[1:], "shape": list(array.shape), "data": [str(v) if isinstance(v, int) and not isinstance(v, bool) else v for v in array.flatten().tolist()], "file": file, "plain": bool(plain)}  # fmt: skip


cases = [told(name, array, saved(array)) for name, array in arrays.items()]
cases += [dict(told(f"version {version}", arrays["f4"], saved(arrays["f4"], (version, 0))), plain=False) for version in (2, 3)]
refused = {"objects": np.array([{}], object), "texts": np.array(["ab"]), "structures": np.zeros(2, "i4,f8"), "half": np.zeros(2, "f2"), "complex": np.zeros(2, "c16"), "dates": np.zeros(2, "M8[s]")}
hostile = [{"name": name, "file": saved(array)} for name, array in refused.items()]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({"cases": cases, "refused": hostile}))
