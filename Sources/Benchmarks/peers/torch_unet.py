#!/usr/bin/env python3
"""Times PyTorch on the same networks as `benchmarks`: a step of SD1.5's U-Net and a VAE decode, in float32.

Plain torch modules of the same sizes with random weights, no other package:

    python3 -m venv /tmp/peer && /tmp/peer/bin/pip install torch
    /tmp/peer/bin/python Sources/Benchmarks/peers/torch_unet.py --size 512 --batch 2 --threads 2

Both memory layouts are tried; the better one counts. Prints one JSON line per measurement: wall-clock seconds and
processor seconds (all threads), best and median of the runs.
"""

import argparse
import json
import os
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, embedding=None, epsilon=1e-5):
        super().__init__()
        self.norm1 = nn.GroupNorm(32, inputs, eps=epsilon)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time = nn.Linear(embedding, outputs) if embedding else None
        self.norm2 = nn.GroupNorm(32, outputs, eps=epsilon)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x, embedding=None):
        h = self.conv1(F.silu(self.norm1(x)))
        if self.time is not None:
            h = h + self.time(F.silu(embedding))[:, :, None, None]
        return self.skip(x) + self.conv2(F.silu(self.norm2(h)))


class Attention(nn.Module):
    def __init__(self, width, context, heads):
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, width, bias=False)
        self.k = nn.Linear(context, width, bias=False)
        self.v = nn.Linear(context, width, bias=False)
        self.out = nn.Linear(width, width)

    def forward(self, x, context):
        def split(t):
            return t.view(t.shape[0], t.shape[1], self.heads, -1).transpose(1, 2)

        y = F.scaled_dot_product_attention(split(self.q(x)), split(self.k(context)), split(self.v(context)))
        return self.out(y.transpose(1, 2).reshape(x.shape))


class Transformer(nn.Module):
    def __init__(self, width, context, heads):
        super().__init__()
        self.norm = nn.GroupNorm(32, width, eps=1e-6)
        self.into = nn.Conv2d(width, width, 1)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(width), nn.LayerNorm(width), nn.LayerNorm(width)
        self.self_attention = Attention(width, width, heads)
        self.cross_attention = Attention(width, context, heads)
        self.up = nn.Linear(width, 8 * width)
        self.down = nn.Linear(4 * width, width)
        self.out = nn.Conv2d(width, width, 1)

    def forward(self, x, context):
        batch, width, height, length = x.shape
        h = self.into(self.norm(x)).permute(0, 2, 3, 1).reshape(batch, height * length, width)
        n = self.norm1(h)
        h = h + self.self_attention(n, n)
        h = h + self.cross_attention(self.norm2(h), context)
        value, gate = self.up(self.norm3(h)).chunk(2, dim=-1)
        h = h + self.down(value * F.gelu(gate))
        return x + self.out(h.reshape(batch, height, length, width).permute(0, 3, 1, 2))


class UNet(nn.Module):
    """SD1.5: 320 channels times 1, 2, 4, 4, two residual blocks per level, attention on the first three levels."""

    def __init__(self, context=768, heads=8):
        super().__init__()
        widths = [320, 640, 1280, 1280]
        self.time = nn.Sequential(nn.Linear(320, 1280), nn.SiLU(), nn.Linear(1280, 1280))
        self.first = nn.Conv2d(4, 320, 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        skips, channels = [320], 320
        for level, width in enumerate(widths):
            for _ in range(2):
                attention = Transformer(width, context, heads) if level < 3 else None
                self.down.append(nn.ModuleList([ResidualBlock(channels, width, 1280), attention or nn.Identity()]))
                channels = width
                skips.append(channels)
            if level < 3:
                self.down.append(nn.ModuleList([nn.Conv2d(channels, channels, 3, stride=2, padding=1)]))
                skips.append(channels)
        self.middle = nn.ModuleList(
            [ResidualBlock(1280, 1280, 1280), Transformer(1280, context, heads), ResidualBlock(1280, 1280, 1280)])
        for level in reversed(range(4)):
            for number in range(3):
                width = widths[level]
                attention = Transformer(width, context, heads) if level < 3 else nn.Identity()
                parts = [ResidualBlock(channels + skips.pop(), width, 1280), attention]
                if number == 2 and level > 0:
                    parts.append(nn.Conv2d(width, width, 3, padding=1))
                self.up.append(nn.ModuleList(parts))
                channels = width
        self.norm = nn.GroupNorm(32, 320)
        self.last = nn.Conv2d(320, 4, 3, padding=1)

    def forward(self, x, timestep, context):
        angle = timestep[:, None] * torch.exp(-torch.arange(160) / 160 * torch.tensor(10000.0).log())
        embedding = self.time(torch.cat([angle.cos(), angle.sin()], dim=-1))

        def attend(layer, h):
            return layer(h, context) if isinstance(layer, Transformer) else layer(h)

        h = self.first(x)
        skips = [h]
        for block in self.down:
            h = block[0](h) if len(block) == 1 else attend(block[1], block[0](h, embedding))
            skips.append(h)
        h = self.middle[2](self.middle[1](self.middle[0](h, embedding), context), embedding)
        for block in self.up:
            h = attend(block[1], block[0](torch.cat([h, skips.pop()], dim=1), embedding))
            if len(block) == 3:
                h = block[2](F.interpolate(h, scale_factor=2.0, mode="nearest"))
        return self.last(F.silu(self.norm(h)))


class PictureAttention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.GroupNorm(32, width, eps=1e-6)
        self.qkv, self.out = nn.Conv2d(width, 3 * width, 1), nn.Conv2d(width, width, 1)

    def forward(self, x):
        q, k, v = (t.flatten(2).transpose(1, 2).unsqueeze(1) for t in self.qkv(self.norm(x)).chunk(3, dim=1))
        y = F.scaled_dot_product_attention(q, k, v).squeeze(1).transpose(1, 2)
        return x + self.out(y.reshape(x.shape))


class Decoder(nn.Module):
    """The VAE's decoder: 128 channels times 4, 4, 2, 1, three residual blocks per level."""

    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(4, 4, 1), nn.Conv2d(4, 512, 3, padding=1), ResidualBlock(512, 512, epsilon=1e-6),
                  PictureAttention(512), ResidualBlock(512, 512, epsilon=1e-6)]
        channels = 512
        for level, width in enumerate([512, 512, 256, 128]):
            for _ in range(3):
                layers.append(ResidualBlock(channels, width, epsilon=1e-6))
                channels = width
            if level < 3:
                layers += [nn.Upsample(scale_factor=2.0, mode="nearest"), nn.Conv2d(width, width, 3, padding=1)]
        layers += [nn.GroupNorm(32, 128, eps=1e-6), nn.SiLU(), nn.Conv2d(128, 3, 3, padding=1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, z):
        return self.layers(z)


def peak_megabytes():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmHWM:"))


def measure(name, layout, runs, body, peer=f"torch {torch.__version__} float32", threads=None):
    """Prints one JSON line: seconds by the wall clock and of the processor, and the peak of memory, of some runs of `body`."""
    body()  # warm-up: memory, primitives
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak counts from here on, not from converting or initialising
    walls, cpus = [], []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        body()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    print(json.dumps({
        "peer": peer, "what": name, "layout": layout, "threads": threads or torch.get_num_threads(),
        "wall_best": round(min(walls), 3), "wall_median": round(statistics.median(walls), 3),
        "cpu_best": round(min(cpus), 3), "cpu_median": round(statistics.median(cpus), 3),
        "peak_megabytes": peak_megabytes(),
    }), flush=True)


def parsed(description):
    """The command line of every peer; sets torch's threads and the random numbers."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--size", type=int, default=512, help="side of the picture in pixels")
    parser.add_argument("--batch", type=int, default=2, help="latents in one step (2: both halves of guidance)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=["unet", "decode"])
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    return arguments


def main():
    arguments = parsed(__doc__)
    side = arguments.size // 8
    layouts = {"NCHW": torch.contiguous_format, "channels last": torch.channels_last}
    with torch.inference_mode():
        if arguments.only != "decode":
            unet = UNet().eval()
            latent = torch.randn(arguments.batch, 4, side, side)
            timestep, context = torch.full([arguments.batch], 500.0), torch.randn(arguments.batch, 77, 768)
            for layout, format in layouts.items():
                unet, x = unet.to(memory_format=format), latent.contiguous(memory_format=format)
                measure(f"U-Net step {arguments.size}x{arguments.size} batch {arguments.batch}", layout, arguments.runs,
                        lambda: unet(x, timestep, context))
            del unet
        if arguments.only != "unet":
            decoder = Decoder().eval()
            latent = torch.randn(1, 4, side, side)
            for layout, format in layouts.items():
                decoder, z = decoder.to(memory_format=format), latent.contiguous(memory_format=format)
                measure(f"VAE decode {arguments.size}x{arguments.size}", layout, arguments.runs, lambda: decoder(z))


if __name__ == "__main__":
    main()
