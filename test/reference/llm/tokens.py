"""Ids of transformers' apply_chat_template for the tokenizer and template inside SmolLM2-135M-Instruct's GGUF file.

Usage: tokens.py <folder> <file.gguf>; writes tokens.json: dialogues (made up here), with ids of each, and of its prompt.
"""

import json
import pathlib
import sys

from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(sys.argv[1], gguf_file=sys.argv[2])
system = {"role": "system", "content": "You describe film fans. Format: User identity: [..]; User interests: [..]."}
dialogues = [
    [{"role": "user", "content": "Hello!"}, {"role": "assistant", "content": "Hi. What do you like?"}],
    [
        system,
        {"role": "user", "content": "Liked: Heat (1995), Se7en (1995), Le Fabuleux Destin d'Amélie Poulain (2001).\n\nDescribe me.  "},
        {"role": "assistant", "content": "User identity: [parent], [night owl]; User interests: [heists], [Paris]."},
        {"role": "user", "content": "Would I enjoy \"Ronin\" (1998)?"},
        {"role": "assistant", "content": "Yes"},
    ],
    [
        {"role": "system", "content": ""},
        {"role": "user", "content": "  two spaces, 1234567 digits, tab\there, naïve 日本 🎬\n- a\n- b\n"},
        {"role": "assistant", "content": "No, line one.\nLine two.\n"},
    ],
]
out = []
for messages in dialogues:
    ids = tokenizer.apply_chat_template(messages, tokenize=True, return_dict=False)
    prompt = tokenizer.apply_chat_template(messages[:-1], tokenize=True, return_dict=False, add_generation_prompt=True)
    out.append({"messages": messages, "ids": list(ids), "prompt": list(prompt)})
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
