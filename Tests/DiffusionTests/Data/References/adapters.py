"""LoRA's kin by lycoris-lora 4.1.3: the merged weight of one small layer for each kind.

Names: CASE/weight, CASE/in/ENDING (as in a file), CASE/out at strength 1, for matrices CASE/half at 0.5.
"""
import torch
from common import Values
from lycoris import functional
from lycoris.functional import boft, diag_oft
from lycoris.modules.full import FullModule
from lycoris.modules.glora import GLoRAModule
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from lycoris.modules.norms import NormModule

v = Values(1)
torch.set_grad_enabled(False)


def layer(kernel=None, outputs=12, inputs=8):
    if kernel is None:
        module = torch.nn.Linear(inputs, outputs)
    else:
        module = torch.nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
    return v.fill(module, 0.5)


def keep(case, module, parts, change):
    """`change`: what is added at full strength."""
    v[f"{case}/weight"] = module.weight
    for name, part in parts.items():
        if part is not None:
            v[f"{case}/in/{name}"] = part
    v[f"{case}/out"] = module.weight + change.reshape(module.weight.shape)
    if module.weight.dim() == 2:
        v[f"{case}/half"] = module.weight + 0.5 * change.reshape(module.weight.shape)


def alpha(value):
    return torch.tensor(float(value))


# LoCon: plain, with a kernel, with a core.
for case, kernel, core in [("locon-linear", None, False), ("locon-conv", 3, False), ("locon-core", 3, True)]:
    m = layer(kernel)
    tail = [] if kernel is None else [1, 1]
    full = [] if kernel is None else [kernel, kernel]
    up, down = v.normal(12, 4, *tail, scale=0.3), v.normal(4, 8, *(tail if core else full), scale=0.3)
    mid = v.normal(4, 4, 3, 3, scale=0.3) if core else None
    made = LoConModule.make_module_from_state_dict("x", m, up, down, mid, alpha(2), None)
    keep(case, m, {"lora_up.weight": up, "lora_down.weight": down, "lora_mid.weight": mid, "alpha": alpha(2)},
         made.get_diff_weight()[0])

# LoHa.
for case, kernel, core in [("loha-linear", None, False), ("loha-conv", 3, False), ("loha-core", 3, True)]:
    m = layer(kernel)
    if core:
        p = {"hada_w1_a": v.normal(4, 12), "hada_w1_b": v.normal(4, 8), "hada_w2_a": v.normal(4, 12), "hada_w2_b": v.normal(4, 8),
             "hada_t1": v.normal(4, 4, 3, 3, scale=0.3), "hada_t2": v.normal(4, 4, 3, 3, scale=0.3)}
    else:
        width = 8 * (kernel or 1) ** 2
        p = {"hada_w1_a": v.normal(12, 4), "hada_w1_b": v.normal(4, width), "hada_w2_a": v.normal(12, 4),
             "hada_w2_b": v.normal(4, width)}
    made = LohaModule.make_module_from_state_dict(
        "x", m, p["hada_w1_a"], p["hada_w1_b"], p["hada_w2_a"], p["hada_w2_b"], p.get("hada_t1"), p.get("hada_t2"), alpha(2), None)
    # get_weight, as in the forward pass: get_diff_weight of this release multiplies by alpha / rank once more.
    keep(case, m, {**p, "alpha": alpha(2)}, made.get_weight(m.weight.shape))

# LoKr: both factors whole; second factored; first too; with a kernel. (A core is left out: docs/decisions/0010.)
for case, kernel, split1, split2 in [
    ("lokr-full", None, False, False), ("lokr-second", None, False, True), ("lokr-both", None, True, True),
    ("lokr-first", None, True, False), ("lokr-conv-full", 3, False, False), ("lokr-conv-second", 3, False, True),
]:
    m = layer(kernel)
    tail = [] if kernel is None else [kernel, kernel]
    area = (kernel or 1) ** 2
    p = {}
    if split1:
        p |= {"lokr_w1_a": v.normal(3, 2), "lokr_w1_b": v.normal(2, 2)}
    else:
        p["lokr_w1"] = v.normal(3, 2)
    if split2:
        p |= {"lokr_w2_a": v.normal(4, 2), "lokr_w2_b": v.normal(2, 4 * area)}
    else:
        p["lokr_w2"] = v.normal(4, 4, *tail)
    # alpha, divided by the rank inside; it counts only where a factor is a product.
    g = p.get
    change = functional.lokr.diff_weight(
        g("lokr_w1"), g("lokr_w1_a"), g("lokr_w1_b"), g("lokr_w2"), g("lokr_w2_a"), g("lokr_w2_b"), None, gamma=3)
    keep(case, m, {**p, "alpha": alpha(3)}, change)

# GLoRA.
for case, kernel in [("glora-linear", None), ("glora-conv", 3), ("glora-conv1", 1)]:
    m = layer(kernel)
    tail = [] if kernel is None else [1, 1]
    full = [] if kernel is None else [kernel, kernel]
    p = {"a1": v.normal(8, 4, *tail, scale=0.3), "a2": v.normal(4, 8, *tail, scale=0.3), "b1": v.normal(12, 4, *tail, scale=0.3),
         "b2": v.normal(4, 8, *full, scale=0.3)}
    made = GLoRAModule.make_module_from_state_dict("x", m, p["a1"], p["a2"], p["b1"], p["b2"], None, alpha(2))
    keep(case, m, {**{k + ".weight": x for k, x in p.items()}, "alpha": alpha(2)}, made.get_diff_weight()[0])

# OFT. At another strength than one ComfyUI scales the rotation and the difference, so the change is squared.
for case, kernel, bound in [("oft-linear", None, 0), ("oft-conv", 3, 0), ("oft-bounded", None, 1.5)]:
    m = layer(kernel)
    blocks = v.normal(3, 4, 4, scale=0.5)
    change = diag_oft.diff_weight(m.weight, blocks, None, constraint=bound)
    keep(case, m, {"oft_blocks": blocks, "alpha": alpha(bound)}, change)
    if kernel is None:
        v[f"{case}/half"] = m.weight + 0.25 * change

# BOFT: three stages over 8 blocks of 4 rows; two over 4 blocks of 2; with lengths; bounded.
for case, kernel, outputs, size, stages, rescaled, bound in [
    ("boft-linear", None, 32, 4, 4, False, 0), ("boft-conv", 3, 8, 2, 3, False, 0), ("boft-rescaled", None, 16, 4, 2, True, 0),
    ("boft-bounded", None, 16, 4, 2, True, 2.5), ("boft-one", None, 12, 6, 2, False, 0),
]:
    m = layer(kernel, outputs=outputs, inputs=4)
    blocks = v.normal(stages, outputs // size, size, size, scale=0.4)
    lengths = (1 + v.normal(outputs, *([1] * (m.weight.dim() - 1)), scale=0.2)).half().float() if rescaled else None
    keep(case, m, {"oft_blocks": blocks, "rescale": lengths, "alpha": alpha(bound)},
         boft.diff_weight(m.weight, blocks, lengths, constraint=bound))
    if kernel is None:
        v[f"{case}/half"] = m.weight + 0.5 * boft.diff_weight(m.weight, blocks, lengths, constraint=bound, scale=0.5)

# Full differences, and norms with their biases.
m = layer(3)
p = {"diff": v.normal(12, 8, 3, 3), "diff_b": v.normal(12)}
made = FullModule.make_module_from_state_dict("x", m, p["diff"], p["diff_b"])
keep("full", m, p, made.get_diff_weight()[0])
v["full/bias"], v["full/bias.out"] = m.bias, made.get_merged_weight()[1]
m = v.fill(torch.nn.GroupNorm(4, 8))
p = {"w_norm": v.normal(8), "b_norm": v.normal(8)}
made = NormModule.make_module_from_state_dict("x", m, p["w_norm"], p["b_norm"])
keep("norm", m, p, made.get_merged_weight()[0] - m.weight)
v["norm/bias"], v["norm/bias.out"] = m.bias, made.get_merged_weight()[1]

# DoRA with a length per input column, the layout of the first trainers, which is where ComfyUI and lycoris agree.
for case, kernel in [("dora-columns", None), ("dora-columns-conv", 3)]:
    m = layer(kernel)
    tail = [] if kernel is None else [1, 1]
    full = [] if kernel is None else [kernel, kernel]
    up, down = v.normal(12, 4, *tail, scale=0.3), v.normal(4, 8, *full, scale=0.3)
    made = LoConModule.make_module_from_state_dict("x", m, up, down, None, alpha(2), None)
    lengths = (3 + v.normal(1, 8, *tail, scale=0.2)).half().float()
    sum = m.weight + made.get_diff_weight()[0]
    change = functional.general.weight_decompose(sum, lengths, 1, wd_on_out=False) - m.weight
    keep(case, m, {"lora_up.weight": up, "lora_down.weight": down, "dora_scale": lengths, "alpha": alpha(2)}, change)

v.save("adapters")
