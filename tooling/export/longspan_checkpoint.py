"""A checkpoint of @longspan/training in PyTorch: opened, trained on there with AdamW, and written so that train() goes on from it.

    run = Checkpoint.load("runs/first/checkpoint.safetensors")
    model.load_state_dict(run.parameters)  # a model of yours with the same names
    optimizer = run.adamw(model.named_parameters(), lr=1e-3, weight_decay=0.01, decays=lambda name: name.endswith("weight"))
    ...  # 100 steps, one batch each
    run.save("runs/first/checkpoint.safetensors", model.named_parameters(), optimizer, steps=100)

Needs torch and safetensors.
"""

import json
import os

import torch
from safetensors import safe_open
from safetensors.torch import save_file

PARTS = {"firstMoment": "exp_avg", "secondMoment": "exp_avg_sq"}


class Checkpoint:
    """The file: its tensors by their names there, and the numbers of the run."""

    def __init__(self, tensors, metadata):
        self.tensors = tensors
        self.metadata = metadata
        self.numbers = json.loads(metadata["training"])
        if self.numbers["version"] != 1:
            raise ValueError(f"the checkpoint must be of version 1, and is of {self.numbers['version']}")

    @classmethod
    def load(cls, path):
        with safe_open(path, framework="pt") as file:
            return cls({name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {})

    def _below(self, prefix):
        return {name[len(prefix) :]: tensor for name, tensor in self.tensors.items() if name.startswith(prefix)}

    @property
    def parameters(self):
        """The weights, by the names of the model's parameters."""
        return self._below("parameters.")

    @property
    def average(self):
        """The moving average of the weights; empty where the run keeps none."""
        return self._below("average.")

    def adamw(self, named_parameters, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decays=lambda name: True):
        """torch.optim.AdamW of those parameters, with the state that the checkpoint has of them. `decays`: by a parameter's name."""
        steps = self.numbers["optimizerState"]
        moments = self._below("optimizer.")
        others = {name.split(".")[0] for name in moments} - set(PARTS)
        if others:
            raise ValueError(f"the state must be AdamW's, and has {', '.join(sorted(others))} (optimiser {self.numbers['optimizer']})")
        named = [(name, one) for name, one in named_parameters if one.requires_grad]
        groups = [[each for each in named if decays(each[0]) == is_decayed] for is_decayed in (True, False)]
        optimizer = torch.optim.AdamW(
            [{"params": group, "weight_decay": decay} for group, decay in zip(groups, (weight_decay, 0.0)) if group],
            lr=lr,
            betas=betas,
            eps=eps,
        )
        state = {}
        for at, (name, one) in enumerate(each for group in groups for each in group):
            if f"step.{name}" not in steps:
                continue  # it has taken no step
            state[at] = {"step": torch.tensor(float(steps[f"step.{name}"]))}
            for part, theirs in PARTS.items():
                state[at][theirs] = moments[f"{part}.{name}"].to(one.device)
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
        return optimizer

    def save(self, path, named_parameters, optimizer, steps, batches=None):
        """Writes the file again after so many more steps; batches, one for each step by default, are what data() is told to go on from."""
        tensors = dict(self.tensors)
        numbers = json.loads(json.dumps(self.numbers))
        for name, one in named_parameters:
            tensors[f"parameters.{name}"] = one.detach().cpu().contiguous()
            state = optimizer.state.get(one)
            if not state:
                continue
            numbers["optimizerState"][f"step.{name}"] = int(state["step"])
            for part, theirs in PARTS.items():
                tensors[f"optimizer.{part}.{name}"] = state[theirs].detach().cpu().contiguous()
        numbers["step"] += steps
        numbers["position"] += steps if batches is None else batches
        save_file(tensors, f"{path}.new", metadata={**self.metadata, "training": json.dumps(numbers)})
        os.replace(f"{path}.new", path)
