"""Which tokens Axolotl takes the loss on in conversations written by this project, for test/tuning/trainingSets.test.ts.

Run: node .cache/test/support/trainingSets.js FOLDER SMOLLM2.gguf, then python axolotl_reads.py FOLDER SMOLLM2.gguf; writes
axolotl_reads.json. Versions: transformers 5.24, axolotl 0.19 (installed without its dependencies, with colorama and addict): its
own loader for data sets of type chat_template, with the settings of docs/peft-trl.md; nothing is trained.
"""

import hashlib
import json
import sys
from pathlib import Path

from axolotl.prompt_strategies.chat_template import load
from axolotl.utils.dict import DictDefault
from transformers import AutoTokenizer

SETTINGS = dict(type="chat_template", field_messages="messages", roles_to_train=["assistant"], train_on_eos="turn")


def model(talks, gguf, template):
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    choices = dict(own=dict(chat_template="tokenizer_default"), training=dict(chat_template="jinja", chat_template_jinja=template.read_text()))
    found = {}
    for name, choice in choices.items():
        strategy = load(tokenizer, DictDefault(train_on_inputs=False, sequence_len=4096, **choice), dict(SETTINGS, **choice))
        rows = [strategy.tokenize_prompt(dict(messages=talk["messages"])) for talk in talks]
        found[name] = [dict(ids=row["input_ids"], mask=[int(label != -100) for label in row["labels"]]) for row in rows]
    assert found["own"] == found["training"]
    return found["own"]


if __name__ == "__main__":
    folder, smollm2 = Path(sys.argv[1]), Path(sys.argv[2])
    text = (folder / "conversations.jsonl").read_bytes()
    talks = [json.loads(line) for line in text.splitlines()]
    found = dict(sha256=hashlib.sha256(text).hexdigest(), models=dict(
        tiny=model(talks, folder / "tiny.gguf", folder / "tiny.jinja"), smollm2=model(talks, smollm2, folder / "smollm2.jinja")))
    Path(__file__).with_suffix(".json").write_text(json.dumps(found, separators=(",", ":")) + "\n")
