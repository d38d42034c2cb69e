"""The other side of the LoRA bench: steps of PyTorch, transformers and PEFT on the same GGUF, with the same adapter."""

import json
import re
import sys
import time
from pathlib import Path

import gguf
import peft
import torch
import transformers
from transformers import AutoModelForCausalLM

MODULES = {"attn_q": "q_proj", "attn_k": "k_proj", "attn_v": "v_proj", "attn_output": "o_proj"}


def load(settings):
    """The base in 32-bit floats with PyTorch's own attention, and the adapter that this project began with."""
    path = Path(settings["model"])
    base = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    base.config.use_cache = False
    lora = settings["lora"]
    modules = [MODULES[target] for target in lora["targets"]]
    config = peft.LoraConfig(r=lora["rank"], lora_alpha=lora["alpha"], lora_dropout=lora["dropout"], target_modules=modules)
    model = peft.get_peft_model(base, config)
    for tensor in gguf.GGUFReader(settings["adapterPath"]).tensors:
        block, target, half = re.fullmatch(r"blk\.(\d+)\.(\w+)\.weight\.lora_(\w)", tensor.name).groups()
        layer = getattr(model.base_model.model.model.layers[int(block)].self_attn, MODULES[target])
        # B is zero at the start, so that the order of its rows does not matter yet.
        if half == "a":
            layer.lora_A["default"].weight.data = torch.from_numpy(tensor.data.copy())
    return model.train()


def step(model, optimiser, dialogues):
    ids = torch.tensor([dialogue["ids"] for dialogue in dialogues])
    mask = torch.tensor([dialogue["mask"] for dialogue in dialogues])
    began, cpu = time.perf_counter(), time.process_time()
    optimiser.zero_grad(set_to_none=True)
    loss = model(input_ids=ids, labels=ids.masked_fill(mask == 0, -100)).loss
    loss.backward()
    optimiser.step()
    return {"loss": loss.item(), "seconds": time.perf_counter() - began, "cpuSeconds": time.process_time() - cpu}


def peak_mb():
    line = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.M)
    return int(line.group(1)) * 1024 / 1e6


def main():
    settings = json.loads(sys.argv[-1])
    torch.set_num_threads(settings["threads"])
    model = load(settings)
    if settings["recompute"]:
        model.enable_input_require_grads()
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=settings["learningRate"], weight_decay=0.0)
    print(json.dumps({"versions": {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__}}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if request["forgetPeak"]:
            Path("/proc/self/clear_refs").write_text("5")
        print(json.dumps({**step(model, optimiser, request["dialogues"]), "peakMb": peak_mb()}), flush=True)


main()
