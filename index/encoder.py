"""BERT encoders on onnxruntime, made from safetensors when they are opened: no torch, no exported file to trust.

The graph is written here node by node with onnxruntime's fused operators. Embeddings are looked up with numpy, so that two
encoders (the embedding model and the reader) share one copy of the largest table.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Array = NDArray[np.float32]

HEADS = 12
EPSILON = 1e-12
_TURNS = BoundedSemaphore(2)  # runs at once in this process: more only take memory for their states, and wait for each other
THREADS = 2  # more do not help at this size, and equal numbers of threads give equal sums


class Encoder:
    """Token ids -> last hidden states, or what a linear `head` makes of them. Threads may share it."""

    def __init__(
        self, embeddings: Mapping[str, Array], layers: Mapping[str, Array], head: tuple[Array, Array] | None = None
    ) -> None:
        """Names are those of a BertModel's state: `embeddings` begin with "embeddings.", `layers` with "encoder.layer."."""
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import onnxruntime

        onnxruntime.disable_telemetry_events()
        self._words = embeddings["embeddings.word_embeddings.weight"]
        self._places = embeddings["embeddings.position_embeddings.weight"]
        self._kinds = embeddings["embeddings.token_type_embeddings.weight"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(THREADS, os.cpu_count() or 1)
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # other threads want the processor, too
        model = _graph(embeddings, layers, head)
        self._session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def run(self, ids: NDArray[np.int64], kinds: NDArray[np.int64], mask: NDArray[np.int64]) -> Array:
        """Give the states, shape (texts, tokens, width), of tokens in arguments of shape (texts, tokens); `mask` is 1 or 0."""
        embedded = self._words[ids] + self._places[None, : ids.shape[1]] + self._kinds[kinds]
        with _TURNS:
            found: Array = self._session.run(None, {"embedded": embedded, "mask": mask.astype(np.int32)})[0]
        return found


def open_tokenizer(folder: Path) -> "Tokenizer":
    """Open a model's own tokenizer, without the padding and truncation that its file may ask for."""
    from tokenizers import Tokenizer

    found = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found.no_padding()
    found.no_truncation()
    return found


def padded(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give rows of ids filled up with 0 to the longest, and the mask that says which are real.

    >>> [part.tolist() for part in padded([[5, 6], [7]])]
    [[[5, 6], [7, 0]], [[1, 1], [1, 0]]]
    """
    longest = max(map(len, rows))
    ids, mask = (np.zeros((len(rows), longest), dtype=np.int64) for _ in range(2))
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask


def _graph(embeddings: Mapping[str, Array], layers: Mapping[str, Array], head: tuple[Array, Array] | None) -> bytes:
    """An ONNX model: Devlin et al. 2018, as BertModel computes it, without dropout."""
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants = [], []

    def constant(name: str, value: Array) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype=np.float32), name))
        return name

    def node(kind: str, inputs: list[str], output: str, domain: str = "com.microsoft", **settings: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **settings))
        return output

    def linear(name: str, weight: Array) -> str:
        return constant(name, weight.T)

    norm = "embeddings.LayerNorm"
    scale, shift = (constant(f"{norm}.{part}", embeddings[f"{norm}.{part}"]) for part in ("weight", "bias"))
    state = node("LayerNormalization", ["embedded", scale, shift], "state", domain="", epsilon=EPSILON, axis=-1)
    depth = 1 + max(int(name.split(".")[2]) for name in layers)
    for number in range(depth):
        prefix = f"encoder.layer.{number}"
        own = {name.removeprefix(f"{prefix}."): value for name, value in layers.items() if name.startswith(f"{prefix}.")}
        parts = ("query", "key", "value")
        weights = constant(f"{prefix}.qkv", np.concatenate([own[f"attention.self.{part}.weight"].T for part in parts], axis=1))
        biases = constant(f"{prefix}.qkv.bias", np.concatenate([own[f"attention.self.{part}.bias"] for part in parts]))
        mixed = node("Attention", [state, weights, biases, "mask"], f"{prefix}.mixed", num_heads=HEADS)
        for block, source in (("attention.output", mixed), ("output", "")):
            if block == "output":
                wide = linear(f"{prefix}.intermediate", own["intermediate.dense.weight"])
                wider = node("MatMul", [state, wide], f"{prefix}.wide", domain="")
                bias = constant(f"{prefix}.intermediate.bias", own["intermediate.dense.bias"])
                source = node("BiasGelu", [wider, bias], f"{prefix}.gelu")
            weight = linear(f"{prefix}.{block}", own[f"{block}.dense.weight"])
            named = [f"{block}.LayerNorm.weight", f"{block}.LayerNorm.bias", f"{block}.dense.bias"]
            rest = [constant(f"{prefix}.{name}", own[name]) for name in named]
            narrow = node("MatMul", [source, weight], f"{prefix}.{block}.narrow", domain="")
            state = node("SkipLayerNormalization", [narrow, state, *rest], f"{prefix}.{block}.state", epsilon=EPSILON)
    if head:
        product = node("MatMul", [state, linear("head", head[0])], "product", domain="")
        state = node("Add", [product, constant("head.bias", head[1])], "logits", domain="")
    shape = ["texts", "tokens"]
    graph = helper.make_graph(
        nodes,
        "bert",
        [
            helper.make_tensor_value_info("embedded", TensorProto.FLOAT, [*shape, "width"]),
            helper.make_tensor_value_info("mask", TensorProto.INT32, shape),
        ],
        [helper.make_tensor_value_info(state, TensorProto.FLOAT, [*shape, "out"])],
        constants,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    serialized: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()
    return serialized
