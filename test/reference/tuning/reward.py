"""The pairwise loss, its derivatives and the reward's normalisation, for test/tuning/reward-loss.test.ts.

Run: python reward.py. torch 2.13, float64.
"""

import json
import sys
from pathlib import Path

import torch
from torch.nn.functional import logsigmoid

sys.path.append(str(Path(__file__).parent.parent / "transformer"))
from noise import noise  # noqa: E402


def loss_case(chosen, rejected):
    chosen = torch.tensor(chosen, dtype=torch.float64, requires_grad=True)
    rejected = torch.tensor(rejected, dtype=torch.float64, requires_grad=True)
    loss = -logsigmoid(chosen - rejected).mean()
    loss.backward()
    return dict(chosen=chosen.tolist(), rejected=rejected.tolist(), loss=loss.item(), right=int((chosen > rejected).sum()),
                byChosen=chosen.grad.tolist(), byRejected=rejected.grad.tolist())


def normalisation(scores):
    """gain = target_std / std, bias = target_mean - gain * mean (lm-human-preference-details, normalize)."""
    scores = torch.tensor(scores, dtype=torch.float64)
    gain = 1.0 / scores.std()
    bias = 0.0 - gain * scores.mean()
    return dict(scores=scores.tolist(), gain=gain.item(), bias=bias.item())


CASES = dict(
    ordinary=loss_case(noise(1, (9,), 3.0).tolist(), noise(2, (9,), 3.0).tolist()),
    extreme=loss_case([800.0, -800.0, 1e4, 40.0, 0.0], [-800.0, 800.0, 1e4, 0.0, 40.0]),
    ties=loss_case([0.25, -3.0, 1.0], [0.25, -3.0, 0.0]),
)
Path(__file__).with_suffix(".json").write_text(
    json.dumps(dict(losses=CASES, normalisations=[normalisation((5 + noise(3, (20,), 7.0)).tolist()), normalisation([1.0, 3.0])])) + "\n")
