"""TAESD by diffusers 0.42.1 (AutoencoderTiny), in double precision, with the weights of the recipes taesd-encoder and -decoder.

The first argument is a folder in which the golden tests' recipes were made.
"""
import sys

import torch
from common import Values
from diffusers import AutoencoderTiny
from safetensors.torch import load_file

torch.set_grad_enabled(False)
v = Values(6)
folder = sys.argv[1] + "/vae_approx/"
encoder, decoder = (load_file(f"{folder}taesd_{part}.safetensors") for part in ("encoder", "decoder"))
network = AutoencoderTiny()
weights = {"encoder.layers." + key: value for key, value in encoder.items()}
# The file counts the clamp that comes first; diffusers doesn't.
for key, value in decoder.items():
    number, rest = key.split(".", 1)
    weights[f"decoder.layers.{int(number) - 1}.{rest}"] = value
network.load_state_dict(weights)
network.double().eval()

x = torch.arange(24 * 16 * 3) * 7919 % 101 / torch.tensor(100.0)
x = x.reshape(1, 24, 16, 3).permute(0, 3, 1, 2).double()
# Diffusers' pictures are -1 to 1 and latents in the scale of the U-Net.
v["encoded"] = (network.encode(x * 2 - 1).latents / 0.18215).float()
v["latent"] = v.normal(1, 4, 3, 2, scale=12)
v["decoded"] = (network.decode(v["latent"].double() * 0.18215).sample.permute(0, 2, 3, 1) / 2 + 0.5).float()
print(v["decoded"].min(), v["decoded"].max())
v.save("taesd")
