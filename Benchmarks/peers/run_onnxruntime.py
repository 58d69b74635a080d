#!/usr/bin/env python3
"""Times ONNX Runtime on a GPT-2 by export.py: python run_onnxruntime.py FILE.onnx -t 1"""
from timing import main


def load(path, threads, context):
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    value = onnxruntime.OrtValue.ortvalue_from_numpy
    binding = session.io_binding()
    # One buffer a layer is past and present at once: the attention operator then appends in place.
    for tensor in session.get_inputs():
        if tensor.name.startswith("past."):
            _, heads, _, size = tensor.shape
            buffer = value(numpy.zeros((1, heads, context, size), numpy.float32))
            binding.bind_ortvalue_input(tensor.name, buffer)
            binding.bind_ortvalue_output(tensor.name.replace("past.", "present."), buffer)
    logits = value(numpy.zeros(session.get_outputs()[0].shape, numpy.float32))
    binding.bind_ortvalue_output("logits", logits)

    def read(ids, position):
        end = position + len(ids)
        binding.bind_cpu_input("ids", numpy.array([ids], numpy.int64))
        binding.bind_cpu_input("positions", numpy.arange(position, end, dtype=numpy.int64)[None])
        binding.bind_cpu_input("last", numpy.array([end - 1], numpy.int32))
        binding.bind_cpu_input("total", numpy.array(end, numpy.int32))
        session.run_with_iobinding(binding)
        return int(logits.numpy().argmax())

    def generate(ids, count, on_token):
        position = 0
        for _ in range(count):
            token = read(ids, position)
            on_token(token)
            position, ids = position + len(ids), [token]

    return f"ONNX Runtime {onnxruntime.__version__}", generate


if __name__ == "__main__":
    main(load)
