"""Steps of a reward model with torch, transformers and PEFT, for test/tuning/reward-step.test.ts.

Run: python reward_step.py. Versions and the random llama: ../transformer/transformer_peft.py. The score is a linear head on the
output norm's result at a sequence's last token; a step is the pairwise loss of three pairs, clipping and AdamW.
"""

import json
import sys
from pathlib import Path

import torch
from torch.nn.functional import logsigmoid

sys.path.append(str(Path(__file__).parent.parent / "transformer"))
from policy import TARGETS, head  # noqa: E402
from transformer_peft import TINY, adapted, batch_of, gradients, heads_of, linear, neighbours, packed, random_dialogue, tiny_model  # noqa: E402

V = TINY["vocab_size"]
OPTIONS = dict(learningRate=1e-2, weightDecay=0.1, maxGradNorm=0.5)


def pair(seed, prompt, chosen, rejected):
    """Two answers, of so many tokens, to one prompt."""
    ids = lambda part, length: random_dialogue(10 * seed + part, length, 0, V)["ids"]  # noqa: E731
    shared = ids(0, prompt)
    return dict(chosen=shared + ids(2, chosen), rejected=shared + ids(1, rejected))


PAIRS = [pair(31, 20, 1, 12), pair(32, 5, 30, 9), pair(33, 40, 7, 7)]


def scores(peft, weight, bias, side):
    sequences = [dict(ids=p[side], mask=[0] * len(p[side])) for p in PAIRS]
    batch = batch_of(sequences)
    out = peft(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], output_hidden_states=True)
    return torch.stack([out.hidden_states[-1][b, len(s["ids"]) - 1] @ weight + bias[0] for b, s in enumerate(sequences)])


def weights(peft, config):
    """Every adapter weight, in GGUF's row order."""
    found = {}
    for block in range(config.num_hidden_layers):
        for target in TARGETS:
            layer, heads = linear(peft, block, target), heads_of(config, target)
            a, b = (part["default"].weight.detach().numpy() for part in (layer.lora_A, layer.lora_B))
            found[f"blk.{block}.{target}.weight.a"] = packed(a)
            found[f"blk.{block}.{target}.weight.b"] = packed(neighbours(b, heads) if heads else b)
    return found


def run(steps):
    model, config = tiny_model()
    peft = adapted(model, config, 4, 8, TARGETS, 0.3)
    weight, bias = head()
    trained = [p for p in peft.parameters() if p.requires_grad] + [weight, bias]
    optimiser = torch.optim.AdamW(trained, lr=OPTIONS["learningRate"], weight_decay=OPTIONS["weightDecay"])
    losses, norms, accuracies, first = [], [], [], {}
    for step in range(steps):
        optimiser.zero_grad()
        chosen, rejected = (scores(peft, weight, bias, side) for side in ("chosen", "rejected"))
        loss = -logsigmoid(chosen - rejected).mean()
        loss.backward()
        if step == 0:
            first = dict(chosen=chosen.tolist(), rejected=rejected.tolist(), gradients=gradients(peft, config, TARGETS, {0, 1, 2}, 1),
                         headWeight=weight.grad.tolist())
        losses.append(loss.item())
        accuracies.append((chosen > rejected).float().mean().item())
        norms.append(float(torch.nn.utils.clip_grad_norm_(trained, OPTIONS["maxGradNorm"])))
        optimiser.step()
        if step == 0:
            first["weights"] = {**weights(peft, config), "head.weight": packed(weight.detach().numpy()), "head.bias": packed(bias.detach().numpy())}
    return dict(pairs=PAIRS, **OPTIONS, losses=losses, gradNorms=norms, accuracies=accuracies, first=first)


if __name__ == "__main__":
    Path(__file__).with_suffix(".json").write_text(json.dumps(run(5)) + "\n")
