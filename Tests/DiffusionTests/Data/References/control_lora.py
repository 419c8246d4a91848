"""A control-LoRA on the recipe sd1-mini: the sums by PyTorch, the ControlNet by diffusers 0.42.1, in double precision.

The LoRA's weights come by rule (control-lora.json). The first argument is a folder in which sd1-mini was made.
"""
import sys

import torch
from common import Values, recipe
from diffusers import ControlNetModel
from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint
from safetensors.torch import load_file

torch.set_grad_enabled(False)
v = Values(7)
RANK = 4

stored = load_file(sys.argv[1] + "/checkpoints/sd1-mini.safetensors")
base = {k.removeprefix("model.diffusion_model."): t.float() for k, t in stored.items() if k.startswith("model.diffusion_model.")}
base = {k: t for k, t in base.items() if k.startswith(("input_blocks.", "middle_block.", "time_embed."))}

widths = [64] * 4 + [128] * 8
shapes = {"lora_controlnet": ()}
inputs = 3
for number, outputs in enumerate([16, 16, 32, 32, 96, 96, 256, 64]):
    shapes[f"input_hint_block.{2 * number}.weight"], shapes[f"input_hint_block.{2 * number}.bias"] = (outputs, inputs, 3, 3), (outputs,)
    inputs = outputs
for number, width in enumerate(widths):
    shapes[f"zero_convs.{number}.0.weight"], shapes[f"zero_convs.{number}.0.bias"] = (width, width, 1, 1), (width,)
shapes["middle_block_out.0.weight"], shapes["middle_block_out.0.bias"] = (128, 128, 1, 1), (128,)
for module in [
    "time_embed.0", "input_blocks.0.0", "input_blocks.1.0.in_layers.2", "input_blocks.1.0.emb_layers.1", "input_blocks.3.0.op",
    "input_blocks.4.0.skip_connection", "input_blocks.4.1.proj_in", "input_blocks.4.1.transformer_blocks.0.attn1.to_q",
    "input_blocks.4.1.transformer_blocks.0.attn2.to_v", "input_blocks.4.1.transformer_blocks.0.ff.net.0.proj",
    "middle_block.2.out_layers.3",
]:
    outputs, *rest = base[module + ".weight"].shape
    tail = [1] * (len(rest) - 1)
    shapes[module + ".up"], shapes[module + ".down"] = (outputs, RANK, *tail), (RANK, *rest)
for name in ["input_blocks.1.0.in_layers.0.weight", "input_blocks.1.0.in_layers.2.bias", "middle_block.1.norm.bias"]:
    shapes[name] = base[name].shape

whole = dict(base)
lora = recipe("control-lora", shapes)
for name, tensor in lora.items():
    if name.endswith(".up"):
        weight = name.removesuffix("up") + "weight"
        down = lora[name.removesuffix("up") + "down"]
        whole[weight] = base[weight].double() + (tensor.double().flatten(1) @ down.double().flatten(1)).reshape(base[weight].shape)
    elif not name.endswith(".down") and name != "lora_controlnet":
        whole[name] = tensor

network = ControlNetModel(
    block_out_channels=(64, 128, 128, 128), cross_attention_dim=128, attention_head_dim=8,
    conditioning_embedding_out_channels=(16, 32, 96, 256)).double().eval()
network.load_state_dict(convert_controlnet_checkpoint(whole, network.config))
hint = torch.arange(64 * 64 * 3) * 7919 % 101 / torch.tensor(100.0)
hint = hint.reshape(1, 64, 64, 3).permute(0, 3, 1, 2).double()
v["x"], v["context"] = v.normal(1, 4, 8, 8), v.normal(1, 3, 128)
down, middle = network(v["x"].double(), 371, v["context"].double(), hint, return_dict=False)
for number, residual in enumerate([down[0], down[3], down[11], middle]):
    v[str(number)] = residual.float()
v.save("control-lora")
