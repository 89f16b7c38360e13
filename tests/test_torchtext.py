"""Beside torchtext itself: the same numbers, the same vectors, the same training.

Here on the stack of torchtext only; on the current one there is nothing to compare.
"""

from __future__ import annotations

import shutil
import ssl
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close
from torch.utils.data import DataLoader

import mmlearn
from mmlearn import with_torchtext
from mmlearn.batch import TensorData
from mmlearn.course.stack import TORCHTEXT, here
from mmlearn.data import emoji, glove
from mmlearn.encoders import ConvEncoder, RecurrentEncoder
from mmlearn.encoders.vectors import start_from
from mmlearn.fusion import ConcatFusion
from mmlearn.heads import Classify
from mmlearn.model import MultimodalModel
from mmlearn.preprocess import text
from mmlearn.preprocess.image import channel_statistics, normalise
from mmlearn.preprocess.vocabulary import Vocabulary
from mmlearn.train import fit

if here() is not TORCHTEXT:
    pytest.skip("torchtext loads with torch 2.3 only", allow_module_level=True)

torchtext = with_torchtext.load()
build_theirs = torchtext.vocab.build_vocab_from_iterator
basic = torchtext.data.get_tokenizer("basic_english")


def same(ours: Vocabulary, theirs: Any) -> None:
    """Equal in all that a vocabulary can be asked."""
    words = theirs.get_itos()
    assert ours.get_itos() == words and ours.get_stoi() == theirs.get_stoi()
    assert len(ours) == len(theirs)
    assert ours.get_default_index() == theirs.get_default_index()
    assert ours(words) == theirs(words) == list(range(len(words)))
    assert ours.lookup_indices(words) == theirs.lookup_indices(words)
    assert ours.lookup_tokens(range(len(words))) == words
    assert all((word in ours) == (word in theirs) for word in [*words, "no such word"])


# Numbers

CASES = [
    {},
    {"min_freq": 2},
    {"max_tokens": 100},
    {"min_freq": 3, "max_tokens": 2000},
    {"specials": ["<pad>", "<unk>", "<bos>", "<eos>"]},
    {"specials": ["<unk>"], "special_first": False, "max_tokens": 500},
    {"specials": ["face", "脸", "<unk>"], "max_tokens": 50},  # words of the corpus
]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_emoji_corpus_gets_the_numbers_of_torchtext(language, case):
    tokenize = text.tokenizer(language)
    sentences = [tokenize(name) for name in emoji.load()[f"name_{language}"]]
    theirs = build_theirs(iter(sentences), **({"specials": SPECIALS} | case))
    ours = Vocabulary.build(sentences, **({"specials": SPECIALS} | case))
    if "<unk>" in theirs:
        theirs.set_default_index(theirs["<unk>"])
    assert len(ours) > 40
    same(ours, theirs)
    said = ["face", "脸", "neverheard"]
    assert ours(said) == theirs(said)


SPECIALS = ["<pad>", "<unk>"]


def calls(method: str, **arguments: st.SearchStrategy) -> st.SearchStrategy:
    return st.tuples(st.just(method), st.fixed_dictionaries(arguments))


no_haste = settings(deadline=None)  # torchtext's first calls are slow
words = st.text("abAé多é🦊 <u>", min_size=0, max_size=2)
corpora = st.lists(st.lists(words, max_size=8), max_size=10)


@no_haste
@given(
    corpora,
    st.integers(0, 4),
    st.none() | st.integers(1, 12),
    st.lists(words, max_size=3, unique=True),
    st.booleans(),
)
def test_any_corpus_gets_the_numbers_of_torchtext(corpus, least, most, specials, first):
    options = {"min_freq": least, "max_tokens": most, "special_first": first}
    try:
        theirs = build_theirs(iter(corpus), specials=specials, **options)
    except AssertionError:  # no place for a word
        with pytest.raises(ValueError, match="max_tokens is"):
            Vocabulary.build(corpus, specials=specials, **options)
        return
    same(Vocabulary.build(corpus, specials=specials, **options), theirs)


numbers = st.integers(-1, 8)
some = st.lists(words, max_size=3)
steps = st.one_of(  # a method, and its arguments by torchtext's names
    calls("append_token", token=words),
    calls("insert_token", token=words, index=numbers),
    calls("set_default_index", index=st.none() | numbers),
    calls("lookup_indices", tokens=some),
    calls("lookup_tokens", indices=st.lists(numbers, max_size=3)),
    calls("lookup_token", index=numbers),
    calls("forward", tokens=some),
    calls("__call__", tokens=some),
    calls("__getitem__", token=words),
    calls("__contains__", token=words),
)


@no_haste
@given(st.lists(words, max_size=4, unique=True), st.lists(steps, max_size=12))
def test_whatever_is_done_to_both_they_answer_alike(start, todo):
    ours, theirs = Vocabulary(start), Vocabulary(start).to_torchtext()
    for name, arguments in todo:
        try:
            expected = getattr(theirs, name)(**arguments)
        except RuntimeError:
            with pytest.raises((KeyError, IndexError, ValueError)):
                getattr(ours, name)(**arguments)
        else:
            assert getattr(ours, name)(**arguments) == expected, name
        same(ours, theirs)


@no_haste
@given(st.lists(words, unique=True), st.none() | st.integers(0, 5))
def test_there_and_back(start, default):
    ours = Vocabulary(start)
    ours.set_default_index(default)
    theirs = ours.to_torchtext()
    assert isinstance(theirs, torchtext.vocab.Vocab)
    same(ours, theirs)
    same(Vocabulary.from_torchtext(theirs), theirs)


# What takes a vocabulary


def test_encode_takes_torchtexts_vocabulary_and_tokeniser():
    names = emoji.load()["name_en"][:300]
    for tokenize in (text.tokenizer("en"), basic):
        sentences = [tokenize(name) for name in names]
        theirs = build_theirs(sentences, specials=SPECIALS)
        theirs.set_default_index(1)
        padded = text.encode(names, tokenize, theirs)
        expected = text.encode(names, tokenize, Vocabulary.build(sentences))
        assert_close(padded.values, expected.values, rtol=0, atol=0)
        assert torch.equal(padded.mask, expected.mask)
        # And what torchtext itself makes of them, with its transforms.
        whole = torchtext.transforms.Sequential(
            torchtext.transforms.VocabTransform(theirs),
            torchtext.transforms.ToTensor(padding_value=0),
        )
        assert torch.equal(whole(sentences), padded.values)
    theirs.set_default_index(None)
    with pytest.raises(KeyError, match="sample 1, 'xyz': Token xyz not found") as found:
        text.encode([names[0], "xyz"], basic, theirs)
    assert len(str(found.value)) < 120, "with the stack of its library"


@no_haste
@given(st.text() | st.text("aB .,'\"()!?;:<br />\n"))
def test_basic_english_cuts_as_torchtext_does(said):
    assert text.basic_english(said) == basic(said)


# Vectors


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """The first 2000 words of GloVe, as its makers' text file."""
    path = tmp_path_factory.mktemp("vectors") / "glove.6B.50d.txt"
    installed = glove.load()
    with path.open("w", encoding="utf-8") as lines:
        for word, row in zip(installed.words[:2000], installed.values, strict=False):
            lines.write(" ".join([word, *(f"{number:.5f}" for number in row)]) + "\n")
    return path


def test_vectors_are_those_that_torchtext_reads(file, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    before = ssl._create_default_https_context
    assert before is ssl.create_default_context
    theirs, ours = with_torchtext.read_vectors(file), glove.read(file)
    assert ssl._create_default_https_context is before
    assert capfd.readouterr() == ("", ""), "torchtext's progress"
    assert list(tmp_path.iterdir()) == [] and list(file.parent.iterdir()) == [file]
    assert theirs.itos == ours.words and len(theirs) == len(ours) == 2000
    np.testing.assert_array_equal(theirs.vectors.numpy(), ours.values)
    some = ["the", "The", "river", "neverheard"]
    for backup in (False, True):
        expected = theirs.get_vecs_by_tokens(some, lower_case_backup=backup)
        found = ours.get_vecs_by_tokens(some, lower_case_backup=backup)
        assert_close(found, expected, rtol=0, atol=0)
        assert found[0].any() and not found[3].any() and bool(found[1].any()) == backup
    one = ours.get_vecs_by_tokens("river")
    assert_close(one, theirs.get_vecs_by_tokens("river"), rtol=0, atol=0)
    assert [(word in ours) == (word in theirs) for word in some] == [True] * 4
    same = glove.WordVectors.from_torchtext(theirs)
    assert same.nearest(same.vector("king"), 3) == ours.nearest(ours.vector("king"), 3)
    assert len(with_torchtext.read_vectors(file, limit=7)) == 7
    with pytest.raises(ValueError, match="limit is 0; expected 1 or more"):
        with_torchtext.read_vectors(file, limit=0)
    with pytest.raises(FileNotFoundError, match="no such file of word vectors"):
        with_torchtext.read_vectors(tmp_path / "none.txt")


def test_a_glove_object_made_from_a_local_file(file, tmp_path, monkeypatch):
    # torchtext replaces it for the whole process: put it back.
    check = ssl._create_default_https_context
    monkeypatch.setattr(ssl, "_create_default_https_context", check)
    shutil.copy(file, tmp_path)
    theirs = torchtext.vocab.GloVe(name="6B", dim=50, cache=str(tmp_path))
    ours = glove.WordVectors.from_torchtext(theirs)
    assert ours.words == glove.read(file).words
    np.testing.assert_array_equal(ours.values, glove.read(file).values)


@pytest.mark.parametrize("line", [b"\xff 4 5 6", b"heart 4"])
def test_a_word_that_torchtext_leaves_out_is_not_lost_in_silence(tmp_path, line):
    file = tmp_path / "v.txt"
    file.write_bytes(b"3 3\nthe 1 2 3\n" + line + b"\nface 7 8 9\n")
    with pytest.raises(
        ValueError, match=r"v\.txt: torchtext leaves out 1 of its words"
    ):
        with_torchtext.read_vectors(file)
    theirs = torchtext.vocab.Vectors(str(file), cache=str(tmp_path))
    ours = glove.WordVectors.from_torchtext(theirs)
    assert ours.words == ["the", "face"] and ours.vector("face").tolist() == [7, 8, 9]
    file.write_text("2 3\nthe 1 2 3\nthe 4 5 6\n")
    with pytest.raises(ValueError, match="'the' occurs twice"):
        glove.WordVectors.from_torchtext(with_torchtext.read_vectors(file))


def test_an_embedding_starts_from_any_vocabulary_and_any_vectors(file):
    sentences = [["the", "red", "zzz"], ["the", "river"]]
    ours = Vocabulary.build(sentences)
    rows = []
    for vocabulary in (ours, ours.to_torchtext()):
        for vectors in (glove.read(file), with_torchtext.read_vectors(file)):
            mmlearn.seed_everything(0)
            embedding = nn.Embedding(len(vocabulary), 50)
            known = start_from(embedding, vocabulary, vectors)
            assert known.tolist() == [False, False, True, True, True, False]
            rows.append(embedding.weight.detach().clone())
    assert all(torch.equal(row, rows[0]) for row in rows)
    assert_close(rows[0][2], glove.read(file).get_vecs_by_tokens("the"))


# Training


def trained(vocabulary: Any, vectors: Any, tokenize: text.Tokenizer) -> Any:
    """A model of pictures and names, from a vocabulary and word vectors."""
    corpus = emoji.load()[np.arange(0, 1800, 6)]
    pictures = normalise(corpus["image"], *channel_statistics(corpus["image"]))
    data = TensorData(
        {
            "image": pictures,
            "text": text.encode(corpus["name_en"], tokenize, vocabulary),
            "label": torch.as_tensor(corpus.label),
        }
    )
    mmlearn.seed_everything(0)
    reader = RecurrentEncoder(len(vocabulary), 32, embedding_dim=50, dropout=0.2)
    start_from(reader.embedding, vocabulary, vectors)
    model = MultimodalModel(
        {"image": ConvEncoder(32, widths=(8, 16)), "text": reader},
        ConcatFusion(["image", "text"], 32),
        Classify(32, 9),
    )
    return model, fit(model, data, data, epochs=2, device="cpu")


def test_training_through_torchtext_equals_ours_bit_for_bit(file):
    tokenize = text.tokenizer("en")
    sentences = [tokenize(name) for name in emoji.load()["name_en"]]
    ours = Vocabulary.build(sentences, min_freq=2)
    theirs = build_theirs(iter(sentences), min_freq=2, specials=SPECIALS)
    theirs.set_default_index(theirs["<unk>"])
    vectors = with_torchtext.read_vectors(file)
    model, history = trained(ours, glove.read(file), tokenize)
    again, historys = trained(theirs, vectors, tokenize)
    assert history == historys and history[1]["train_loss"] < history[0]["train_loss"]
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name]), name
    words = ours.get_itos()
    turned = Vocabulary([*words[:2], *words[:1:-1]])
    turned.set_default_index(1)
    _, other = trained(turned, glove.read(file), tokenize)
    assert history != other, "which number a word gets has no say"


def test_a_program_of_torchtexts_day_runs():
    """Iterator, collate_fn, offsets, EmbeddingBag, accelerate: as they were written."""
    from accelerate import Accelerator

    corpus = emoji.load()[:600]
    names, groups = corpus["name_en"], torch.as_tensor(corpus.label)
    tokenize = basic
    vocab = build_theirs(map(tokenize, names), specials=["<unk>"])
    vocab.set_default_index(vocab["<unk>"])

    def collate(batch):
        numbers = [torch.tensor(vocab(tokenize(name))) for name, _ in batch]
        offsets = torch.tensor([0, *map(len, numbers[:-1])]).cumsum(0)
        return torch.cat(numbers), offsets, torch.stack([label for _, label in batch])

    mmlearn.seed_everything(0)
    bag = nn.EmbeddingBag(len(vocab), 16)
    model = nn.Sequential(bag, nn.Linear(16, 9))
    optimiser = torch.optim.Adam(model.parameters(), 0.01)
    loader = DataLoader(
        list(zip(names, groups, strict=True)),
        batch_size=50,
        shuffle=True,
        collate_fn=collate,
    )
    accelerator = Accelerator(cpu=True)
    model, optimiser, loader = accelerator.prepare(model, optimiser, loader)
    losses = []
    for _ in range(10):
        for numbers, offsets, label in loader:
            loss = nn.functional.cross_entropy(
                model[1](model[0](numbers, offsets)), label
            )
            optimiser.zero_grad()
            accelerator.backward(loss)
            optimiser.step()
            losses.append(float(loss))
    assert losses[-1] < 0.5 * losses[0]
