"""Picture nodes of packs, computed from their documentation by PyTorch 2.15, NumPy and Pillow 13.

Pictures count: value i is (7919 i mod 101) / 100, channels last, [1, 6, 8, 3]. ImageResize+: scale by torch's interpolate (lanczos
by Pillow on bytes, cut off, not rounded, as everywhere in ComfyUI), then pad with black or cut the middle.
"""
import pathlib

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
out = {}
HEIGHT, WIDTH = 6, 8
picture = (torch.arange(HEIGHT * WIDTH * 3) * 7919 % 101 / torch.tensor(100.0)).reshape(1, HEIGHT, WIDTH, 3)


def scaled(width, height, how):
    if how == "lanczos":
        pixels = np.clip(picture[0].numpy() * 255.0, 0, 255).astype(np.uint8)
        made = Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS)
        return torch.from_numpy(np.array(made).astype(np.float32) / 255.0)[None]
    x = torch.nn.functional.interpolate(picture.permute(0, 3, 1, 2), size=(height, width), mode=how)
    return x.permute(0, 2, 3, 1)


def resized(width, height, how, method):
    if method == "stretch":
        return scaled(width, height, how)
    if method in ("keep proportion", "pad"):
        factor = min(width / WIDTH, height / HEIGHT)
        w, h = round(WIDTH * factor), round(HEIGHT * factor)
        x = scaled(w, h, how)
        if method == "keep proportion":
            return x
        left, top = (width - w) // 2, (height - h) // 2
        whole = torch.zeros(1, height, width, 3)
        whole[:, top:top + h, left:left + w] = x
        return whole
    factor = max(width / WIDTH, height / HEIGHT)
    w, h = round(WIDTH * factor), round(HEIGHT * factor)
    left, top = (w - width) // 2, (h - height) // 2
    return scaled(w, h, how)[:, top:top + height, left:left + width]


for how in ["nearest", "bilinear", "bicubic", "area", "nearest-exact", "lanczos"]:
    out[f"resize/stretch/5x9/{how}"] = resized(5, 9, how, "stretch").clamp(0, 1)
for method in ["keep proportion", "fill / crop", "pad"]:
    for width, height in [(5, 9), (11, 4)]:
        out[f"resize/{method.replace(' / ', '-')}/{width}x{height}/bilinear"] = resized(width, height, "bilinear", method).clamp(0, 1)

weights = {"luminance (Rec.709)": [0.2126, 0.7152, 0.0722], "luminance (Rec.601)": [0.299, 0.587, 0.114]}
for method in [*weights, "average", "lightness"]:
    if method in weights:
        grey = picture @ torch.tensor(weights[method])
    elif method == "average":
        grey = picture.mean(-1)
    else:
        grey = (picture.amax(-1) + picture.amin(-1)) / 2
    out[f"desaturate/{method}"] = 0.25 * picture + 0.75 * grey[..., None]
for axis, dims in [("x", [2]), ("y", [1]), ("xy", [1, 2])]:
    out[f"flip/{axis}"] = picture.flip(dims)

# Constrain Image: the side that goes too far gives way, not below its least size; with cropping the other follows, and the middle is
# kept. Lanczos.
def constrained(largest, least, crops):
    w, h = min(max(WIDTH, least), largest), min(max(HEIGHT, least), largest)
    if w / h > WIDTH / HEIGHT:
        w = max(int(h * (WIDTH / HEIGHT)), least)
        h = int(HEIGHT / (WIDTH / w)) if crops else h
    else:
        h = max(int(w / (WIDTH / HEIGHT)), least)
        w = int(WIDTH / (HEIGHT / h)) if crops else w
    x = scaled(w, h, "lanczos")
    left, top = max((w - largest) // 2, 0), max((h - largest) // 2, 0)
    return x[:, top:top + min(h, largest), left:left + min(w, largest)] if crops else x


for largest, least in [(5, 0), (100, 12), (14, 12)]:
    for crops in ["yes", "no"]:
        out[f"constrain/{largest}/{least}/{crops}"] = constrained(largest, least, crops == "yes")
save_file({k: v.contiguous() for k, v in out.items()}, HERE / "packs.safetensors")
print((HERE / "packs.safetensors").stat().st_size)
