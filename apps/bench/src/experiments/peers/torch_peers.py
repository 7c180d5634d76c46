"""PyTorch's side of `pnpm bench peers`: reads the inputs and our answers, compares, times, prints one line of JSON.

Usage: python torch_peers.py '{"folder": ..., "lengths": [4096], "threads": 2, "run_seconds": 1.0, ...sizes}'
"""

import json
import os
import statistics
import sys
import threading
import time

import torch
import transformers
from safetensors.torch import load_file
from torch.nn.attention.flex_attention import create_block_mask, flex_attention
from transformers import LongformerConfig
from transformers.models.longformer.modeling_longformer import LongformerLayer, LongformerSelfAttention

TOLERANCE = 5e-4


def leave_with_the_parent():
    """The bench ends its workers without notice; this process must not outlive them."""
    sys.stdin.read()
    os._exit(1)


def compare(got, expected):
    """The largest difference, of numbers above 1 relative to them; an error where it is too large to be rounding."""
    error = ((got - expected).abs() / expected.abs().clamp(min=1)).max().item()
    if not error <= TOLERANCE:
        raise ValueError(f"wrong answer: off by {error}")
    return error


def timed(run, expected, run_seconds):
    """Compares the first answer, times the runs after it; the library's own error is the result where there is one."""
    try:
        first = run()
        error = 0.0 if expected is None else compare(first.detach(), expected)
        times = []
        while len(times) < 3 or (sum(times) < run_seconds and len(times) < 50):
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        return {"kind": "done", "seconds": statistics.median(times), "error": error}
    except Exception as error:
        words = str(error).strip().splitlines() or [""]
        return {"kind": "failed", "error": f"{type(error).__name__}: {words[0]}"}


def attention(folder, n, left, run_seconds):
    tensors = load_file(f"{folder}/data/attention-{n}.safetensors")
    q, k, v = tensors["q"], tensors["k"], tensors["v"]

    def in_window(batch, head, query, key):
        return (query >= key) & (query - key <= left)

    compiled = torch.compile(flex_attention)
    made = {}

    def flex():
        with torch.no_grad():
            if not made:
                made["mask"] = create_block_mask(in_window, None, None, n, n, device="cpu")
            return compiled(q, k, v, block_mask=made["mask"])

    def dense():
        with torch.no_grad():
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)

    return {
        f"flex_attention {n}": timed(flex, tensors["out"], run_seconds),
        f"scaled_dot_product_attention {n}": timed(dense, None, run_seconds),
    }


def configuration(width, heads, inner_width, side):
    return LongformerConfig(
        hidden_size=width,
        num_attention_heads=heads,
        intermediate_size=inner_width,
        attention_window=[2 * side],
        attention_probs_dropout_prob=0.0,
        hidden_dropout_prob=0.0,
    )


def no_global_tokens(n):
    """What LongformerModel hands to its layers where every token is local."""
    none = torch.zeros(1, n, dtype=torch.bool)
    return dict(attention_mask=torch.zeros(1, n), is_index_masked=none, is_index_global_attn=none, is_global_attn=False)


def longformer(folder, n, heads, head_dim, side, run_seconds):
    tensors = load_file(f"{folder}/data/longformer-{n}.safetensors")
    width = heads * head_dim
    layer = LongformerSelfAttention(configuration(width, heads, 4 * width, side), layer_id=0).eval()
    layer.load_state_dict({name: value for name, value in tensors.items() if name in layer.state_dict()}, strict=False)
    marks = no_global_tokens(n)

    def forward():
        with torch.no_grad():
            return layer(tensors["hidden"], **marks)[0]

    hidden = tensors["hidden"].clone().requires_grad_(True)

    def training():
        hidden.grad = None
        layer.zero_grad(set_to_none=True)
        layer(hidden, **marks)[0].backward(tensors["cotangent"])
        return hidden.grad

    return {
        f"longformer {n}": timed(forward, tensors["out"], run_seconds),
        f"longformer training {n}": timed(training, tensors["dhidden"], run_seconds),
    }


def encoder(folder, base, side, run_seconds):
    tensors = load_file(f"{folder}/data/encoder.safetensors")
    layer = LongformerLayer(configuration(base["width"], base["heads"], base["innerWidth"], side), layer_id=0).eval()
    layer.load_state_dict({name: value for name, value in tensors.items() if name in layer.state_dict()}, strict=False)
    marks = no_global_tokens(base["n"])

    def forward():
        with torch.no_grad():
            return layer(tensors["hidden"], **marks)[0]

    return {"encoder layer": timed(forward, tensors["out"], run_seconds)}


def main():
    threading.Thread(target=leave_with_the_parent, daemon=True).start()
    asked = json.loads(sys.argv[1])
    torch.set_num_threads(asked["threads"])
    folder, seconds, side = asked["folder"], asked["runSeconds"], asked["longformerSide"]
    timings = {}
    for n in asked["lengths"]:
        timings.update(longformer(folder, n, asked["heads"], asked["headDim"], side, seconds))
        timings.update(attention(folder, n, asked["left"], seconds))
    timings.update(encoder(folder, asked["base"], side, seconds))
    versions = [f"PyTorch {torch.__version__}, transformers {transformers.__version__}, Python {sys.version.split()[0]}"]
    print(json.dumps({"timings": timings, "versions": versions}))


main()
