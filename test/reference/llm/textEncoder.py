"""all-MiniLM-L6-v2 (int8 ONNX) run by onnxruntime with the tokenizers package, as sentence-transformers does: mean over
real tokens, length 1. Usage: textEncoder.py <model folder>; writes textEncoder.json (texts made up, first 16 numbers, and the lengths of
the means before)."""

import json
import pathlib
import sys

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

folder = pathlib.Path(sys.argv[1])
texts = [
    "A quiet drama about two brothers who restore a boat.",
    "User identity: [parent], [student], [traveller]; User interests: [thrillers], [heist films], [jazz].",
    "Space opera",
    "É um filme de ação, 1995!",
    "long " * 400,
]
tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
tokenizer.enable_truncation(256)
tokenizer.no_padding()
session = onnxruntime.InferenceSession(str(folder / "onnx" / "model_quantized.onnx"), providers=["CPUExecutionProvider"])
vectors, norms = [], []
for text in texts:
    encoded = tokenizer.encode(text)
    feed = {
        "input_ids": np.array([encoded.ids], np.int64),
        "attention_mask": np.array([encoded.attention_mask], np.int64),
        "token_type_ids": np.array([encoded.type_ids], np.int64),
    }
    states = session.run(None, {k: v for k, v in feed.items() if k in {i.name for i in session.get_inputs()}})[0][0]
    mean = states.astype(np.float64).mean(axis=0)
    norms.append(np.linalg.norm(mean))
    vectors.append(mean / norms[-1])
cosines = np.array(vectors) @ np.array(vectors).T
out = {"texts": texts, "first": np.round(np.array(vectors)[:, :16], 7).tolist(), "cosines": np.round(cosines, 6).tolist(), "norms": np.round(norms, 6).tolist()}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")
