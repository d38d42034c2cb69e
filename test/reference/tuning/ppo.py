"""PPO's formulas in torch 2.13 with autograd, for test/tuning/ppo/formulas.test.ts. Run: python ppo.py

Rewards, GAE, whitening, clipped losses and the adaptive coefficient as TRL 0.7.9 defines them on right-padded batches (also
lm-human-preference-details); truncated importance weights as verl's rollout correction. Inputs come from noise.py.
"""

import json
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent / "transformer"))
from noise import noise  # noqa: E402

LENGTHS = [1, 3, 7, 4, 2]
ENDED = [True, False, True, True, False]
GAMMA, LAMBDA, KL_COEF, EOS_PENALTY = 0.97, 0.95, 0.2, 0.7
CLIP, VALUE_CLIP = 0.2, 0.2
MASK = torch.tensor([[float(t < n) for t in range(max(LENGTHS))] for n in LENGTHS])


def padded(seed, scale, shift=0.0):
    rows = torch.zeros(MASK.shape)
    for b, n in enumerate(LENGTHS):
        rows[b, :n] = torch.from_numpy(noise(seed + b, (n,), scale)) + shift
    return rows


def flat(rows):
    return rows[MASK.bool()].tolist()


def masked_mean(x):
    return (x * MASK).sum() / MASK.sum()


def whiten(x, shift_mean=True):
    mean, n = masked_mean(x), MASK.sum()
    variance = masked_mean((x - mean) ** 2) * n / (n - 1)
    white = (x - mean) * torch.rsqrt(variance + 1e-8)
    return white if shift_mean else white + mean


def rewards(old, ref, scores):
    result = -KL_COEF * (old - ref) * MASK
    for b, n in enumerate(LENGTHS):
        result[b, n - 1] += scores[b] - (0.0 if ENDED[b] else EOS_PENALTY)
    return result


def gae(reward, value):
    last, advantages, width = 0.0, [], reward.shape[1]
    value = value * MASK
    for t in reversed(range(width)):
        following = value[:, t + 1] if t < width - 1 else 0.0
        delta = reward[:, t] + GAMMA * following - value[:, t]
        last = delta + GAMMA * LAMBDA * last
        advantages.append(last)
    stacked = torch.stack(advantages[::-1]).T * MASK
    return stacked, stacked + value


def policy(new, old, advantages, weights):
    new = new.clone().requires_grad_()
    ratio = torch.exp(new - old)
    plain, clipped = -advantages * ratio, -advantages * torch.clamp(ratio, 1 - CLIP, 1 + CLIP)
    loss = masked_mean(weights * torch.max(plain, clipped))
    loss.backward()
    return dict(loss=loss.item(), derivatives=flat(new.grad), clipShare=masked_mean((clipped > plain).float()).item(),
                approxKl=(0.5 * masked_mean((new - old) ** 2)).item(), policyKl=masked_mean(old - new).item(),
                meanRatio=masked_mean(ratio).item(), maxRatio=ratio[MASK.bool()].max().item())


def value_loss(new, old, returns):
    new = new.clone().requires_grad_()
    clipped = torch.max(torch.min(new, old + VALUE_CLIP), old - VALUE_CLIP)
    plain, other = (new - returns) ** 2, (clipped - returns) ** 2
    loss = 0.5 * masked_mean(torch.max(plain, other))
    loss.backward()
    return dict(loss=loss.item(), derivatives=flat(new.grad), clipShare=masked_mean((other > plain).float()).item())


def adaptive(coef, target, horizon, steps):
    history = []
    for current, n in steps:
        coef *= 1 + max(-0.2, min(0.2, current / target - 1)) * n / horizon
        history.append(coef)
    return history


def importance(old, sampler, cap):
    token = torch.exp(old - sampler).clamp(max=cap)
    total = ((old - sampler) * MASK).sum(1, keepdim=True)
    return dict(token=flat(token), sequence=flat(torch.exp(total).clamp(max=cap).expand_as(old)))


old, ref, new = padded(100, 2.0, -3.0), padded(110, 2.0, -3.0), padded(100, 2.0, -3.0) + padded(120, 0.5)
old_values, new_values = padded(130, 1.0), padded(130, 1.0) + padded(140, 0.6)
sampler = old + padded(150, 0.9)
scores = noise(160, (len(LENGTHS),), 2.0).tolist()
reward = rewards(old, ref, scores)
advantages, returns = gae(reward, old_values)
white = whiten(advantages)
ones = torch.ones(MASK.shape)
explained = 1 - torch.var(returns[MASK.bool()] - old_values[MASK.bool()]) / torch.var(returns[MASK.bool()])
weights = importance(old, sampler, 2.0)
token_weights = torch.zeros(MASK.shape)
token_weights[MASK.bool()] = torch.tensor(weights["token"])
KLS = [[9.0, 64], [5.0, 64], [-1.0, 8], [6.1, 512]]

Path(__file__).with_suffix(".json").write_text(json.dumps(dict(
    lengths=LENGTHS, ended=ENDED, gamma=GAMMA, gaeLambda=LAMBDA, klCoef=KL_COEF, missingEosPenalty=EOS_PENALTY,
    clipCoef=CLIP, valueClipCoef=VALUE_CLIP, rewards=flat(reward), advantages=flat(advantages), returns=flat(returns),
    white=flat(white), whiteKeepingMean=flat(whiten(advantages, False)), policy=policy(new, old, white, ones),
    weightedPolicy=policy(new, old, white, token_weights), value=value_loss(new_values, old_values, returns),
    adaptive=dict(initial=0.2, target=6.0, horizon=10000, steps=KLS, coefs=adaptive(0.2, 6.0, 10000, KLS)),
    cap=2.0, importance=weights, explainedVariance=explained.item(),
    sequenceKl=((old - ref) * MASK).sum(1).mean().item())) + "\n")
