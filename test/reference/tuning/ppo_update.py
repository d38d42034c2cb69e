"""Whole PPO updates of transformers + PEFT with autograd, for test/tuning/ppo/update.test.ts. Run: python ppo_update.py

Versions and the random llama as in ../transformer/transformer_peft.py. TRL 0.7.9's step written out: old and reference log
probabilities (adapter disabled) at the sampling temperature, rewards, GAE, whitening over the batch, then epochs of mini-batches,
each a step of torch.optim.Adam (eps 1e-5) over the adapter and the value head.
"""

import json
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent / "transformer"))
from noise import noise, uniform  # noqa: E402
from transformer_peft import TINY, adapted, batch_of, gradients, heads_of, linear, neighbours, packed, tiny_model  # noqa: E402

TARGETS = ["attn_q", "attn_v"]
SHAPES = [(6, 9), (10, 1), (4, 12), (8, 5)]
ENDED = [True, False, True, False]
SCORES = [1.5, -0.5, 0.25, 2.0]
COMMON = dict(temperature=0.9, klCoef=0.2, missingEosPenalty=1.0, gamma=1.0, gaeLambda=0.95, clipCoef=0.2, valueClipCoef=0.2,
              valueCoef=0.1, miniBatch=2, learningRate=5e-3, orders=[[2, 0, 3, 1], [1, 3, 0, 2], [0, 1, 2, 3]])
CASES = {
    "shared": dict(valueGradient="shared", whitenRewards=False, maxGradNorm=0.5, oldNoise=0.0, cap=None),
    "head": dict(valueGradient="head", whitenRewards=True, maxGradNorm=None, oldNoise=0.3, cap=2.0),
}
DIALOGUES = [dict(ids=(uniform(31 + b, p + r) * TINY["vocab_size"]).astype(int).tolist(), mask=[0] * p + [1] * r)
             for b, (p, r) in enumerate(SHAPES)]


def rows_of(peft, chosen, weight, bias, temperature, detach=False):
    """Per dialogue: log p of each response token and the value of the state before it."""
    batch = batch_of([DIALOGUES[b] for b in chosen])
    out = peft(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], output_hidden_states=True)
    hidden = out.hidden_states[-1].detach() if detach else out.hidden_states[-1]
    rows = []
    for i, b in enumerate(chosen):
        p, r = SHAPES[b]
        read = torch.arange(p - 1, p + r - 1)
        words = torch.log_softmax(out.logits[i, read] / temperature, -1)
        rows.append(dict(logp=words[torch.arange(r), torch.tensor(DIALOGUES[b]["ids"][p:])], values=hidden[i, read] @ weight + bias,
                         entropy=-(words.exp() * words).sum(-1)))
    return rows


def whiten(parts, shift_mean=True):
    flat = torch.cat(parts)
    white = (flat - flat.mean()) * torch.rsqrt(flat.var(unbiased=True) + 1e-8)
    return list(torch.split(white if shift_mean else white + flat.mean(), [len(p) for p in parts]))


def targets_of(old, ref, c):
    rewards, advantages, returns = [], [], []
    for b, row in enumerate(old):
        reward = -c["klCoef"] * (row["logp"] - ref[b]["logp"])
        reward[-1] += SCORES[b] - (0 if ENDED[b] else c["missingEosPenalty"])
        rewards.append(reward)
    if c["whitenRewards"]:
        rewards = whiten(rewards, False)
    for b, row in enumerate(old):
        values, last, result = row["values"], 0.0, []
        for t in reversed(range(len(values))):
            following = values[t + 1] if t + 1 < len(values) else 0.0
            last = rewards[b][t] + c["gamma"] * following - values[t] + c["gamma"] * c["gaeLambda"] * last
            result.append(last)
        advantages.append(torch.stack(result[::-1]))
        returns.append(advantages[-1] + values)
    return whiten(advantages), returns


def step_losses(new, old, advantages, returns, weights, c):
    flat = lambda parts: torch.cat(list(parts))  # noqa: E731
    logp, before, a, w = flat(r["logp"] for r in new), flat(r["logp"] for r in old), flat(advantages), flat(weights)
    value, value_before, target = flat(r["values"] for r in new), flat(r["values"] for r in old), flat(returns)
    ratio = torch.exp(logp - before)
    plain, clipped = -a * ratio, -a * torch.clamp(ratio, 1 - c["clipCoef"], 1 + c["clipCoef"])
    policy = (w * torch.max(plain, clipped)).mean()
    near = torch.max(torch.min(value, value_before + c["valueClipCoef"]), value_before - c["valueClipCoef"])
    first, second = (value - target) ** 2, (near - target) ** 2
    critic = 0.5 * torch.max(first, second).mean()
    return dict(loss=policy + c["valueCoef"] * critic, policyLoss=policy, valueLoss=critic,
                clipShare=(clipped > plain).float().mean(), valueClipShare=(second > first).float().mean(),
                approxKl=0.5 * ((logp - before) ** 2).mean(), policyKl=(before - logp).mean(),
                entropy=flat(r["entropy"] for r in new).mean(), meanRatio=ratio.mean(), maxRatio=ratio.max())


def weights_of(peft, config):
    found = {}
    for block in range(config.num_hidden_layers):
        for target in TARGETS:
            layer, heads = linear(peft, block, target), heads_of(config, target)
            b = layer.lora_B["default"].weight.detach().numpy()
            found[f"blk.{block}.{target}.weight.a"] = packed(layer.lora_A["default"].weight.detach().numpy())
            found[f"blk.{block}.{target}.weight.b"] = packed(neighbours(b, heads) if heads else b)
    return found


def case(name):
    c = {**COMMON, **CASES[name]}
    model, config = tiny_model()
    peft = adapted(model, config, 4, 8, TARGETS, 0.3)
    weight = torch.tensor(noise(51, (TINY["hidden_size"],), 0.1), requires_grad=True)
    bias = torch.tensor(noise(52, (1,), 0.1), requires_grad=True)
    trained = [p for p in peft.parameters() if p.requires_grad] + [weight, bias]
    optimiser = torch.optim.Adam(trained, lr=c["learningRate"], eps=1e-5)
    everyone = list(range(len(SHAPES)))
    with torch.no_grad():
        old = rows_of(peft, everyone, weight, bias, c["temperature"])
        with peft.disable_adapter():
            ref = rows_of(peft, everyone, weight, bias, c["temperature"])
        exact = [row["logp"].tolist() for row in old]
        for b, row in enumerate(old):
            row["logp"] = row["logp"] + torch.tensor(noise(61 + b, (SHAPES[b][1],), c["oldNoise"]))
    advantages, returns = targets_of(old, ref, c)
    ratios = [torch.exp(torch.tensor(noise(71 + b, (r,), 0.9))) for b, (_, r) in enumerate(SHAPES)]
    weights = [r.clamp(max=c["cap"]) if c["cap"] else torch.ones_like(r) for r in ratios]
    records, first = [], None
    for order in c["orders"]:
        for start in range(0, len(order), c["miniBatch"]):
            chosen = order[start:start + c["miniBatch"]]
            pick = lambda parts: [parts[b] for b in chosen]  # noqa: E731
            optimiser.zero_grad()
            new = rows_of(peft, chosen, weight, bias, c["temperature"], c["valueGradient"] == "head")
            losses = step_losses(new, pick(old), pick(advantages), pick(returns), pick(weights), c)
            losses["loss"].backward()
            first = first or dict(gradients=gradients(peft, config, TARGETS, {0, 1, 2}, 1), headWeight=weight.grad.tolist(),
                                  headBias=bias.grad.tolist())
            norm = torch.nn.utils.clip_grad_norm_(trained, c["maxGradNorm"] or float("inf"))
            optimiser.step()
            records.append(dict(gradNorm=norm.item(), **{k: v.item() for k, v in losses.items()}))
    return dict(config=c, old=exact, values=[r["values"].tolist() for r in old], ref=[r["logp"].tolist() for r in ref],
                advantages=[a.tolist() for a in advantages], returns=[r.tolist() for r in returns], first=first,
                records=records, weights=weights_of(peft, config), headWeight=weight.tolist(), headBias=bias.tolist())


if __name__ == "__main__":
    text = dict(dialogues=DIALOGUES, ended=ENDED, scores=SCORES, cases={name: case(name) for name in CASES})
    Path(__file__).with_suffix(".json").write_text(json.dumps(text) + "\n")
    for name, found in text["cases"].items():
        print(name, *[{k: round(v, 4) for k, v in record.items()} for record in found["records"]], sep="\n")
