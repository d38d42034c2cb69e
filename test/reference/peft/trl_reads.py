"""Training sets written by this project, as TRL reads and tokenises them, for test/tuning/trainingSets.test.ts.

Run: node .cache/test/support/trainingSets.js FOLDER SMOLLM2.gguf, then python trl_reads.py FOLDER SMOLLM2.gguf [OUTPUT]; writes
trl_reads.json unless told otherwise. Versions: torch 2.13, transformers 5.24, trl 1.16, datasets 5.2. The trainers are TRL's
own, up to where training would begin; their models are random ones of 8 entries, since no weight has a part in it.
"""

import hashlib
import json
import sys
import tempfile
from pathlib import Path

from datasets import load_dataset
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification
from trl import RewardConfig, RewardTrainer, SFTConfig, SFTTrainer
from trl.chat_template_utils import get_training_chat_template, is_chat_template_stop_token_trained
from trl.data_utils import apply_chat_template, is_conversational

OPTIONS = dict(report_to="none", use_cpu=True, max_length=None)


def rows(folder, name):
    return load_dataset("json", data_files=str(folder / name), split="train", cache_dir=tempfile.mkdtemp())


def tiny(kind, tokenizer, **options):
    return kind(LlamaConfig(vocab_size=len(tokenizer), hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1,
                            pad_token_id=0, **options))


def sft(tokenizer, template, sets, assistant_only):
    args = SFTConfig(tempfile.mkdtemp(), assistant_only_loss=assistant_only, chat_template_path=str(template), **OPTIONS)
    trainer = SFTTrainer(tiny(LlamaForCausalLM, tokenizer), args=args, train_dataset=sets, processing_class=tokenizer)
    assert is_chat_template_stop_token_trained(tokenizer)
    return [dict(ids=row["input_ids"], mask=[int(label != -100) for label in row["labels"]]) for row in trainer.train_dataset]


def preference(tokenizer, sets):
    trainer = RewardTrainer(tiny(LlamaForSequenceClassification, tokenizer, num_labels=1), args=RewardConfig(tempfile.mkdtemp(), **OPTIONS),
                            train_dataset=sets, processing_class=tokenizer)
    return [dict(chosen=row["chosen_ids"], rejected=row["rejected_ids"]) for row in trainer.train_dataset]


def prompts(tokenizer, sets):
    texts = [apply_chat_template(dict(prompt=row["prompt"]), tokenizer)["prompt"] for row in sets]
    return [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]


def unmarked(tokenizer):
    """What TRL says of the model's own template."""
    try:
        return get_training_chat_template(tokenizer) is None
    except ValueError:
        return False


def model(folder, gguf, template):
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    own = unmarked(tokenizer)
    pairs, asked = preference(tokenizer, rows(folder, "preferences.jsonl")), prompts(tokenizer, rows(folder, "prompts.jsonl"))
    talks = rows(folder, "conversations.jsonl")
    found = dict(ownTemplateMarked=own, conversations=sft(tokenizer, template, talks, True), preferences=pairs, prompts=asked,
                 template=hashlib.sha256(template.read_bytes()).hexdigest())
    everything = sft(tokenizer, template, talks, False)
    assert all(all(row["mask"]) for row in everything) and [r["ids"] for r in everything] == [r["ids"] for r in found["conversations"]]
    # The training template renders prompts and pairs as the model's own does.
    assert pairs == preference(tokenizer, rows(folder, "preferences.jsonl")) and asked == prompts(tokenizer, rows(folder, "prompts.jsonl"))
    return found


if __name__ == "__main__":
    folder, smollm2 = Path(sys.argv[1]), Path(sys.argv[2])
    names = ["conversations.jsonl", "preferences.jsonl", "prompts.jsonl"]
    assert all(is_conversational(row) for name in names for row in rows(folder, name))
    found = dict(sha256={name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names},
                 counts={name: len(rows(folder, name)) for name in names},
                 models=dict(tiny=model(folder, folder / "tiny.gguf", folder / "tiny.jinja"), smollm2=model(folder, smollm2, folder / "smollm2.jinja")))
    output = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(__file__).with_suffix(".json")
    output.write_text(json.dumps(found, separators=(",", ":")) + "\n")
