"""PyTorch's side of `pnpm bench book`: the same model from the same weights, on the same excerpts at the same learning rates.

Usage: python torch_book.py JSON, see book-work.ts. Prints {"version": ...}; then answers each line of standard input:
{"steps": [{"offsets": [...], "learningRate": x}, ...]} by {"seconds": of all, "losses": [...]}, in nats, and
{"judge": [[offset, scored], ...]} by {"nats": the sum over the bytes that are scored}. Ends when its input does.
"""

import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "training"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "process"))

import torch
from safetensors.torch import load_file
from torch.nn import functional as F

from torch_model import ByteModel, take_weights
from turns import requests, say, serve


def main():
    lines = requests()
    asked = json.loads(sys.argv[1])
    n, batch = asked["n"], asked["batch"]
    torch.set_num_threads(asked["threads"])
    torch.manual_seed(asked["seed"])
    given = load_file(asked["inputs"])
    text, held_out = (given.pop(name).long() for name in ("text", "heldOut"))
    model = ByteModel(asked["layers"], asked["width"], asked["heads"], n, n - 1, asked["dropout"])
    take_weights(model, given)
    decayed = [each for each in model.parameters() if each.ndim > 1]
    others = [each for each in model.parameters() if each.ndim < 2]
    groups = [{"params": decayed, "weight_decay": asked["weightDecay"]}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, asked["beta2"]), fused=True)

    def excerpts(source, offsets):
        rows = torch.stack([source[offset : offset + n + 1] for offset in offsets])
        return rows[:, :-1], rows[:, 1:]

    def step(offsets, learning_rate):
        ids, targets = excerpts(text, offsets)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate
        optimizer.zero_grad(set_to_none=True)
        loss = model.loss(ids, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), asked["maxNorm"])
        optimizer.step()
        return loss.item()

    def judge(spans):
        """The first bytes of each excerpt are context alone, but for the last `scored` ones."""
        model.eval()
        nats = 0.0
        with torch.no_grad():
            for at in range(0, len(spans), batch):
                some = spans[at : at + batch]
                ids, targets = excerpts(held_out, [offset for offset, _ in some])
                losses = F.cross_entropy(model(ids).flatten(0, 1), targets.flatten(), reduction="none").view(len(some), n)
                nats += sum(losses[row, n - scored :].sum().item() for row, (_, scored) in enumerate(some))
        model.train()
        return nats

    say({"version": f"PyTorch {torch.__version__}"})
    for line in lines:
        wanted = json.loads(line)
        if "judge" in wanted:
            say({"nats": judge(wanted["judge"])})
            continue
        start = time.perf_counter()
        losses = [step(each["offsets"], each["learningRate"]) for each in wanted["steps"]]
        say({"seconds": time.perf_counter() - start, "losses": losses})


serve(main)
