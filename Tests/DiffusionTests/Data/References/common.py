"""What the scripts in this folder share: seeded weights, and a file of tensors."""
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
