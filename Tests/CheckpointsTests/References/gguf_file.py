"""A GGUF file and what its tensors are, by gguf 0.19 (ggml's own package).

The package quantises to some types only; blocks of the K kinds are random bytes with sensible scales, which its decoder then reads.
"""
import pathlib

import gguf
import numpy as np
from gguf import GGMLQuantizationType as T
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent
random = np.random.default_rng(8)
writer = gguf.GGUFWriter(HERE / "small.gguf", "sd1")
writer.add_string("general.name", "synthetic test data")
writer.add_array("some.list", ["a", "bc"])
writer.add_array("some.numbers", [1, 2, 3])
writer.add_array("comfy.gguf.orig_shape.shaped", [2, 4, 4, 8])
writer.add_bool("some.flag", True)
expected = {}


def keep(name, blocks, kind, shape):
    writer.add_tensor(name, blocks, raw_dtype=kind)
    expected[name] = np.ascontiguousarray(gguf.quants.dequantize(blocks, kind).reshape(shape).astype(np.float32))


for kind in [T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0]:
    x = random.standard_normal((3, 64)).astype(np.float32)
    keep(kind.name, gguf.quants.quantize(x, kind), kind, (3, 64))
for kind, size, halves in [(T.Q4_K, 144, (0, 2)), (T.Q5_K, 176, (0, 2)), (T.Q6_K, 210, (208,))]:
    blocks = random.integers(0, 256, (2, 2 * size), dtype=np.uint8)
    for block in range(2):
        for half in halves:
            scale = (random.uniform(0.01, 0.1, 2)).astype(np.float16).view(np.uint8).reshape(2, 2)
            blocks[:, block * size + half:block * size + half + 2] = scale
    keep(kind.name, blocks, kind, (2, 512))
x = random.standard_normal((4, 64)).astype(np.float32)
keep("shaped", gguf.quants.quantize(x, T.Q8_0), T.Q8_0, (2, 4, 4, 8))
for name, array in [("plain", random.standard_normal((2, 3)).astype(np.float32)), ("half", random.standard_normal((5,)).astype(np.float16))]:
    writer.add_tensor(name, array)
    expected[name] = array.astype(np.float32)
x = random.standard_normal((2, 4)).astype(np.float32)
keep("bfloat", gguf.quants.quantize(x, T.BF16), T.BF16, (2, 4))

writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
save_file(expected, HERE / "small-gguf.safetensors")
