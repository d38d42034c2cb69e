"""AdamW, gradient clipping (torch 2.13) and learning-rate schedules (transformers 5.23), for test/tuning/optimisers.test.ts."""

import json
import sys
from pathlib import Path

import torch
from transformers import get_constant_schedule_with_warmup, get_cosine_schedule_with_warmup, get_linear_schedule_with_warmup

sys.path.append(str(Path(__file__).parent.parent / "transformer"))
from noise import noise  # noqa: E402

SIZES = [7, 12]


def adamw():
    parameters = [torch.nn.Parameter(torch.from_numpy(noise(50 + i, (n,), 1.0).copy())) for i, n in enumerate(SIZES)]
    optimiser = torch.optim.AdamW(parameters, lr=1.0, weight_decay=0.1)
    norms = []
    for step in range(6):
        for i, p in enumerate(parameters):
            p.grad = torch.from_numpy(noise(100 + 10 * step + i, (p.numel(),), 0.3 * (step + 1)).copy())
        norms.append(float(torch.nn.utils.clip_grad_norm_(parameters, 1.5)))
        for group in optimiser.param_groups:
            group["lr"] = 0.01 * (step + 1)
        optimiser.step()
    return dict(sizes=SIZES, norms=norms, parameters=[p.tolist() for p in parameters],
                first=[optimiser.state[p]["exp_avg"].tolist() for p in parameters],
                second=[optimiser.state[p]["exp_avg_sq"].tolist() for p in parameters])


def schedule(make, **counts):
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2e-3)
    scheduler = make(optimiser, **counts)
    rates = []
    for _ in range(10):
        rates.append(scheduler.get_last_lr()[0])
        optimiser.step()
        scheduler.step()
    return rates


rates = {f"{name} {warmup}": schedule(make, num_warmup_steps=warmup, **({} if name == "constant" else dict(num_training_steps=10)))
         for warmup in (0, 3)
         for name, make in (("constant", get_constant_schedule_with_warmup), ("linear", get_linear_schedule_with_warmup), ("cosine", get_cosine_schedule_with_warmup))}
Path(__file__).with_suffix(".json").write_text(json.dumps(dict(adamw=adamw(), peak=2e-3, rates=rates)) + "\n")
