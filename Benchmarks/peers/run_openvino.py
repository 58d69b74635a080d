#!/usr/bin/env python3
"""Times OpenVINO on a GPT-2 by export.py: python run_openvino.py FILE.xml -t 1"""
from timing import main


def load(path, threads, context):
    import numpy
    import openvino

    model = openvino.Core().compile_model(
        path, "CPU", {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1", "INFERENCE_NUM_THREADS": str(threads)})
    request = model.create_infer_request()
    row = numpy.zeros(1, numpy.int32)  # the cache's row each sequence goes on from; there is one

    def generate(ids, count, on_token):
        request.reset_state()
        position = 0
        for _ in range(count):
            end = position + len(ids)
            request.infer({
                "ids": numpy.array([ids], numpy.int64), "beam_idx": row,
                "positions": numpy.arange(position, end, dtype=numpy.int64)[None]}, share_inputs=True)
            token = int(request.get_tensor("logits").data.argmax())
            on_token(token)
            position, ids = end, [token]

    return f"OpenVINO {openvino.__version__.split('-')[0]}", generate


if __name__ == "__main__":
    main(load)
