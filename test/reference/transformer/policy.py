"""An objective of log-probabilities, entropies and scalars of transformers + PEFT, for test/llm/transformer-policy.test.ts.

Run: python policy.py; writes policy_tiny.json, and policy_tiny_shared.json for dialogues with beginnings in common. Versions as in transformer_peft.py; the model is its random llama.
The objective is sum_i c_i log p_i + d_i v_i over supervised tokens at temperature 0.7, v a linear head on the output norm's
result at the row a token is predicted from; and sum_b c_b v(last token of b) for whole sequences.
"""

import json

import torch

from noise import noise
from transformer_peft import HERE, TINY, adapted, batch_of, gradients, random_dialogue, tiny_model

TARGETS = ["attn_q", "attn_v"]
TEMPERATURE = 0.7
V = TINY["vocab_size"]
DIALOGUES = [random_dialogue(21, 40, 30, V), random_dialogue(22, 12, 11, V), random_dialogue(23, 70, 50, V)]
DIALOGUES[0]["mask"] = [int(t % 5 in (1, 2)) for t in range(40)]


def shared_dialogues():
    """Prompts: 20 tokens are everyone's, 150 more the first and third's; the fourth is supervised within those 20."""
    everyone, pair = random_dialogue(31, 20, 0, V)["ids"], random_dialogue(32, 150, 0, V)["ids"]
    prompts = [everyone + pair, everyone + random_dialogue(33, 30, 0, V)["ids"], everyone + pair, everyone[:18]]
    answers = [random_dialogue(40 + b, length, 0, V)["ids"] for b, length in enumerate((9, 1, 25))] + [everyone[18:] + pair[:5]]
    return [dict(ids=p + a, mask=[0] * len(p) + [1] * len(a)) for p, a in zip(prompts, answers)]


def head():
    return (torch.tensor(noise(51, (TINY["hidden_size"],), 0.4), requires_grad=True),
            torch.tensor(noise(52, (1,), 0.4), requires_grad=True))


def hidden_and_logits(peft, dialogues):
    batch = batch_of(dialogues)
    out = peft(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], output_hidden_states=True)
    return out.hidden_states[-1], out.logits


def result(peft, config, weight, bias, **extra):
    return dict(gradients=gradients(peft, config, TARGETS, {0, 1, 2}, 1), headWeight=weight.grad.tolist(),
                headBias=bias.grad.tolist(), **extra)


def token_case(dialogues):
    model, config = tiny_model()
    peft = adapted(model, config, 4, 8, TARGETS, 0.3)
    weight, bias = head()
    hidden, logits = hidden_and_logits(peft, dialogues)
    objective, rows, at = 0.0, [], 0
    for b, d in enumerate(dialogues):
        read = [t - 1 for t in range(1, len(d["ids"])) if d["mask"][t]]
        words = torch.log_softmax(logits[b, read] / TEMPERATURE, -1)
        chosen = words[torch.arange(len(read)), torch.tensor([d["ids"][t + 1] for t in read])]
        values = hidden[b, read] @ weight + bias
        c = torch.tensor(noise(60 + b, (len(read),), 1.0))
        e = torch.tensor(noise(70 + b, (len(read),), 1.0))
        objective = objective + (c * chosen + e * values).sum()
        rows.append(dict(logProbs=chosen.tolist(), entropies=(-(words.exp() * words).sum(-1)).tolist(), scalars=values.tolist()))
    objective.backward()
    return result(peft, config, weight, bias, objective=objective.item(), rows=rows)


def sequence_case(dialogues):
    model, config = tiny_model()
    peft = adapted(model, config, 4, 8, TARGETS, 0.3)
    weight, bias = head()
    hidden, _ = hidden_and_logits(peft, dialogues)
    values = torch.stack([hidden[b, len(d["ids"]) - 1] @ weight + bias[0] for b, d in enumerate(dialogues)])
    (torch.tensor(noise(80, (len(dialogues),), 1.0)) * values).sum().backward()
    return result(peft, config, weight, bias, scalars=values.tolist())


if __name__ == "__main__":
    for name, dialogues in (("policy_tiny.json", DIALOGUES), ("policy_tiny_shared.json", shared_dialogues())):
        text = dict(temperature=TEMPERATURE, dialogues=dialogues, tokens=token_case(dialogues), sequences=sequence_case(dialogues))
        (HERE / name).write_text(json.dumps(text))
