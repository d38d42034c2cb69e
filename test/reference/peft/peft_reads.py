"""Adapters written by this project, loaded by PEFT, with transformers' logits, for test/llm/peft.test.ts.

Run: node .cache/test/support/peftFolders.js FOLDER, then python peft_reads.py FOLDER [OUTPUT]; writes peft_reads.json unless told
otherwise. Versions: torch 2.13 (CPU, float32), transformers 5.24, peft 0.21. Model: the random llama of
../transformer/transformer_peft.py. Fails where PEFT warns (missing or unexpected keys), and where a loaded tensor is not adapted.
"""

import hashlib
import json
import sys
import warnings
from pathlib import Path

import torch
from peft import PeftModel
from transformers import LlamaConfig, LlamaForSequenceClassification

sys.path.append(str(Path(__file__).parent.parent / "transformer"))
from peft_writes import DIALOGUES, POSITIONS, inputs  # noqa: E402
from transformer_peft import TINY, packed, tiny_model  # noqa: E402


def loaded(model, folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Tells of transformers' own fields, not of adapters.
        warnings.filterwarnings("ignore", category=FutureWarning)
        return PeftModel.from_pretrained(model, folder).eval()


def facts(peft, folder):
    config = peft.peft_config["default"]
    files = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.iterdir())}
    adapted = sum("lora_A" in name for name, _ in peft.named_parameters())
    return dict(name=folder.name, sha256=files, adapted=adapted, rank=config.r, alpha=config.lora_alpha, dropout=config.lora_dropout)


def causal(folder):
    peft = loaded(tiny_model()[0], folder)
    with torch.no_grad():
        logits = peft(**inputs()).logits
    rows = [[packed(logits[d, t].numpy()) for t in POSITIONS if t < len(x["ids"])] for d, x in enumerate(DIALOGUES)]
    return dict(**facts(peft, folder), logits=rows)


def reward(folder):
    scorer = LlamaForSequenceClassification(LlamaConfig(**TINY, num_labels=1, pad_token_id=96))
    scorer.model.load_state_dict(tiny_model()[0].model.state_dict())
    peft = loaded(scorer, folder)
    batch = inputs()
    batch["input_ids"] = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, 96)
    with torch.no_grad():
        scores = peft(**batch).logits[:, 0]
    return dict(**facts(peft, folder), scores=scores.tolist())


if __name__ == "__main__":
    folders = [f for f in sorted(Path(sys.argv[1]).iterdir()) if f.is_dir()]
    found = dict(dialogues=DIALOGUES, positions=POSITIONS,
                 cases=[causal(f) for f in folders if f.name != "reward"], reward=reward(Path(sys.argv[1], "reward")))
    output = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).with_suffix(".json")
    output.write_text(json.dumps(found) + "\n")
