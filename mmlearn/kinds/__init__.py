"""What a column of a corpus is: how it becomes a tensor, and what encodes it."""

from mmlearn.kinds.characters import Characters
from mmlearn.kinds.films import Films
from mmlearn.kinds.fit_text import kind_of_texts
from mmlearn.kinds.kind import Kind, kind_of
from mmlearn.kinds.photographs import Photographs
from mmlearn.kinds.pictures import Pictures
from mmlearn.kinds.recordings import Recordings
from mmlearn.kinds.sentences import Sentences
from mmlearn.kinds.sounds import Sounds
from mmlearn.kinds.table import Table
from mmlearn.kinds.texts import Texts
from mmlearn.kinds.vectors import Vectors

__all__ = [
    "Characters",
    "Films",
    "Kind",
    "Photographs",
    "Pictures",
    "Recordings",
    "Sentences",
    "Sounds",
    "Table",
    "Texts",
    "Vectors",
    "kind_of",
    "kind_of_texts",
]
