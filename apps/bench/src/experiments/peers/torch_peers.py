"""PyTorch's side of a duel of `pnpm bench peers`: reads the inputs, writes its answers, then takes turns.

Usage: python torch_peers.py JSON, see torch-peer.ts. Prints {"version": ...} once the answers are written; then, for each line
{"part": "whole" or "linear", "runs": number} on standard input, that many seconds of runs as a list. Ends when its input does.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "process"))

import torch
from safetensors.torch import load_file, save_file

from turns import requests, say, seconds_of, serve


def attention(asked, tensors):
    q, k, v = tensors["q"], tensors["k"], tensors["v"]
    if asked["method"] == "scaled_dot_product_attention":
        return {"whole": lambda: {"out": torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)}}

    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    n, left = asked["n"], asked["left"]
    mask = create_block_mask(lambda b, h, query, key: (query >= key) & (query - key <= left), None, None, n, n, device="cpu")
    compiled = torch.compile(flex_attention)
    return {"whole": lambda: {"out": compiled(q, k, v, block_mask=mask)}}


def linear_layers(layer, tensors):
    """All linear layers that local tokens go through, one after the other, each over a tensor of its width."""
    hidden = tensors["hidden"]
    inputs = []
    for name, module in layer.named_modules():
        if isinstance(module, torch.nn.Linear) and not name.endswith("_global"):
            copies = module.in_features // hidden.shape[-1]
            inputs.append((module, hidden.repeat(1, 1, copies).requires_grad_("cotangent" in tensors)))

    def run():
        for module, given in inputs:
            out = module(given)
            if "cotangent" in tensors:
                given.grad = None
                module.zero_grad(set_to_none=True)
                out.backward(tensors["cotangent"])

    return run


def longformer(asked, tensors):
    from transformers import LongformerConfig
    from transformers.models.longformer.modeling_longformer import LongformerLayer, LongformerSelfAttention

    is_whole = asked["method"] == "LongformerLayer"
    width = tensors["hidden"].shape[-1]
    config = LongformerConfig(
        hidden_size=width,
        num_attention_heads=asked["base"]["heads"] if is_whole else asked["heads"],
        intermediate_size=asked["base"]["innerWidth"],
        attention_window=[2 * asked["longformerSide"]],
        attention_probs_dropout_prob=0.0,
        hidden_dropout_prob=0.0,
    )
    layer = (LongformerLayer if is_whole else LongformerSelfAttention)(config, layer_id=0).eval()
    own = {name: value for name, value in tensors.items() if name not in ("hidden", "cotangent")}
    missing, unknown = layer.load_state_dict(own, strict=False)
    if unknown or any("_global" not in name for name in missing):  # the projections of global tokens, of which there are none
        raise ValueError(f"the layer lacks {missing} and does not know {unknown}")

    # What LongformerModel hands to its layers where every token is local.
    n = asked["n"]
    none = torch.zeros(1, n, dtype=torch.bool)
    marks = dict(attention_mask=torch.zeros(1, n), is_index_masked=none, is_index_global_attn=none, is_global_attn=False)
    linear = linear_layers(layer, tensors)
    if asked["method"] != "LongformerSelfAttention, backward":
        return {"whole": lambda: {"out": layer(tensors["hidden"], **marks)[0]}, "linear": linear}

    hidden = tensors["hidden"].clone().requires_grad_(True)
    learned = {name: value for name, value in layer.named_parameters() if name in own}

    def train():
        hidden.grad = None
        layer.zero_grad(set_to_none=True)
        layer(hidden, **marks)[0].backward(tensors["cotangent"])
        return {"d.hidden": hidden.grad, **{f"d.{name}": value.grad for name, value in learned.items()}}

    return {"whole": train, "linear": linear}


def main():
    lines = requests()
    asked = json.loads(sys.argv[1])
    torch.set_num_threads(asked["threads"])
    tensors = load_file(asked["inputs"])
    version = f"PyTorch {torch.__version__}"
    if "Longformer" in asked["method"]:
        import transformers

        version += f", transformers {transformers.__version__}"
    with torch.set_grad_enabled(asked["method"].endswith("backward")):
        parts = (longformer if "Longformer" in asked["method"] else attention)(asked, tensors)
        save_file({name: value.contiguous() for name, value in parts["whole"]().items()}, asked["answers"])
        say({"version": version})
        for line in lines:
            wanted = json.loads(line)
            say(seconds_of(parts[wanted["part"]], wanted["runs"]))


serve(main)
