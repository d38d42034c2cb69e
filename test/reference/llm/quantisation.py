"""Random blocks of every storage type and what gguf-py makes of them; run with gguf and numpy, writes quantisation.json.

Each entry: the stored bytes (base64) and SHA-256 of the 32-bit floats gguf-py dequantises them to, plus the first
values. `encode` holds 32-bit floats with the bytes of gguf-py's own F16 and Q8_0 encoders (documented as bit-exact
with quantize_row_q8_0_ref of ggml).
"""

import base64
import hashlib
import json
import pathlib

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as T, quants

rng = np.random.default_rng(20240607)
BLOCKS = 24


def text(array):
    return base64.b64encode(array.tobytes()).decode()


def half_places(kind):
    return {T.Q4_0: [0], T.Q4_1: [0, 2], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q8_0: [0], T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208]}[kind]


def decoding(kind):
    block, size = GGML_QUANT_SIZES[kind]
    if block == 1:
        values = (rng.standard_normal(96) * 10.0 ** rng.integers(-9, 4, 96)).astype(np.float32)
        stored = quants.quantize(values, kind).view(np.uint8)
    else:
        stored = rng.integers(0, 256, (BLOCKS, size), dtype=np.uint8)
        for place in half_places(kind):
            halves = (rng.standard_normal(BLOCKS) * 10.0 ** rng.integers(-6, 2, BLOCKS)).astype(np.float16)
            stored[:, place : place + 2] = halves.view(np.uint8).reshape(BLOCKS, 2)
        stored = stored.reshape(-1)
    values = np.ascontiguousarray(quants.dequantize(stored, kind).reshape(-1), dtype=np.float32)
    return {"bytes": text(stored), "sha256": hashlib.sha256(values.tobytes()).hexdigest(), "first": text(values[:32])}


kinds = [T.F32, T.F16, T.BF16, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.Q4_K, T.Q5_K, T.Q6_K]
halves = np.concatenate(
    [
        (rng.standard_normal(640) * 10.0 ** rng.integers(-9, 6, 640)).astype(np.float32),
        # ties, the border of overflow, subnormal halves and their ties, signed zeros
        np.array([2049, 2051, -2049, 65519, 65520, 65504, -70000, 2.0**-24, 2.0**-25, 3 * 2.0**-25, 2.0**-14 - 2.0**-25], np.float32),
        np.array([0.0, -0.0, 5.9604645e-08, 8.9406967e-08, -2.0**-26, 1e-10, np.inf, -np.inf], np.float32),
    ]
)
rows = np.concatenate(
    [
        (rng.standard_normal((20, 32)) * 10.0 ** rng.integers(-4, 3, (20, 1))).astype(np.float32),
        np.zeros((1, 32), np.float32),
        # multiples of half a step: rounding is away from zero
        np.concatenate([[127.0], np.arange(-15.5, 15.5, 1.0)]).astype(np.float32).reshape(1, 32),
    ]
)
out = {
    "decode": {kind.name: decoding(kind) for kind in kinds},
    "encode": {
        "F16": {"values": text(halves), "bytes": text(halves.astype(np.float16))},
        "Q8_0": {"values": text(rows), "bytes": text(quants.quantize(rows, T.Q8_0))},
    },
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")
