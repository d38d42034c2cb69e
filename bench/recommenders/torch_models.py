"""The other side of the benchmark, in PyTorch: one epoch or one full ranking for each line on standard input.

`authors`: the formulae with the loops that HKUDS/RecLM's code is described to have: a Python loop of draws tested against a
scipy DOK matrix, a DataLoader over single rows, item vectors made twice for BiasMF and NCF, three whole propagations for
the contrastive models, full products for their denominators, two top-k, metrics in Python loops. `vectorised`: the same
formulae, negatives and metrics in numpy, batches as slices, each vector made once, top-k once, NCF's layer split.

    python torch_models.py '{"folder": …, "form": "authors" or "vectorised", "threads": 2}'
    then lines such as {"job": "epoch", "model": "LightGCN"} or {"job": "rank", "model": "NCF"}
"""

import json
import pathlib
import resource
import sys
import time
import warnings

import numpy as np
import scipy.sparse as sp
import torch
from torch import nn
from torch.nn import functional as F

D, BATCH, LAYERS, KEEP, EPS, TEMPERATURE, WEIGHT = 32, 4096, 2, 0.5, 0.9, 0.1, 0.01
REG = {"BiasMF": 1e-7, "NCF": 1e-7, "LightGCN": 1e-7, "SGL": 1e-5, "SimGCL": 1e-5}
settings = json.loads(sys.argv[-1])
folder, fast = pathlib.Path(settings["folder"]), settings["form"] == "vectorised"
torch.set_num_threads(settings["threads"])
meta = json.loads((folder / "meta.json").read_text())
read = lambda name: np.fromfile(folder / f"{name}.i32", np.int32)
text = torch.from_numpy(np.fromfile(folder / "text.f32", np.float32).reshape(meta["items"], meta["text"]))
warm, candidates = read("warm"), read("candidates")
U, R = meta["users"], len(warm)
local = np.full(meta["items"], -1, np.int32)
local[warm] = np.arange(R, dtype=np.int32)
rows, cols = read("users"), local[read("items")]
column = np.full(meta["items"], -1, np.int32)
column[candidates] = np.arange(len(candidates), dtype=np.int32)
test_pairs = (read("testUsers"), column[read("testItems")])
mask_pairs = read("maskUsers"), column[read("maskItems")]
known = mask_pairs[1] >= 0
mask = sp.csr_matrix((np.ones(known.sum(), np.float32), (mask_pairs[0][known], mask_pairs[1][known])), (U, len(candidates)))
text_trained, text_ranked = text[warm.astype(np.int64)], text[candidates.astype(np.int64)]
# Sparse CSR is called a beta at each start.
warnings.filterwarnings("ignore", message="Sparse")
torch.manual_seed(421)
np.random.seed(421)


def normalised_adjacency():
    r = sp.csr_matrix((np.ones(len(rows)), (rows, cols)), (U, R))
    a = sp.vstack([sp.hstack([sp.csr_matrix((U, U)), r]), sp.hstack([r.T, sp.csr_matrix((R, R))])]) + sp.eye(U + R)
    scale = sp.diags(np.asarray(a.sum(1)).ravel() ** -0.5)
    a = (scale @ a @ scale).tocoo()
    place = torch.from_numpy(np.vstack([a.row, a.col]).astype(np.int64))
    adjacency = torch.sparse_coo_tensor(place, torch.from_numpy(a.data.astype(np.float32)), a.shape)
    return adjacency.coalesce().to_sparse_csr() if fast else adjacency


class Pairs(torch.utils.data.Dataset):
    def __init__(self):
        self.dok = sp.coo_matrix((np.ones(len(rows)), (rows, cols)), (U, R)).todok()
        self.negatives = np.zeros(len(rows), np.int32)

    def draw(self):
        for n in range(len(rows)):
            while True:
                item = np.random.randint(R)
                if (rows[n], item) not in self.dok:
                    break
            self.negatives[n] = item

    def __len__(self):
        return len(rows)

    def __getitem__(self, n):
        return rows[n], cols[n], self.negatives[n]


def loader_batches():
    pairs.draw()
    for users, positives, negatives in loader:
        yield users.long(), positives.long(), negatives.long()


keys = np.sort(rows.astype(np.int64) * R + cols)


def sliced_batches():
    negatives = np.random.randint(R, size=len(rows))
    redraw = np.arange(len(rows))
    while len(redraw):
        drawn = rows[redraw].astype(np.int64) * R + negatives[redraw]
        at = np.minimum(np.searchsorted(keys, drawn), len(keys) - 1)
        redraw = redraw[keys[at] == drawn]
        negatives[redraw] = np.random.randint(R, size=len(redraw))
    order = np.random.permutation(len(rows))
    triples = torch.from_numpy(np.stack([rows[order], cols[order], negatives[order]]).astype(np.int64))
    for n in range(0, len(rows), BATCH):
        yield tuple(triples[:, n : n + BATCH])


class Model(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.name = name
        start = nn.init.uniform_ if name == "BiasMF" else nn.init.xavier_uniform_
        self.users = nn.Parameter(start(torch.empty(U, D)))
        layers = lambda: nn.Sequential(nn.Linear(meta["text"], D), nn.ReLU(), nn.Linear(D, D))
        self.original = layers()
        if not fast:  # made by the authors in Base too, and in their penalty
            self.profile, self.concat = layers(), nn.Sequential(nn.Linear(2 * D, D), nn.ReLU())
        if name == "BiasMF":
            self.bias = nn.Parameter(nn.init.uniform_(torch.empty(U)))
        if name == "NCF":
            self.product = nn.Parameter(nn.init.xavier_uniform_(torch.empty(1, D)))
            self.joint = nn.Linear(2 * D, D)

    def items(self, texts):
        return F.normalize(self.original(texts))

    def score(self, users, items, z=None):
        z = self.items(text_trained) if z is None else z
        u, i = self.users[users], z[items]
        if self.name == "BiasMF":
            return (u * i).sum(-1) + self.bias[users]
        return (u * i * self.product).sum(-1) + F.relu(self.joint(torch.cat([u, i], -1))).sum(-1)

    def layers(self, a, zero, noisy=False):
        layers = [zero]
        for _ in range(LAYERS):
            e = torch.sparse.mm(a, layers[-1]) if not fast else a @ layers[-1]
            if noisy:
                e = e + F.normalize(torch.rand(e.shape)) * torch.sign(e) * EPS
            layers.append(e)
        return sum(layers)

    def dropped(self):
        place, values = adjacency._indices(), adjacency._values()
        kept = (torch.rand(values.size()) + KEEP).floor().bool()
        return torch.sparse_coo_tensor(place[:, kept], values[kept] / KEEP, adjacency.shape)

    def dropped_csr(self):
        values = adjacency.values()
        kept = (torch.rand(len(values)) < KEEP) * values / KEEP
        return torch.sparse_csr_tensor(adjacency.crow_indices(), adjacency.col_indices(), kept, adjacency.shape)

    def views(self, zero):
        if self.name == "SimGCL":
            return [self.layers(adjacency, zero, noisy=True) for _ in range(2)]
        return [self.layers(self.dropped_csr() if fast else self.dropped(), zero) for _ in range(2)]


def contrast(one, two, nodes):
    one, two = F.normalize(one), F.normalize(two)
    a = one[nodes]
    if fast:
        logits = a @ two.T / TEMPERATURE
        return (torch.logsumexp(logits, 1) - (a * two[nodes]).sum(1) / TEMPERATURE).mean()
    numerator = torch.exp((a * two[nodes]).sum(-1) / TEMPERATURE)
    return -torch.log(numerator / torch.exp(a @ two.T / TEMPERATURE).sum(-1)).mean()


def ranking_loss(model, users, positives, negatives):
    if model.name in ("BiasMF", "NCF"):
        z = model.items(text_trained) if fast else None
        return bpr(model.score(users, positives, z) - model.score(users, negatives, z))
    z = model.items(text_trained)
    zero = torch.cat([model.users, z])
    h = model.layers(adjacency, zero)[:U]
    loss = bpr((h[users] * z[positives]).sum(-1) - (h[users] * z[negatives]).sum(-1))
    if model.name == "LightGCN":
        return loss
    one, two = model.views(zero)
    return loss + WEIGHT * (contrast(one[:U], two[:U], users) + contrast(one[U:], two[U:], positives))


def bpr(margins):
    return F.softplus(-margins).sum() / BATCH if fast else -margins.sigmoid().log().sum() / BATCH


def epoch(model, optimiser):
    total = 0.0
    for users, positives, negatives in sliced_batches() if fast else loader_batches():
        loss = ranking_loss(model, users, positives, negatives)
        loss = loss + REG[model.name] * sum(w.norm(2).square() for w in model.parameters())
        total += loss.item()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return total


positives_of = {}
for u, c in zip(*(a.tolist() for a in test_pairs)):
    positives_of.setdefault(u, []).append(c)
ranked_users = np.array(sorted(positives_of), np.int64)


def scores_of(model, users, h, z):
    if model.name != "NCF":
        s = h[users] @ z.T
        return s + model.bias[users][:, None] if model.name == "BiasMF" else s
    u = model.users[users]
    if fast:  # a hundred users at a time keep the hidden layer below 32 MB
        a, b = u @ model.joint.weight[:, :D].T + model.joint.bias, z @ model.joint.weight[:, D:].T
        s = (u * model.product) @ z.T
        for n in range(0, len(u), 100):
            s[n : n + 100] += F.relu(a[n : n + 100, None] + b[None]).sum(-1)
        return s
    u, z = u[:, None], z[None]
    both = u * z
    joined = torch.cat([u * torch.ones_like(both), z * torch.ones_like(both)], -1).view(-1, 2 * D)
    return (both * model.product).sum(-1) + F.relu(model.joint(joined)).sum(-1).view(len(users), -1)


@torch.no_grad()
def rank(model):
    z = model.items(text_ranked)
    h = model.users
    if model.name not in ("BiasMF", "NCF"):
        h = model.layers(adjacency, torch.cat([model.users, model.items(text_trained)]))[:U]
    sums = np.zeros(4)
    for n in range(0, len(ranked_users), 1024):
        users = ranked_users[n : n + 1024]
        hidden = mask[users]
        s = scores_of(model, torch.from_numpy(users), h, z)
        if fast:
            coo = hidden.tocoo()
            s[torch.from_numpy(coo.row.astype(np.int64)), torch.from_numpy(coo.col.astype(np.int64))] = -1e8
            sums += fast_metrics(torch.topk(s, 40).indices.numpy(), users)
        else:
            dense = torch.from_numpy(hidden.toarray())
            s = s * (1 - dense) - dense * 1e8
            for k, at in ((20, 0), (40, 2)):
                sums[at : at + 2] += loop_metrics(torch.topk(s, k).indices.numpy(), users, k)
    return (sums / len(ranked_users)).tolist()


def loop_metrics(top, users, k):
    recall = ndcg = 0.0
    for n, u in enumerate(users):
        ranked, own = list(top[n]), positives_of[u]
        ideal = np.sum([np.reciprocal(np.log2(r + 2)) for r in range(min(len(own), k))])
        hits, gain = 0, 0.0
        for c in own:
            if c in ranked:
                hits += 1
                gain += np.reciprocal(np.log2(ranked.index(c) + 2))
        recall += hits / len(own)
        ndcg += gain / ideal
    return recall, ndcg


test_matrix = sp.csr_matrix((np.ones(len(test_pairs[0]), bool), test_pairs), (U, len(candidates)))
test_keys = np.sort(test_pairs[0].astype(np.int64) * len(candidates) + test_pairs[1])
discounts = 1 / np.log2(np.arange(2, 42))


def fast_metrics(top, users):
    drawn = users[:, None] * len(candidates) + top
    at = np.minimum(np.searchsorted(test_keys, drawn), len(test_keys) - 1)
    hits = test_keys[at] == drawn
    counts = np.diff(test_matrix.indptr)[users]
    ideal = np.cumsum(discounts)
    parts = []
    for k in (20, 40):
        parts += [(hits[:, :k].sum(1) / counts).sum(), ((hits[:, :k] * discounts[:k]).sum(1) / ideal[np.minimum(counts, k) - 1]).sum()]
    return np.array(parts)


adjacency = normalised_adjacency()
if not fast:
    pairs = Pairs()
    loader = torch.utils.data.DataLoader(pairs, batch_size=BATCH, shuffle=True, num_workers=0)
models = {}
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    name = request["model"]
    if name not in models:
        model = Model(name)
        models[name] = model, torch.optim.Adam(model.parameters(), lr=1e-3)
    started, cpu = time.perf_counter(), time.process_time()
    value = epoch(*models[name]) if request["job"] == "epoch" else rank(models[name][0])
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu_seconds, "value": value, "peakMB": peak}), flush=True)
