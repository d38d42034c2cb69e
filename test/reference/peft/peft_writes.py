"""Adapters that PEFT saves, with transformers' logits, for test/llm/peft.test.ts and test/tuning/rewardFolder.test.ts.

Run: python peft_writes.py; writes peft_writes.json. Versions: torch 2.13 (CPU, float32), transformers 5.24, peft 0.21. The model
is the random llama of ../transformer/transformer_peft.py; every A and B is random, so that an order of q's and k's rows other
than transformers' gives other logits. Of the 16-bit adapters the rounded weights are what the logits are computed with.
"""

import base64
import json
import sys
import tempfile
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig, LlamaForSequenceClassification

sys.path.append(str(Path(__file__).parent.parent / "transformer"))
from transformer_peft import TINY, batch_of, packed, random_dialogue, tiny_model  # noqa: E402

V = TINY["vocab_size"]
DIALOGUES = [random_dialogue(41, 24, 0, V), random_dialogue(42, 9, 0, V)]
POSITIONS = [0, 1, 8, 23]
ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
CASES = {
    "attention": dict(r=4, lora_alpha=8, target_modules=ATTENTION, lora_dropout=0.1),
    "all layers": dict(r=3, lora_alpha=8, target_modules="all-linear"),
    "rank-stabilised": dict(r=4, lora_alpha=3, target_modules=["q_proj", "k_proj"], use_rslora=True),
    "two blocks": dict(r=2, lora_alpha=2, target_modules=["k_proj", "down_proj"], layers_to_transform=[0, 2]),
    "bfloat16": dict(r=4, lora_alpha=8, target_modules=ATTENTION),
    "float16": dict(r=4, lora_alpha=8, target_modules=ATTENTION),
}


def fill(peft, seed):
    """Random A and B; B small enough that the logits stay those of a model."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in peft.named_parameters():
        if "lora_" in name:
            size = value.shape[1] ** -0.5 if "lora_A" in name else 0.3
            value.data = torch.randn(value.shape, generator=generator) * size
        elif "score" in name and value.requires_grad:
            value.data = torch.randn(value.shape, generator=generator)


def rounded(peft, dtype):
    for name, value in peft.named_parameters():
        if "lora_" in name:
            value.data = value.data.to(dtype).float()


def saved(peft, dtype=torch.float32):
    """The folder's two files; 16-bit ones hold the same numbers in half the bytes."""
    with tempfile.TemporaryDirectory() as folder:
        peft.save_pretrained(folder)
        weights = Path(folder, "adapter_model.safetensors")
        if dtype != torch.float32:
            save_file({k: v.to(dtype) for k, v in load_file(weights).items()}, weights, metadata={"format": "pt"})
        return dict(config=Path(folder, "adapter_config.json").read_text(), weights=base64.b64encode(weights.read_bytes()).decode())


def inputs():
    batch = batch_of(DIALOGUES)
    return dict(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"])


def causal_case(name, seed, options):
    model, _ = tiny_model()
    peft = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **options)).eval()
    fill(peft, seed)
    dtype = getattr(torch, name, torch.float32)
    rounded(peft, dtype)
    with torch.no_grad():
        logits = peft(**inputs()).logits
    rows = [[packed(logits[d, t].numpy()) for t in POSITIONS if t < len(x["ids"])] for d, x in enumerate(DIALOGUES)]
    return dict(name=name, **saved(peft, dtype), logits=rows)


def score_case():
    model, _ = tiny_model()
    # Padding is token 96, which no dialogue has; batch_of pads with 0, so its places are filled anew.
    config = LlamaConfig(**TINY, num_labels=1, pad_token_id=96)
    scorer = LlamaForSequenceClassification(config)
    scorer.model.load_state_dict(model.model.state_dict())
    peft = get_peft_model(scorer, LoraConfig(task_type="SEQ_CLS", r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"])).eval()
    fill(peft, 99)
    batch = inputs()
    batch["input_ids"] = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, 96)
    with torch.no_grad():
        scores = peft(**batch).logits[:, 0]
    return dict(**saved(peft), scores=scores.tolist())


if __name__ == "__main__":
    assert all(96 not in d["ids"] for d in DIALOGUES)
    cases = [causal_case(name, seed, options) for seed, (name, options) in enumerate(CASES.items())]
    found = dict(dialogues=DIALOGUES, positions=POSITIONS, cases=cases, score=score_case())
    Path(__file__).with_suffix(".json").write_text(json.dumps(found) + "\n")
