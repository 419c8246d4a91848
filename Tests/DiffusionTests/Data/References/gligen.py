"""GLIGEN in the U-Net of the recipe sd1-mini, by diffusers 0.42.1 (attention_type "gated").

The network's weights come by rule (gligen.json); three blocks of the U-Net have a layer, the others none. A second network, of
which only one layer is looked at, has the text width of SD1 and so eight heads.
"""
import sys

import torch
from common import Values, recipe
from diffusers import UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint
from diffusers.models.attention import GatedSelfAttentionDense
from safetensors.torch import load_file

torch.set_grad_enabled(False)
v = Values(3)

unet = UNet2DConditionModel(
    block_out_channels=(64, 128, 128, 128), cross_attention_dim=128, attention_head_dim=8, attention_type="gated")
# The hidden layers as narrow as the test needs.
unet.position_net.linears = torch.nn.Sequential(
    torch.nn.Linear(192, 16), torch.nn.SiLU(), torch.nn.Linear(16, 16), torch.nn.SiLU(), torch.nn.Linear(16, 128))
blocks = {
    "input_blocks.1.1.transformer_blocks.0": unet.down_blocks[0].attentions[0].transformer_blocks[0],
    "middle_block.1.transformer_blocks.0": unet.mid_block.attentions[0].transformer_blocks[0],
    "output_blocks.5.1.transformer_blocks.0": unet.up_blocks[1].attentions[2].transformer_blocks[0],
}
kept = {f"{name}.fuser": block.fuser for name, block in blocks.items()} | {"position_net": unet.position_net}
shapes = {f"{name}.{key}": p.shape for name, module in kept.items() for key, p in module.state_dict().items()}
weights = recipe("gligen", shapes)
for name, module in kept.items():
    module.load_state_dict({k[len(name) + 1:]: t for k, t in weights.items() if k.startswith(name + ".")})

stored = load_file(sys.argv[1] + "/checkpoints/sd1-mini.safetensors")
converted = convert_ldm_unet_checkpoint({k: t.float() for k, t in stored.items()}, unet.config)
missing, unexpected = unet.load_state_dict(converted, strict=False)
assert not unexpected and all("fuser" in key or "position_net" in key for key in missing), (missing, unexpected)
for module in unet.modules():
    if isinstance(module, GatedSelfAttentionDense):
        module.enabled = module in kept.values()
        # ComfyUI: heads of 64 channels, where the text isn't as wide as SD1's.
        module.attn.heads = module.attn.inner_dim // 64

boxes = torch.zeros(1, 30, 4)
boxes[0, 0], boxes[0, 1] = torch.tensor([0.25, 0.0, 0.75, 0.5]), torch.tensor([0.0, 0.5, 0.375, 1.0])
masks, texts = torch.zeros(1, 30), torch.zeros(1, 30, 128)
masks[0, :2] = 1
texts[0, :2] = v.normal(2, 128)
v["texts"] = texts[0, :2]
v["tokens"] = unet.position_net(boxes, masks, texts)[0, :3]
v["x"], v["context"] = v.normal(1, 4, 8, 8), v.normal(1, 3, 128)
gligen = {"boxes": boxes, "masks": masks, "positive_embeddings": texts}
v["out"] = unet.eval()(v["x"], 371, v["context"], cross_attention_kwargs={"gligen": gligen}).sample
v["plain"] = unet(v["x"], 371, v["context"]).sample

layer = GatedSelfAttentionDense(16, 768, 8, 2)
shapes = {"b.fuser." + key: p.shape for key, p in layer.state_dict().items()}
shapes |= {"position_net.null_positive_feature": (4,), "position_net.null_position_feature": (64,),
           "position_net.linears.0.weight": (4, 68), "position_net.linears.2.weight": (4, 4),
           "position_net.linears.4.weight": (768, 4)}
shapes |= {f"position_net.linears.{n}.bias": (w,) for n, w in [(0, 4), (2, 4), (4, 768)]}
weights = recipe("gligen-wide", shapes)
layer.load_state_dict({k[8:]: t for k, t in weights.items() if k.startswith("b.fuser.")})
v["layer/x"], v["layer/objects"] = v.normal(2, 9, 16), v.normal(2, 768)
v["layer/out"] = layer(v["layer/x"], v["layer/objects"][None].expand(2, -1, -1))
v.save("gligen")
