"""Upscalers by spandrel 0.4.2, which is what ComfyUI reads them with, in double precision. Weights by rule, small networks."""
import torch
from common import Values, recipe
from spandrel import ModelLoader
from spandrel.__helpers.size_req import pad_tensor

torch.set_grad_enabled(False)
v = Values(4)


def rrdb(inputs, width=8, growth=32, plus=False, style="body"):
    """Shapes of one residual block and two doublings."""
    new = style == "body"
    names = {"conv_first": (width, inputs, 3, 3)}
    for dense in (1, 2, 3):
        prefix = f"body.0.rdb{dense}." if new else f"RRDB_trunk.0.RDB{dense}."
        for number in range(1, 6):
            names[f"{prefix}conv{number}"] = (width if number == 5 else growth, width + growth * (number - 1), 3, 3)
        if plus:
            names[prefix + "conv1x1"] = (growth, width, 1, 1)
    rest = ["conv_body", "conv_up1", "conv_up2", "conv_hr"] if new else ["trunk_conv", "upconv1", "upconv2", "HRconv"]
    names |= {name: (width, width, 3, 3) for name in rest} | {"conv_last": (3, width, 3, 3)}
    shapes = {}
    for name, shape in names.items():
        shapes[name + ".weight"] = shape
        if not name.endswith("conv1x1"):
            shapes[name + ".bias"] = shape[:1]
    return shapes


def compact(scale, width=8, depth=2):
    shapes, inputs = {}, 3
    for number in range(depth + 1):
        shapes |= {f"body.{2 * number}.weight": (width, inputs, 3, 3), f"body.{2 * number}.bias": (width,),
                   f"body.{2 * number + 1}.weight": (width,)}
        inputs = width
    last = 2 * (depth + 1)
    return shapes | {f"body.{last}.weight": (3 * scale**2, width, 3, 3), f"body.{last}.bias": (3 * scale**2,)}


def old(count, width=8, growth=32, doublings=2, plus=False):
    """The first ESRGAN files: one numbered row of modules."""
    shapes = {}
    def layer(name, outputs, inputs, kernel=3, bias=True):
        shapes[name + ".weight"] = (outputs, inputs, kernel, kernel)
        if bias:
            shapes[name + ".bias"] = (outputs,)
    layer("model.0", width, 3)
    for block in range(count):
        for dense in (1, 2, 3):
            prefix = f"model.1.sub.{block}.RDB{dense}."
            if plus:
                layer(prefix + "conv1x1", growth, width, 1, bias=False)
            for number in range(1, 6):
                layer(f"{prefix}conv{number}.0", width if number == 5 else growth, width + growth * (number - 1))
    layer(f"model.1.sub.{count}", width, width)
    for number in range(doublings):
        layer(f"model.{3 * number + 3}", width, width)
    layer(f"model.{3 * doublings + 2}", width, width)
    layer(f"model.{3 * doublings + 4}", 3, width)
    return shapes


def picture(height, width):
    """Value i of the picture, channels last, is (7919 i mod 101) / 100: nothing to store."""
    x = torch.arange(height * width * 3) * 7919 % 101 / torch.tensor(100.0)
    return x.reshape(1, height, width, 3).permute(0, 3, 1, 2).double()


for name, shapes in [
    ("rrdb-x2", rrdb(12)), ("rrdb-x1", rrdb(48)), ("rrdb-trunk", rrdb(3, style="trunk")), ("rrdb-plus", old(1, plus=True)),
    ("rrdb-two", old(2, doublings=1)), ("compact-x1", compact(1)), ("compact-x2", compact(2)), ("compact-x3", compact(3)),
]:
    weights = recipe("upscaler-" + name, shapes, gain=0.6)
    model = ModelLoader().load_from_state_dict(dict(weights))
    network = model.model.double().eval()
    for height, width in [(6, 10), (1, 3)]:
        # What a call of the descriptor does, but for clamping to 0...1 at the end.
        padded = pad_tensor(picture(height, width), model.size_requirements)[1]
        out = network(padded)[:, :, :height * model.scale, :width * model.scale]
        print(name, model.architecture.id, model.scale, tuple(out.shape), float(out.min()), float(out.max()))
        v[f"{name}/{height}x{width}"] = out.permute(0, 2, 3, 1).float()
v.save("upscalers")
