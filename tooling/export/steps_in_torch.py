"""Steps of torch.optim.AdamW from a checkpoint along gradients that are given: python steps_in_torch.py OPTIONS, a JSON text.

OPTIONS: checkpoint and gradients (files; a gradient is STEP.NAME, from 1), out (the file to write), from and to (the first and the last
step), lr, betas, eps, weight_decay, decays (names).
"""

import json
import sys

import torch
from longspan_checkpoint import Checkpoint
from safetensors.torch import load_file

options = json.loads(sys.argv[1])
torch.set_num_threads(1)
run = Checkpoint.load(options["checkpoint"])
gradients = load_file(options["gradients"])
named = [(name, torch.nn.Parameter(tensor)) for name, tensor in run.parameters.items()]
decays = set(options["decays"])
if not decays or not decays < {name for name, _ in named}:
    raise SystemExit("some parameters must decay, and not all")
settings = {name: options[name] for name in ("lr", "betas", "eps", "weight_decay")}
optimizer = run.adamw(named, decays=lambda name: name in decays, **settings)
for step in range(options["from"], options["to"] + 1):
    for name, parameter in named:
        parameter.grad = gradients[f"{step}.{name}"]
    optimizer.step()
run.save(options["out"], named, optimizer, steps=options["to"] - options["from"] + 1)
print(torch.__version__)
