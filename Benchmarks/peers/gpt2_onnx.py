"""GPT-2 as an ONNX graph, written operator by operator the way ONNX Runtime runs it fastest.

A graph traced from PyTorch concatenates its cache at every token; this one has ONNX Runtime's own attention operator,
which appends to a buffer in place, its fused GELU, and the head for the last row only.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MICROSOFT = "com.microsoft"


def graph(weights, config):
    """The model in float32. `weights` maps checkpoint names without `transformer.` to arrays."""
    layers, heads, width = config["n_layer"], config["n_head"], config["n_embd"]
    nodes, constants = [], {}

    def constant(name, array=None):
        constants[name] = weights[name] if array is None else array
        return name

    def add(operator, inputs, output, domain="", **attributes):
        outputs = output if isinstance(output, list) else [output]
        nodes.append(helper.make_node(operator, inputs, outputs, name=outputs[0], domain=domain, **attributes))
        return outputs[0]

    def norm(x, name):
        return add("LayerNormalization", [x, constant(name + ".weight"), constant(name + ".bias")], name, axis=-1,
                   epsilon=config.get("layer_norm_epsilon", 1e-5))

    def product(x, name):  # x [1 × tokens × in] · weight [in × out], as GPT-2 stores it
        return add("MatMul", [x, constant(name + ".weight")], name + ".product")

    def linear(x, name):
        return add("Add", [product(x, name), constant(name + ".bias")], name)

    caches = [f"{layer}.{kind}" for layer in range(layers) for kind in ("key", "value")]
    x = add("Add", [add("Gather", [constant("wte.weight"), "ids"], "tokens"),
                    add("Gather", [constant("wpe.weight"), "positions"], "places")], "embedding")
    for layer in range(layers):
        h = f"h.{layer}."
        qkv = linear(norm(x, h + "ln_1"), h + "attn.c_attn")  # [1 × tokens × 3 width]
        past, present = ([f"{time}.{layer}.{kind}" for kind in ("key", "value")] for time in ("past", "present"))
        a = add("GroupQueryAttention", [qkv, "", "", *past, "last", "total"], [h + "attention", *present], MICROSOFT,
                num_heads=heads, kv_num_heads=heads)
        x = add("Add", [x, linear(a, h + "attn.c_proj")], h + "middle")
        up = product(norm(x, h + "ln_2"), h + "mlp.c_fc")
        up = add("FastGelu", [up, constant(h + "mlp.c_fc.bias")], h + "gelu", MICROSOFT)
        x = add("Add", [x, linear(up, h + "mlp.c_proj")], h + "end")
    x = add("Gather", [x, constant("minus_one", np.array([-1], np.int64))], "last_row", axis=1)
    head = weights.get("lm_head.weight", weights["wte.weight"])
    add("MatMul", [norm(x, "ln_f"), constant("head", np.ascontiguousarray(head.T))], "logits")

    def tensors(time):
        return [helper.make_tensor_value_info(f"{time}.{name}", TensorProto.FLOAT, [1, heads, time, width // heads])
                for name in caches]

    inputs = [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in [
        ("ids", TensorProto.INT64, [1, "tokens"]), ("positions", TensorProto.INT64, [1, "tokens"]),
        ("last", TensorProto.INT32, [1]), ("total", TensorProto.INT32, [])]]
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 1, head.shape[0]])
    body = helper.make_graph(
        nodes, "gpt2", inputs + tensors("past"), [logits] + tensors("present"),
        [numpy_helper.from_array(array, name) for name, array in constants.items()])
    return helper.make_model(body, ir_version=10, opset_imports=[
        helper.make_opsetid("", 21), helper.make_opsetid(MICROSOFT, 1)])
