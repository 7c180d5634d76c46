"""PyTorch's side of a checkpoint's work in `pnpm bench models`: transformers reads the folder that Longspan saved.

Usage: python torch_encoder.py JSON, see torch-encoder.ts. Writes the last hidden states of the ids to `answers` and prints
{"version": ...}; then, for each line {"runs": number} on standard input, runs the model that often and prints the seconds as a list.
Ends when its input does.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "process"))

import torch
import transformers
from safetensors.torch import load_file, save_file

from turns import requests, say, seconds_of, serve


def main():
    lines = requests()
    asked = json.loads(sys.argv[1])
    torch.set_num_threads(asked["threads"])
    model = transformers.AutoModel.from_pretrained(asked["folder"], dtype=torch.float32).eval()
    ids = load_file(asked["inputs"])["ids"].long()
    marks = {"attention_mask": torch.ones_like(ids)}
    if asked["globals"]:
        marks["global_attention_mask"] = torch.zeros_like(ids)
        marks["global_attention_mask"][:, asked["globals"]] = 1

    def run():
        return model(ids, **marks).last_hidden_state

    with torch.inference_mode():
        save_file({"hidden": run().contiguous()}, asked["answers"])
        say({"version": f"PyTorch {torch.__version__}, transformers {transformers.__version__}"})
        for line in lines:
            say(seconds_of(run, json.loads(line)["runs"]))


serve(main)
