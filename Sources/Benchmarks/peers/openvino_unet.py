#!/usr/bin/env python3
"""Times OpenVINO on the same networks as `benchmarks`: a step of SD1.5's U-Net and a VAE decode, in float32.

The networks are those of torch_unet.py, converted with their shapes fixed and compiled for the processor with float32 as
precision (OpenVINO would take bfloat16 where the processor has it):

    python3 -m venv /tmp/peer && /tmp/peer/bin/pip install torch openvino
    /tmp/peer/bin/python Sources/Benchmarks/peers/openvino_unet.py --size 512 --batch 2 --threads 2

Prints one JSON line per measurement, as torch_unet.py does. The peak is that of the runs: converting and compiling take more.
"""

import multiprocessing
import tempfile

import openvino
import torch

from torch_unet import Decoder, UNet, measure, parsed


def convert(network, example, path):
    """Writes the network with random weights in float32."""
    with torch.no_grad():
        model = openvino.convert_model(
            network(), example_input=example, input=[openvino.PartialShape(list(tensor.shape)) for tensor in example])
    openvino.save_model(model, path, compress_to_fp16=False)


def time(network, example, what, arguments):
    inputs = [tensor.numpy() for tensor in example]
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": arguments.threads, "NUM_STREAMS": 1}
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/network.xml"
        # In a process of its own: torch keeps what it took, and that isn't OpenVINO's memory.
        converter = multiprocessing.get_context("spawn").Process(target=convert, args=(network, example, path))
        converter.start()
        converter.join()
        request = openvino.Core().compile_model(path, "CPU", settings).create_infer_request()
        measure(f"{what} {arguments.size}x{arguments.size}", "chosen by itself", arguments.runs, lambda: request.infer(inputs),
                f"OpenVINO {openvino.__version__.split('-')[0]} float32", arguments.threads)


def main():
    arguments = parsed(__doc__)
    side = arguments.size // 8
    if arguments.only != "decode":
        latents = (torch.randn(arguments.batch, 4, side, side), torch.full([arguments.batch], 500.0),
                   torch.randn(arguments.batch, 77, 768))
        time(UNet, latents, f"U-Net step, batch {arguments.batch},", arguments)
    if arguments.only != "unet":
        time(Decoder, (torch.randn(1, 4, side, side),), "VAE decode", arguments)


if __name__ == "__main__":
    main()
