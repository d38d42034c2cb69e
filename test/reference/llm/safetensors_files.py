"""Small files written by the safetensors package, for test/llm/safetensors.test.ts; writes safetensors_files.json.

Run with safetensors 0.8 and torch 2.13 (bfloat16 has no NumPy type). Each entry: the file (base64) and, per tensor, its shape
and its values as little-endian 32-bit floats (base64). "F32" has one type and one text of metadata, so that a writer of
32-bit floats can equal it byte for byte.
"""

import base64
import json
import pathlib

import torch
from safetensors.torch import save

torch.manual_seed(20240607)
# Borders of the 16-bit types: subnormals, the largest finite halves, signed zeros, infinities.
EDGES = torch.tensor([0.0, -0.0, 1.0, -2.5, 2.0**-24, -(2.0**-14), 65504.0, 3.0e38, float("inf"), float("-inf"), 1e-40])


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def entry(tensors: dict, metadata) -> dict:
    values = {
        name: {"shape": list(t.shape), "values": text(t.float().contiguous().numpy().tobytes())} for name, t in tensors.items()
    }
    return {"file": text(save(tensors, metadata)), "metadata": metadata or {}, "tensors": values}


out = {
    "F32": entry(
        {"b.weight": torch.randn(3, 5), "a.weight": torch.randn(2, 2, 2), "é": EDGES.clone(), "scalar": torch.tensor(0.1), "none": torch.zeros(0, 4)},
        {"format": "pt"},
    ),
    "mixed": entry(
        {"half": EDGES.half(), "brain": EDGES.bfloat16(), "float": torch.randn(7), "brain.matrix": torch.randn(4, 3).bfloat16(), "half.matrix": torch.randn(3, 4).half()},
        {"format": "pt", "made": "by hand"},
    ),
    "no metadata": entry({"x": torch.arange(6.0).reshape(2, 3)}, None),
    "other type": entry({"x": torch.arange(6), "y": torch.ones(2)}, None),
    "empty": entry({}, None),
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")
