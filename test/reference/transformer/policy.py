"""An objective of log-probabilities, entropies and scalars of transformers + PEFT, for test/llm/transformer-policy.test.ts.

Run: python policy.py. Versions as in transformer_peft.py; the model is its random llama.
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


def head():
    return (torch.tensor(noise(51, (TINY["hidden_size"],), 0.4), requires_grad=True),
            torch.tensor(noise(52, (1,), 0.4), requires_grad=True))


def hidden_and_logits(peft):
    batch = batch_of(DIALOGUES)
    out = peft(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], output_hidden_states=True)
    return out.hidden_states[-1], out.logits


def result(peft, config, weight, bias, **extra):
    return dict(gradients=gradients(peft, config, TARGETS, {0, 1, 2}, 1), headWeight=weight.grad.tolist(),
                headBias=bias.grad.tolist(), **extra)


def token_case():
    model, config = tiny_model()
    peft = adapted(model, config, 4, 8, TARGETS, 0.3)
    weight, bias = head()
    hidden, logits = hidden_and_logits(peft)
    objective, rows, at = 0.0, [], 0
    for b, d in enumerate(DIALOGUES):
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


def sequence_case():
    model, config = tiny_model()
    peft = adapted(model, config, 4, 8, TARGETS, 0.3)
    weight, bias = head()
    hidden, _ = hidden_and_logits(peft)
    values = torch.stack([hidden[b, len(d["ids"]) - 1] @ weight + bias[0] for b, d in enumerate(DIALOGUES)])
    (torch.tensor(noise(80, (3,), 1.0)) * values).sum().backward()
    return result(peft, config, weight, bias, scalars=values.tolist())


if __name__ == "__main__":
    text = dict(temperature=TEMPERATURE, dialogues=DIALOGUES, tokens=token_case(), sequences=sequence_case())
    (HERE / "policy_tiny.json").write_text(json.dumps(text))
