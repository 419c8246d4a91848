"""What the scripts in this folder share: seeded weights, and a file of tensors."""
import hashlib
import json
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent


class Values(dict):
    """Tensors by name, with a stream of seeded normal numbers."""

    def __init__(self, seed):
        super().__init__()
        self.random = np.random.default_rng(seed)

    def normal(self, *shape, scale=1.0):
        # Rounded to halves of precision: the file stays small when compressed, and nothing is lost in float32.
        return torch.from_numpy(self.random.standard_normal(shape) * scale).half().float()

    def fill(self, module, scale=0.2):
        """Gives every parameter of a module a value, norms around one; returns the module."""
        for name, parameter in sorted(module.named_parameters()):
            value = self.normal(*parameter.shape, scale=scale)
            if parameter.dim() == 1 and name.endswith("weight"):
                value = (1 + value).half().float()
            parameter.data.copy_(value)
        return module.eval()

    def save(self, name):
        path = HERE / f"{name}.safetensors"
        # What is exact in half precision is stored so.
        save_file({key: shortest(value) for key, value in sorted(self.items())}, path)
        print(f"{path.name}: {len(self)} tensors, {path.stat().st_size} bytes")


def shortest(value):
    value = value.detach().contiguous().clone()
    if value.dtype == torch.float32 and torch.equal(value.half().float(), value):
        return value.half()
    return value


def recipe(name, shapes, gain=1.0):
    """Weights by rule (RecipeModels in the tests makes the same bytes from NAME.json); returns them by name."""
    rows, blobs, tensors = [], [], {}
    for key, shape in shapes.items():
        shape = list(shape)
        if key.endswith("weight") and len(shape) == 1:
            mean, scale = 1.0, 0.2
        elif len(shape) < 2:
            mean, scale = 0.0, 0.3
        else:
            mean, scale = 0.0, float(f"{gain * (3 / np.prod(shape[1:])) ** 0.5:.6g}")
        values = by_rule(key, shape, mean, scale)
        rows.append([key, "F32", shape, mean, scale])
        blobs.append(values.tobytes())
        tensors[key] = torch.from_numpy(values)
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for row, blob in zip(rows, blobs):
        header[row[0]] = {"dtype": "F32", "shape": row[2], "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    data = len(text).to_bytes(8, "little") + text + b"".join(blobs)
    start = json.dumps({"name": name, "file": f"references/{name}.safetensors", "salt": "", "metadata": {"format": "pt"},
                        "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    lines = ",\n".join(json.dumps(row) for row in rows)
    (HERE / f"{name}.json").write_text(f"{start[:-1]},\n\"tensors\": [\n{lines}\n]}}\n")
    return tensors


def by_rule(key, shape, mean, scale):
    seed = 0xCBF29CE484222325
    for byte in key.encode():
        seed = ((seed ^ byte) * 0x100000001B3) % 2**64
    index = np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64)
    z = np.uint64(seed) + index * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    x = (z >> np.uint64(40)).astype(np.float32) - np.float32(8388608)
    return (x * np.float32(scale * 2.0**-23) + np.float32(mean)).reshape(shape)
