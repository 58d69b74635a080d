"""GPT-2 as an OpenVINO model whose cache is its own state, the form its CPU plugin fuses attention for.

It is traced from the PyTorch module below. The cache enters as `past.N.key`, `past.N.value` and leaves as `present.…`;
OpenVINO then ties each pair into a variable. `beam_idx` picks the cache's row; the plugin looks for that step.
"""
import numpy as np
import openvino
import torch
import torch.nn.functional as F
from openvino import opset13
from openvino._offline_transformations import apply_make_stateful_transformation


class GPT2(torch.nn.Module):
    def __init__(self, weights, config):
        super().__init__()
        self.layers, self.heads = config["n_layer"], config["n_head"]
        self.epsilon = config.get("layer_norm_epsilon", 1e-5)
        for name, array in weights.items():
            # Hugging Face stores these [in × out]; linear() wants [out × in].
            matrix = array.T.copy() if ".c_" in name and array.ndim == 2 else array
            self.register_buffer(name.replace(".", "_"), torch.from_numpy(matrix))

    def norm(self, x, name):
        weight, bias = getattr(self, name + "_weight"), getattr(self, name + "_bias")
        return F.layer_norm(x, weight.shape, weight, bias, self.epsilon)

    def linear(self, x, name):
        return F.linear(x, getattr(self, name + "_weight"), getattr(self, name + "_bias"))

    def forward(self, ids, positions, beam_idx, *past):
        x = F.embedding(ids, self.wte_weight) + F.embedding(positions, self.wpe_weight)  # [1 × tokens × width]
        ends = past[0].shape[2] + ids.shape[1]
        mask = torch.arange(ends)[None, None, None, :] <= positions[:, None, :, None]
        present = []
        for layer in range(self.layers):
            h = f"h_{layer}_"
            q, k, v = (
                part.unflatten(2, (self.heads, -1)).transpose(1, 2)  # [1 × heads × tokens × size]
                for part in self.linear(self.norm(x, h + "ln_1"), h + "attn_c_attn").chunk(3, dim=2))
            k = torch.cat([past[2 * layer].index_select(0, beam_idx), k], dim=2)
            v = torch.cat([past[2 * layer + 1].index_select(0, beam_idx), v], dim=2)
            present += [k, v]
            a = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2)
            x = x + self.linear(a, h + "attn_c_proj")
            up = F.gelu(self.linear(self.norm(x, h + "ln_2"), h + "mlp_c_fc"), approximate="tanh")
            x = x + self.linear(up, h + "mlp_c_proj")
        head = getattr(self, "lm_head_weight", self.wte_weight)
        return F.linear(self.norm(x[:, -1:], "ln_f"), head), *present


def model(weights, config):
    """The model in float32, its cache made state."""
    heads, size = config["n_head"], config["n_embd"] // config["n_head"]
    caches = [f"{layer}.{kind}" for layer in range(config["n_layer"]) for kind in ("key", "value")]
    example = (torch.zeros(1, 3, dtype=torch.int64), torch.arange(2, 5)[None], torch.zeros(1, dtype=torch.int32),
               *(torch.zeros(1, heads, 2, size) for _ in caches))
    shapes = [[1, -1], [1, -1], [1]] + [[1, heads, -1, size]] * len(caches)
    with torch.no_grad():
        converted = openvino.convert_model(GPT2(weights, config).eval(), example_input=example)
    names = ["ids", "positions", "beam_idx", *("past." + name for name in caches)]
    for port, name in zip(converted.inputs, names, strict=True):
        port.get_tensor().set_names({name})
    for port, name in zip(converted.outputs, ["logits", *("present." + name for name in caches)], strict=True):
        port.get_tensor().set_names({name})
    converted.reshape(dict(zip(converted.inputs, shapes)))
    apply_make_stateful_transformation(converted, {f"past.{name}": f"present.{name}" for name in caches})
    # What each variable starts as: no positions. The plugin wants that written out.
    batch = opset13.gather(opset13.shape_of(converted.input("ids")), opset13.constant([0]), opset13.constant(0))
    empty = opset13.concat([batch, opset13.constant([heads, 0, size])], axis=0)
    for node in converted.get_ops():
        if node.get_type_name() == "ReadValue":
            node.set_arguments([opset13.broadcast(opset13.constant(np.float32(0)), empty)])
    converted.validate_nodes_and_infer_types()
    return converted
