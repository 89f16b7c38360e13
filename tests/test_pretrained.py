"""The sentence encoder: equal to transformers' own, offline, frozen or trained."""

import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from fake_gpu import fake, fake_gpu, needs_fake_gpu
from safetensors.torch import load_file, save_file
from torch.nn import functional as F
from torch.testing import assert_close
from towers import D_MODEL

from mmlearn.batch import Padded
from mmlearn.data.store import packages
from mmlearn.encoders import MiniLMEncoder

EXACT = {"atol": 1e-5, "rtol": 1e-5}
TEXTS = ["a cat", "two people who dance in the rain", "流れ星 🌠"]


@cache
def minilm(**settings) -> MiniLMEncoder:
    torch.manual_seed(0)
    return MiniLMEncoder(**settings)


@pytest.fixture(scope="module")
def theirs():
    """transformers' own reading of the same folder."""
    from transformers import AutoModel, AutoTokenizer

    folder = packages.find(packages.MINILM)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    network = AutoModel.from_pretrained(
        folder, local_files_only=True, use_safetensors=True
    )
    read = tokenizer(TEXTS, padding=True, return_tensors="pt")
    with torch.no_grad():
        return read, network(**read).last_hidden_state


@pytest.mark.parametrize("pool", [True, False])
def test_minilm_equals_transformers(theirs, pool):
    # Frozen: no dropout in training either.
    encoder = minilm(pool=pool, dropout=0.3).train()
    read, states = theirs
    text = encoder.tokenize(TEXTS)
    assert torch.equal(text.values, read["input_ids"])
    assert torch.equal(text.mask, read["attention_mask"].bool())
    tokens = encoder(text)
    if pool:
        lengths = text.mask.sum(dim=1).tolist()
        mean = [x[:n].mean(dim=0) for x, n in zip(states, lengths, strict=True)]
        assert_close(tokens.values[:, 0], torch.stack(mean), **EXACT)
    else:
        assert_close(tokens.values[text.mask], states[text.mask], **EXACT)
        assert tokens.values[~text.mask].abs().max() == 0
    assert tokens.values.shape[2] == encoder.d_model == 384
    assert not any(p.requires_grad for p in encoder.parameters())


def test_minilm_skips_what_is_masked_and_an_absent_text_is_zero():
    encoder = minilm(d_model=D_MODEL, pool=False)
    text = encoder.tokenize(TEXTS[:2])
    spread = Padded(F.pad(text.values, (2, 1), value=7), F.pad(text.mask, (2, 1)))
    moved = encoder(spread)
    assert_close(moved.values[:, 2:-1], encoder(text).values, **EXACT)
    nothing = text.mask.clone()
    nothing[1] = False
    tokens = encoder(Padded(text.values, nothing))
    assert tokens.values[1].abs().max() == 0 and tokens.values.isfinite().all()
    assert_close(tokens.values[0], encoder(text).values[0], **EXACT)
    pooled = minilm(d_model=D_MODEL)(Padded(text.values, nothing))
    assert pooled.values[1].abs().max() == 0
    assert pooled.present.tolist() == [True, False]


def test_minilm_is_fine_tuned_when_asked():
    encoder = minilm(d_model=D_MODEL, frozen=False, dropout=0.2)
    text = encoder.tokenize(TEXTS)
    assert not torch.equal(encoder.train()(text).values, encoder(text).values)
    assert torch.equal(encoder.eval()(text).values, encoder(text).values)
    encoder(text).values.mul(torch.randn(D_MODEL)).square().sum().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name
    encoder.zero_grad(set_to_none=True)


@needs_fake_gpu
def test_minilm_on_a_cuda_device_that_is_not_there_and_in_bfloat16():
    encoder = minilm(d_model=D_MODEL)
    real = encoder.tokenize(TEXTS)
    with fake_gpu():
        state = {
            name: fake(x)
            for name, x in [*encoder.named_parameters(), *encoder.named_buffers()]
        }
        text = Padded(fake(real.values), fake(real.mask))
        tokens = torch.func.functional_call(encoder, state, (text,))
    assert tokens.values.device.type == "cuda"
    exact = encoder(real).values
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = encoder(real).values
    assert_close(rounded.float(), exact, atol=0.05, rtol=0.05)


def test_minilm_refuses_what_does_not_fit():
    encoder = minilm()
    for one in ("a cat", b"a cat"):
        with pytest.raises(
            TypeError, match=r"found the text .*; .* pass \[b?'a cat'\]"
        ):
            encoder.tokenize(one)
    with pytest.raises(ValueError, match="found no text"):
        encoder.tokenize([])
    # Hangul and accents, each in both of Unicode's forms; and as an array.
    forms = [["caf\u00e9", "\ud55c"], np.array(["cafe\u0301", "\u1112\u1161\u11ab"])]
    one, two = (encoder.tokenize(texts) for texts in forms)
    assert torch.equal(one.values, two.values) and torch.equal(one.mask, two.mask)
    small = Padded(one.values.to(torch.int32), one.mask)
    assert torch.equal(encoder(small).values, encoder(one).values)
    with pytest.raises(ValueError, match="sample 1: found ' '; expected words"):
        encoder.tokenize(["a", " "])
    with pytest.raises(TypeError, match="sample 0: found None; expected a text"):
        encoder.tokenize([None])
    with pytest.raises(ValueError, match="sample 1: the text has 602 pieces"):
        encoder.tokenize(["a cat", "cat " * 600])
    with pytest.raises(ValueError, match="text has 513 steps; expected at most 512"):
        encoder(torch.ones(1, 513, dtype=torch.int64))
    with pytest.raises(TypeError, match="expected token numbers"):
        encoder(torch.ones(1, 5))
    assert encoder.vocabulary_size == 30522


def test_minilm_is_read_from_the_folder_that_a_variable_names(tmp_path, monkeypatch):
    folder = packages.find(packages.MINILM)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    monkeypatch.setenv("MMLEARN_MINILM", str(tmp_path))
    # Weights as a pickle are not read, though transformers alone would.
    torch.save(load_file(folder / "model.safetensors"), tmp_path / "pytorch_model.bin")
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors: no such file"):
        MiniLMEncoder()
    whole = (folder / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="cannot be read as weights"):
        MiniLMEncoder()
    state = load_file(folder / "model.safetensors")
    changed = state | {"embeddings.LayerNorm.bias": torch.ones(384)}
    save_file(changed, tmp_path / "model.safetensors")
    encoder, text = MiniLMEncoder(), minilm().tokenize(TEXTS)
    assert (encoder(text).values - minilm()(text).values).abs().max() > 1e-3
    monkeypatch.setenv("MMLEARN_MINILM", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match="MMLEARN_MINILM says so"):
        MiniLMEncoder()


def test_minilm_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ImportError, match="MiniLMEncoder needs transformers"):
        MiniLMEncoder()


def test_pretrained_towers_never_ask_the_network():
    """And without them, importing the encoders costs neither of the two libraries."""
    code = """
        import socket, sys, torch
        def refuse(*arguments, **settings):
            raise AssertionError("somebody asks the network")
        socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
        import mmlearn.encoders
        print([n for n in ("transformers", "torchvision") if n in sys.modules])
        encoder = mmlearn.encoders.MiniLMEncoder()
        print(list(encoder(encoder.tokenize(["a cat"])).values.shape))
        encoder = mmlearn.encoders.EfficientNetEncoder()
        print(list(encoder(torch.zeros(1, 3, 32, 32)).values.shape))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n[1, 1, 384]\n[1, 1, 1280]\n"
    assert done.stderr == ""
