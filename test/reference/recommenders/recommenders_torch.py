"""Losses, gradients and Adam steps of the authors' BiasMF and LightGCN, by PyTorch autograd in float64.

Writes recommenders_torch.json beside this file. Formulae: the paper's Eq. 1-2 as the authors' models compute them
(linear layers [out, in] as in torch; weights are written transposed, [in, out]).

    python recommenders_torch.py
"""

import json
import pathlib

import numpy as np
import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
U, I, TEXT, PROFILE, D, NOMINAL, REG, LR, LAYERS = 7, 9, 5, 6, 8, 8, 1e-2, 1e-2, 2
WARM = [0, 2, 3, 4, 6, 8]
PAIRS = [(0, 0), (0, 2), (1, 2), (1, 8), (2, 3), (2, 4), (2, 6), (3, 0), (4, 6), (5, 8), (5, 3), (6, 4)]
BATCH = [(0, 2, 3), (1, 8, 0), (2, 6, 8), (2, 3, 0), (5, 8, 4), (0, 0, 6)]

rng = np.random.default_rng(11)


def draw(*shape, scale=0.6):
    return rng.normal(0, scale, shape).astype(np.float32).astype(np.float64)


features = {"itemText": draw(I, TEXT), "userProfiles": draw(U, PROFILE), "itemProfiles": draw(I, PROFILE)}
values = {
    "user": draw(U, D),
    "userBias": draw(8, 1),  # seven users, and one number that fills the last group of four
    "text.0.weight": draw(TEXT, D),
    "text.0.bias": draw(1, D),
    "text.2.weight": draw(D, D),
    "text.2.bias": draw(1, D),
    "profile.0.weight": draw(PROFILE, D),
    "profile.0.bias": draw(1, D),
    "profile.2.weight": draw(D, D),
    "profile.2.bias": draw(1, D),
    "concat.weight": draw(2 * D, D),
    "concat.bias": draw(1, D),
}


def mlp(x, p, name):
    hidden = F.relu(x @ p[f"{name}.0.weight"] + p[f"{name}.0.bias"])
    return hidden @ p[f"{name}.2.weight"] + p[f"{name}.2.bias"]


def vectors(p, model, user_aug, item_aug):
    """h [U, d] and z [I, d]."""
    text, user_profiles, item_profiles = (torch.tensor(features[k]) for k in ("itemText", "userProfiles", "itemProfiles"))
    x = p["user"]
    if user_aug:
        x = F.relu(torch.cat([x, F.normalize(mlp(user_profiles, p, "profile"))], 1) @ p["concat.weight"] + p["concat.bias"])
    e = mlp(text, p, "text")
    if item_aug:
        e = F.relu(torch.cat([e, mlp(item_profiles, p, "profile")], 1) @ p["concat.weight"] + p["concat.bias"])
    z = F.normalize(e)
    if model == "BiasMF":
        return x, z
    adjacency = torch.zeros(U + len(WARM), U + len(WARM))
    for u, i in PAIRS:
        adjacency[u, U + WARM.index(i)] = adjacency[U + WARM.index(i), u] = 1
    adjacency = adjacency + torch.eye(len(adjacency))
    scale = torch.diag(adjacency.sum(1) ** -0.5)
    normal = scale @ adjacency @ scale
    layers = [torch.cat([x, z[WARM]])]
    for _ in range(LAYERS):
        layers.append(normal @ layers[-1])
    return sum(layers)[:U], z


def loss_of(p, model, user_aug, item_aug):
    h, z = vectors(p, model, user_aug, item_aug)
    users, positives, negatives = (torch.tensor(column) for column in zip(*BATCH))
    score = lambda items: (h[users] * z[items]).sum(1) + (p["userBias"][users, 0] if model == "BiasMF" else 0)
    bpr = -torch.log(torch.sigmoid(score(positives) - score(negatives))).sum() / NOMINAL
    return bpr + REG * sum((w**2).sum() for w in p.values())


def names_of(model, user_aug, item_aug):
    names = ["user"] + (["userBias"] if model == "BiasMF" else []) + [n for n in values if n.startswith("text")]
    return names + ([n for n in values if n.startswith(("profile", "concat"))] if user_aug or item_aug else [])


def case(model, user_aug, item_aug):
    names = names_of(model, user_aug, item_aug)
    p = {n: torch.tensor(values[n], requires_grad=True) for n in names}
    loss = loss_of(p, model, user_aug, item_aug)
    loss.backward()
    h, z = vectors(p, model, user_aug, item_aug)
    scores = (h @ z.T).flatten().tolist()
    gradients = {n: p[n].grad.flatten().tolist() for n in names}
    optimiser = torch.optim.Adam(list(p.values()), lr=LR)
    losses = []
    for _ in range(6):
        optimiser.zero_grad()
        step_loss = loss_of(p, model, user_aug, item_aug)
        losses.append(step_loss.item())
        step_loss.backward()
        optimiser.step()
    return {
        "model": model,
        "augment": {"user": user_aug, "item": item_aug},
        "loss": loss.item(),
        "gradients": gradients,
        "adamLosses": losses,
        "scores": scores,
    }


def listed(arrays):
    return {n: {"rows": a.shape[0], "cols": a.shape[1], "data": a.flatten().tolist()} for n, a in arrays.items()}


result = {
    "userCount": U, "itemCount": I, "width": D, "nominal": NOMINAL, "regularisation": REG, "learningRate": LR, "layers": LAYERS,
    "warmItems": WARM, "pairs": PAIRS, "batch": BATCH, "features": listed(features), "values": listed(values),
    "cases": [case(m, u, i) for m in ("BiasMF", "LightGCN") for u in (False, True) for i in (False, True)],
}  # fmt: skip
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result))
