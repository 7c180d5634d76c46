"""Exports an encoder that Longspan saved to ONNX, for `pnpm bench models`.

Usage: python export_encoder.py JSON with `folder`, where transformers finds it, and `graph`, the file to write. Prints {"version": ...}.
The graph takes input_ids and attention_mask, int64 [texts, tokens], and gives last_hidden_state.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "process"))

import torch
import transformers

from turns import say, serve


class Hidden(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state


def main():
    asked = json.loads(sys.argv[1])
    # Eager attention is products and a softmax, which ONNX Runtime fuses.
    model = transformers.AutoModel.from_pretrained(asked["folder"], dtype=torch.float32, attn_implementation="eager").eval()
    ids = torch.full((2, 8), 5)
    names = ["input_ids", "attention_mask"]
    axes = {0: "texts", 1: "tokens"}
    torch.onnx.export(
        Hidden(model),
        (ids, torch.ones_like(ids)),
        asked["graph"],
        input_names=names,
        output_names=["last_hidden_state"],
        dynamic_axes={name: axes for name in [*names, "last_hidden_state"]},
        opset_version=17,
        dynamo=False,
    )
    say({"version": f"PyTorch {torch.__version__}, transformers {transformers.__version__}"})


serve(main)
