"""Write language models small enough for a test: real files, random weights."""

from __future__ import annotations

import gguf
import numpy as np

WIDTH, LAYERS, HEADS, INNER, CONTEXT = 64, 2, 4, 192, 4096
CONTROL = ("<|im_start|>", "<|im_end|>")
TEMPLATE = "{{ messages }}<|im_start|>"
HOSTILE_TEMPLATE = "{{ ''.__class__.__mro__[1].__subclasses__() }}" + "(" * 6000 + "<|im_start|>"


def write_model(file, *, template=TEMPLATE, seed=3):
    """Write a llama-architecture file whose tokens are single bytes; return the file."""
    noise = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(str(file), "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    count = _add_tokens(writer)
    if template is not None:
        writer.add_chat_template(template)

    def add(name, *shape):
        weights = noise.normal(0, 0.6 / np.sqrt(shape[-1]), shape)
        writer.add_tensor(name, weights.astype(np.float32))

    add("token_embd.weight", count, WIDTH)
    add("output.weight", count, WIDTH)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, dtype=np.float32))
    for layer in range(LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(WIDTH, dtype=np.float32))
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"blk.{layer}.{name}.weight", WIDTH, WIDTH)
        add(f"blk.{layer}.ffn_gate.weight", INNER, WIDTH)
        add(f"blk.{layer}.ffn_up.weight", INNER, WIDTH)
        add(f"blk.{layer}.ffn_down.weight", WIDTH, INNER)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def _add_tokens(writer):
    tokens = [b"<unk>", b"<s>", b"</s>", *(b"<0x%02X>" % byte for byte in range(256))]
    types = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    types += [gguf.TokenType.BYTE] * 256
    for mark in CONTROL:
        tokens.append(mark.encode())
        types.append(gguf.TokenType.CONTROL)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_space_prefix(False)
    return len(tokens)
