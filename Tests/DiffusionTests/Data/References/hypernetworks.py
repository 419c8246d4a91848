"""Hypernetworks in webui's files, computed by PyTorch modules built from their description; dropout is at rest when sampling.

Names in the result: CASE/x, CASE/key and CASE/value at strength 0.75.
"""
import torch
from common import HERE, Values
from torch import nn

torch.set_grad_enabled(False)
v = Values(5)
ACTIVATIONS = {
    "linear": nn.Identity, "relu": nn.ReLU, "leakyrelu": nn.LeakyReLU, "elu": nn.ELU, "swish": nn.Hardswish, "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid, "softsign": nn.Softsign, "mish": nn.Mish,
}


def network(activation, norms, dropout, activate_output, widths):
    """Modules in order, and which of them are entries of the file: those with weights, numbered as in the trainer's row."""
    row = []
    pairs = list(zip(widths, widths[1:]))
    for number, (inputs, outputs) in enumerate(pairs):
        last = number == len(pairs) - 1
        row.append(nn.Linear(inputs, outputs))
        # The reference counts entries with weights: a norm behind the last linear layer makes that one not the last.
        if activation != "linear" and (not last or activate_output or norms):
            row.append(ACTIVATIONS[activation]())
        if norms:
            row.append(nn.LayerNorm(outputs))
        if dropout and not last:
            row.append(nn.Dropout(0.3))
    return v.fill(nn.Sequential(*row), 0.6)


for case, norms, dropout, activate_output in [
    ("linear", False, False, True), ("relu", True, False, False), ("leakyrelu", False, False, False), ("elu", False, False, True),
    ("swish", True, True, True), ("tanh", False, True, False), ("sigmoid", False, False, False), ("softsign", True, False, False),
    ("mish", False, True, True),
]:
    pair = [network(case, norms, dropout, activate_output, [4, 8, 6, 4]) for _ in range(2)]
    stored = [{f"linear.{key}": value for key, value in net.state_dict().items()} for net in pair]
    torch.save({4: stored, "activation_func": case, "is_layer_norm": norms, "use_dropout": dropout, "step": 1, "name": case,
                "activate_output": activate_output, "layer_structure": [1, 2, 1.5, 1], "last_layer_dropout": False},
               HERE / f"hypernetworks/{case}.pt")
    x = v.normal(1, 5, 4)
    v[f"{case}/x"] = x
    v[f"{case}/key"], v[f"{case}/value"] = (x + 0.75 * net(x) for net in pair)
v.save("hypernetworks")
