"""PyTorch's side of the training step of `pnpm bench training`.

Usage: python torch_step.py JSON, see torch-step.ts. Takes one step from the weights in `inputs` and writes its loss, its gradients and
the weights after it to `answers`; prints {"version": ...}; then, for each line {"runs": number} on standard input, takes that many
steps and prints their seconds as a list. Ends when its input does.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "process"))

import torch
from safetensors.torch import load_file, save_file

from torch_model import ByteModel, in_our_names, take_weights
from turns import requests, say, seconds_of, serve


def main():
    lines = requests()
    asked = json.loads(sys.argv[1])
    torch.set_num_threads(asked["threads"])
    given = load_file(asked["inputs"])
    ids, targets = given.pop("ids").long(), given.pop("targets").long()
    model = ByteModel(asked["layers"], asked["width"], asked["heads"], asked["n"], asked["left"])
    take_weights(model, given)
    rates = asked["adamW"]
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=rates["learningRate"],
        betas=(rates["beta1"], rates["beta2"]),
        eps=rates["epsilon"],
        weight_decay=rates["weightDecay"],
        fused=True,
    )

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = model.loss(ids, targets)
        loss.backward()
        optimizer.step()
        return loss

    loss = step()
    gradients = in_our_names((name, each.grad) for name, each in model.named_parameters())
    weights = in_our_names(model.named_parameters())
    answers = {"loss": loss.detach().reshape(1)}
    answers |= {f"d.{name}": each for name, each in gradients.items()} | {f"w.{name}": each for name, each in weights.items()}
    save_file(answers, asked["answers"])
    say({"version": f"PyTorch {torch.__version__}"})
    for line in lines:
        say(seconds_of(lambda: step().item(), json.loads(line)["runs"]))


serve(main)
