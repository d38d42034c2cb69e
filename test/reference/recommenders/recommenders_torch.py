"""Losses, gradients, Adam steps and scores of five recommenders in two recipes, by PyTorch autograd in float64.

Writes recommenders_torch.json beside this file. `reclm`: the paper's Eq. 1-2 and the losses as the authors' models compute
them; `canonical`: Koren et al. (2009), He et al. (2017), He et al. (2020), Wu et al. (2021) and Yu et al. (2022). Linear layers
are [out, in] in torch; weights are written transposed, [in, out]. Dropped edges and noise are drawn here and written too.

    python recommenders_torch.py
"""

import json
import pathlib
import zlib

import numpy as np
import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
U, I, TEXT, PROFILE, NOMINAL, REG, LR = 7, 9, 5, 6, 8, 1e-2, 1e-2
LAYERS = {"reclm": 2, "canonical": 3}
WARM = [0, 2, 3, 4, 6, 8]
R = len(WARM)
PAIRS = [(0, 0), (0, 2), (1, 2), (1, 8), (2, 3), (2, 4), (2, 6), (3, 0), (4, 6), (5, 8), (5, 3), (6, 4)]
BATCH = [(0, 2, 3), (1, 8, 0), (2, 6, 8), (2, 3, 0), (5, 8, 4), (0, 0, 6)]
NEGATIVES = [[3, 4, 6, 8], [0, 3, 4, 6], [8, 0, 2, 8], [0, 2, 8, 0], [4, 0, 2, 6], [6, 3, 4, 8]]  # NeuMF as published: four each
KEEP = 0.5

ENTRIES = sorted((u, WARM.index(i)) for u, i in PAIRS)  # in the order of the users' rows


def generator(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def draw(name, *shape, scale=0.6):
    return generator(name).normal(0, scale, shape).astype(np.float32).astype(np.float64)


features = {n: draw(n, *s) for n, s in (("itemText", (I, TEXT)), ("userProfiles", (U, PROFILE)), ("itemProfiles", (I, PROFILE)))}


def mask(name, n, keep):
    return (generator(name).random(n) < keep).astype(float)


# One mask a view: entries into users, entries into items, the two diagonals. The paper's drops whole pairs and has no diagonal.
MASKS = {"reclm": [], "canonical": []}
for view in (1, 2):
    parts = {"toUsers": len(ENTRIES), "toItems": len(ENTRIES), "userLoops": U, "itemLoops": R}
    MASKS["reclm"].append({n: mask(f"{n}{view}", count, KEEP) for n, count in parts.items()})
    kept = mask(f"pairs{view}", len(ENTRIES), 0.8)
    MASKS["canonical"].append({"toUsers": kept, "toItems": kept, "userLoops": np.zeros(U), "itemLoops": np.zeros(R)})

D = 8  # sixteen for the published NeuMF, whose tower halves three times
NOISE = [[{s: np.float32(generator(f"noise {v} {k} {s}").random((n, D))).astype(float) for s, n in (("users", U), ("items", R))} for k in (1, 2, 3)] for v in (0, 1)]  # fmt: skip
for view_noise in NOISE:
    for layer in view_noise:
        for side in layer:
            layer[side] = (layer[side] / np.linalg.norm(layer[side], axis=1, keepdims=True)).astype(np.float32).astype(float)
EPS = {"reclm": 0.9, "canonical": 0.1}


def shapes_of(case):
    """Name -> [rows, cols] of all parameters."""
    recipe, model, d = case["recipe"], case["model"], case["width"]
    shapes = {}

    def sides(prefix, width):
        shapes[f"{prefix}user"] = (U, width)
        if case["items"] == "id":
            shapes[f"{prefix}item"] = (I, width)
        else:
            shapes.update(mlp(f"{prefix}text", TEXT, width))
        if case["fusion"] == "gated":
            for side in ("user", "item"):
                if case["augment"][side]:
                    shapes.update({f"{side}Gate.profile": (PROFILE, width), f"{side}Gate.weight": (2 * width, width), f"{side}Gate.bias": (1, width)})
        elif case["augment"]["user"] or case["augment"]["item"]:
            shapes.update(mlp(f"{prefix}profile", PROFILE, width))
            shapes.update({f"{prefix}concat.weight": (2 * width, width), f"{prefix}concat.bias": (1, width)})

    def mlp(name, inputs, width):
        return {f"{name}.0.weight": (inputs, width), f"{name}.0.bias": (1, width), f"{name}.2.weight": (width, width), f"{name}.2.bias": (1, width)}

    if model == "NCF" and recipe == "canonical":
        sides("gmf.", d // 4)
        sides("mlp.", d)
        for l, (a, b) in enumerate(((2 * d, d), (d, d // 2), (d // 2, d // 4))):
            shapes.update({f"tower.{l}.weight": (a, b), f"tower.{l}.bias": (1, b)})
        shapes.update({"output.weight": (d // 2, 1), "output.bias": (4, 1)})
        return shapes
    sides("", d)
    if model == "BiasMF":
        shapes["userBias"] = (8, 1)  # seven users, and one number that fills the last group of four
        if recipe == "canonical":
            shapes["itemBias"] = (12, 1)
    if model == "NCF":
        shapes.update({"product": (1, d), "joint.weight": (2 * d, d), "joint.bias": (1, d)})
    return shapes


def mlp(x, p, name):
    hidden = F.relu(x @ p[f"{name}.0.weight"] + p[f"{name}.0.bias"])
    return hidden @ p[f"{name}.2.weight"] + p[f"{name}.2.bias"]


def gate(x, profiles, p, name, scale):
    """g x + (1 - g) v, v the projected profile, g = sigmoid([scale x ; v] W + b)."""
    v = profiles @ p[f"{name}.profile"]
    g = torch.sigmoid(torch.cat([scale * x, v], 1) @ p[f"{name}.weight"] + p[f"{name}.bias"])
    return g * x + (1 - g) * v


def sides(p, case, prefix=""):
    """x [U, d] and e [I, d], before any graph."""
    q = {name[len(prefix) :]: value for name, value in p.items() if name.startswith(prefix)}
    text, user_profiles, item_profiles = (torch.tensor(features[k]) for k in ("itemText", "userProfiles", "itemProfiles"))
    join = lambda a, b: F.relu(torch.cat([a, b], 1) @ q["concat.weight"] + q["concat.bias"])
    x = q["user"]
    gated = case["fusion"] == "gated"
    if case["augment"]["user"] and gated and case["model"] in ("BiasMF", "NCF"):
        x = gate(x, user_profiles, q, "userGate", 1)
    if case["augment"]["user"] and not gated:
        x = join(x, F.normalize(mlp(user_profiles, q, "profile")))
    e = q["item"] if case["items"] == "id" else mlp(text, q, "text")
    if case["augment"]["item"]:
        e = gate(e, item_profiles, q, "itemGate", 1) if gated else join(e, mlp(item_profiles, q, "profile"))
    return x, F.normalize(e) if case["recipe"] == "reclm" else e


def adjacency(recipe, masks=None):
    """The normalised adjacency of users and trained items; with a mask, a view of it."""
    a = torch.zeros(U + R, U + R)
    kept = masks["toUsers"] if masks and recipe == "canonical" else np.ones(len(ENTRIES))
    for (u, i), keep in zip(ENTRIES, kept):
        a[u, U + i] = a[U + i, u] = keep
    if recipe == "reclm":
        a = a + torch.eye(U + R)
    degrees = a.sum(1)
    scale = torch.where(degrees > 0, degrees.clamp(min=1e-9) ** -0.5, torch.zeros(()))
    normal = scale[:, None] * a * scale[None, :]
    if masks and recipe == "reclm":
        left = torch.zeros_like(normal)
        for (u, i), into, out in zip(ENTRIES, masks["toUsers"], masks["toItems"]):
            left[u, U + i], left[U + i, u] = normal[u, U + i] * into, normal[U + i, u] * out
        diagonal = torch.tensor(np.concatenate([masks["userLoops"], masks["itemLoops"]]))
        normal = (left + torch.diag(torch.diag(normal) * diagonal)) / KEEP
    return normal


def layer_sum(normal, nodes, case, view=None):
    first = 1 if case["model"] == "SimGCL" and case["recipe"] == "canonical" else 0
    layers = [nodes]
    for k in range(case["layers"]):
        e = normal @ layers[-1]
        if view is not None:
            noise = torch.tensor(np.concatenate([NOISE[view][k]["users"], NOISE[view][k]["items"]]))
            e = e + EPS[case["recipe"]] * noise * torch.sign(e)
        layers.append(e)
    total = sum(layers[first:])
    return total / len(layers[first:]) if case["recipe"] == "canonical" else total


def info_nce(one, two, nodes, case):
    """Mean over the batch's nodes, all nodes in the denominators; SimGCL as published: the different nodes alone."""
    t = 0.1 if case["recipe"] == "reclm" else 0.2
    a, e = F.normalize(one), F.normalize(two)
    if case["model"] == "SimGCL" and case["recipe"] == "canonical":
        nodes = torch.unique(nodes)
        e, own = e[nodes], e[nodes]
    else:
        own = e[nodes]
    numerator = torch.exp((a[nodes] * own).sum(1) / t)
    return -torch.log(numerator / torch.exp(a[nodes] @ e.T / t).sum(1)).mean()


def loss_and_scores(p, case):
    model, recipe, d = case["model"], case["recipe"], case["width"]
    users, positives, negatives = (torch.tensor(column) for column in zip(*BATCH))
    count = NOMINAL if recipe == "reclm" else len(BATCH)
    squares = lambda tensors: sum((t**2).sum() for t in tensors)

    if model == "NCF" and recipe == "canonical":
        ug, zg = sides(p, case, "gmf.")
        um, zm = sides(p, case, "mlp.")

        def logit(u, i):
            h = torch.cat([um[u], zm[i]], 1)
            for l in range(3):
                h = F.relu(h @ p[f"tower.{l}.weight"] + p[f"tower.{l}.bias"])
            return (torch.cat([ug[u] * zg[i], h], 1) @ p["output.weight"])[:, 0] + p["output.bias"][0, 0]

        drawn = torch.tensor(NEGATIVES)
        logits = torch.cat([logit(users, positives), logit(users.repeat_interleave(4), drawn.flatten())])
        labels = torch.cat([torch.ones(len(BATCH)), torch.zeros(drawn.numel())])
        loss = F.binary_cross_entropy_with_logits(logits, labels) + REG * squares(p.values())
        every = torch.cartesian_prod(torch.arange(U), torch.arange(I))
        return loss, logit(every[:, 0], every[:, 1])

    x, e = sides(p, case)
    h, z = x, e
    contrast = 0
    if model in ("LightGCN", "SGL", "SimGCL"):
        nodes = torch.cat([x, e[WARM]])
        normal = adjacency(recipe)
        main = layer_sum(normal, nodes, case)
        h = main[:U]
        if case["fusion"] == "gated" and case["augment"]["user"]:
            h = gate(h, torch.tensor(features["userProfiles"]), p, "userGate", 1 / (case["layers"] + 1))
        if recipe == "canonical":
            z = e / (case["layers"] + 1)  # items without an edge keep layer 0 with its share of a mean
            z = z.index_copy(0, torch.tensor(WARM), main[U:])
        rows = torch.tensor([WARM.index(i) for i in positives.tolist()])
        if model == "SGL":
            views = [layer_sum(adjacency(recipe, m), nodes, case) for m in MASKS[recipe]]
        if model == "SimGCL":
            views = [layer_sum(normal, nodes, case, v) for v in (0, 1)]
        if model != "LightGCN":
            weight = {"reclm": 0.01, "canonical": 0.1 if model == "SGL" else 0.5}[recipe]
            one, two = views
            contrast = weight * (info_nce(one[:U], two[:U], users, case) + info_nce(one[U:], two[U:], rows, case))
    score = lambda u, i: (h[u] * z[i]).sum(-1)
    every = lambda: torch.cartesian_prod(torch.arange(U), torch.arange(I)).T
    if model == "NCF":
        plain, pairs = score, lambda u, i: torch.cat([h[u], z[i]], -1)
        score = lambda u, i: (h[u] * z[i] * p["product"]).sum(-1) + F.relu(pairs(u, i) @ p["joint.weight"] + p["joint.bias"]).sum(-1)
    scores = score(*every())
    named = squares([x[users], e[positives], e[negatives]])
    if model == "BiasMF" and recipe == "canonical":
        bu, bi = p["userBias"][:, 0], p["itemBias"][:, 0]
        rating = lambda i: 0.5 + bu[users] + bi[i] + score(users, i)
        named = named + squares([bu[users], bi[positives], bi[negatives]])
        ranking = ((1 - rating(positives)) ** 2 + rating(negatives) ** 2).sum() / count
        scores = scores + bi[every()[1]]
    else:
        bias = p["userBias"][users, 0] if model == "BiasMF" else 0
        ranking = -torch.log(torch.sigmoid((score(users, positives) + bias) - (score(users, negatives) + bias))).sum() / count
    penalty = REG * squares(p.values()) if recipe == "reclm" else REG / 2 / count * named
    return ranking + contrast + penalty, scores


def case_of(model, recipe, user, item, items="text", fusion="reclm"):
    width = 16 if model == "NCF" and recipe == "canonical" else D
    case = {"model": model, "recipe": recipe, "items": items, "fusion": fusion, "augment": {"user": user, "item": item}, "width": width, "layers": LAYERS[recipe]}
    p = {n: torch.tensor(draw(f"{n} {s}", *s), requires_grad=True) for n, s in shapes_of(case).items()}
    for n in p:
        values[f"{n} {tuple(p[n].shape)}"] = p[n].detach().numpy().copy()
    loss, scores = loss_and_scores(p, case)
    loss.backward()
    case.update(loss=loss.item(), scores=listed(scores), gradients={n: {"rows": len(t), "data": listed(t.grad)} for n, t in p.items()})
    optimiser = torch.optim.Adam(list(p.values()), lr=LR)
    case["adamLosses"] = []
    for _ in range(6):
        optimiser.zero_grad()
        step_loss, _ = loss_and_scores(p, case)
        case["adamLosses"].append(step_loss.item())
        step_loss.backward()
        optimiser.step()
    return case


def listed(array):
    return [float(f"{v:.9g}") for v in np.asarray(array.detach() if isinstance(array, torch.Tensor) else array).flatten()]


values = {}
cases = [case_of(m, r, u, i) for m in ("BiasMF", "NCF", "LightGCN", "SGL", "SimGCL") for r in ("reclm", "canonical") for u in (False, True) for i in (False, True)]  # fmt: skip
cases += [case_of(m, "canonical", both, both, "id") for m in ("BiasMF", "NCF", "LightGCN", "SGL", "SimGCL") for both in (False, True)]
cases += [case_of(m, "reclm", u, i, fusion="gated") for m in ("BiasMF", "NCF", "LightGCN", "SGL", "SimGCL") for u, i in ((True, False), (False, True), (True, True))]
result = {
    "userCount": U, "itemCount": I, "nominal": NOMINAL, "regularisation": REG, "learningRate": LR,
    "warmItems": WARM, "pairs": PAIRS, "batch": BATCH, "negatives": NEGATIVES,
    "features": {n: {"rows": a.shape[0], "cols": a.shape[1], "data": listed(a)} for n, a in features.items()},
    "values": {n: listed(a) for n, a in values.items()},
    "masks": {r: [{n: listed(a) for n, a in m.items()} for m in views] for r, views in MASKS.items()},
    "noise": [[{s: listed(a) for s, a in layer.items()} for layer in layers] for layers in NOISE],
    "cases": cases,
}  # fmt: skip
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result))
