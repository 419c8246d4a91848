"""T2I adapters and a ControlNet by diffusers 0.42.1.

Weights come by rule: the recipes t2i-light.json, t2i-xl.json (made here), t2i-mini and controlnet-mini-diffusers (of the golden
tests; the first argument is a folder in which they were made).
"""
import sys

import torch
from common import Values, recipe
from diffusers import ControlNetModel, T2IAdapter
from safetensors.torch import load_file

torch.set_grad_enabled(False)
v = Values(2)


def keep(case, features):
    for number, feature in enumerate(features):
        v[f"{case}/{number}"] = feature.float()


def hint(size):
    """Value i of the picture, channels last, is (7919 i mod 101) / 100: nothing to store."""
    values = torch.arange(size * size * 3) * 7919 % 101 / torch.tensor(100.0)
    return values.reshape(1, size, size, 3).permute(0, 3, 1, 2)


light = T2IAdapter(in_channels=3, channels=[16, 32, 32], num_res_blocks=4, adapter_type="light_adapter")
light.load_state_dict(recipe("t2i-light", {k: p.shape for k, p in light.state_dict().items()}))
keep("light", light(hint(64)))

large = T2IAdapter(in_channels=3, channels=[8, 16, 24, 24], downscale_factor=16, adapter_type="full_adapter_xl")
large.load_state_dict(recipe("t2i-xl", {k: p.shape for k, p in large.state_dict().items()}))
keep("xl", large(hint(64)))

stored = load_file(sys.argv[1] + "/controlnet/t2i-mini.safetensors")
full = T2IAdapter(in_channels=3, channels=[64, 128, 128, 128], adapter_type="full_adapter")
names = {}
for key in stored:
    parts = key.split(".")
    if parts[0] == "body":
        level, block = divmod(int(parts[1]), 2)
        parts = ["body", str(level)] + ([] if parts[2] == "in_conv" else ["resnets", str(block)]) + parts[2:]
    names[".".join(["adapter"] + parts)] = stored[key]
full.load_state_dict(names)
keep("full", full(hint(64)))

stored = {k: t.float() for k, t in load_file(sys.argv[1] + "/controlnet/control-mini-diffusers.safetensors").items()}
network = ControlNetModel(
    block_out_channels=(64, 128, 128, 128), cross_attention_dim=128, attention_head_dim=8,
    conditioning_embedding_out_channels=(16, 32, 96, 256))
network.load_state_dict(stored)
latent, context = v.normal(1, 4, 8, 8), v.normal(1, 3, 128)
# In double precision, so that only our own rounding is measured.
down, middle = network.double().eval()(latent.double(), 371, context.double(), hint(64).double(), return_dict=False)
v["controlnet/x"], v["controlnet/context"] = latent, context
keep("controlnet", [t for n, t in enumerate(down) if n in (0, 3, 11)] + [middle])
v.save("hints")
