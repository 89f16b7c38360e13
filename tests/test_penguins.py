"""Penguins: every cell where it belongs, gaps as gaps, wrong cells named."""

import csv
from pathlib import Path

import numpy as np
import pytest

from mmlearn.data import penguins
from mmlearn.data.store import packages


def test_shapes() -> None:
    corpus = penguins.load()
    assert len(corpus) == 344
    assert np.bincount(corpus.label).tolist() == [152, 68, 124]
    assert corpus.label_names == penguins.SPECIES
    assert corpus.groups.tolist() == list(range(344))
    assert corpus["sex"].count("") == 11 and set(corpus["sex"]) == {
        "",
        "female",
        "male",
    }
    assert set(corpus["island"]) == set(penguins.CATEGORIES["island"])
    assert corpus["year"].dtype == np.int64 and set(corpus["year"]) == {
        2007,
        2008,
        2009,
    }
    for name in penguins.NUMBERS:
        assert corpus[name].dtype == np.float64
        assert np.isnan(corpus[name]).sum() == 2


def test_every_cell_is_the_table_s() -> None:
    corpus = penguins.load()
    with packages.find(packages.PENGUINS).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for i, row in enumerate(rows):
        assert corpus.label_names[corpus.label[i]] == row["species"]
        for name in penguins.CATEGORIES:
            assert corpus[name][i] == row[name].replace("NA", "")
        for name in (*penguins.NUMBERS, "year"):
            if row[name] == "NA":
                assert np.isnan(corpus[name][i])
            else:
                assert corpus[name][i] == float(row[name])


GOOD = (
    "species,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex,year"
)
ROW = "Adelie,Torgersen,39.1,18.7,181,3750,male,2007"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MMLEARN_PENGUINS", str(tmp_path / "own.csv"))
    return tmp_path / "own.csv"


def test_a_table_of_your_own(own: Path) -> None:
    own.write_text(f"{GOOD}\n{ROW}\nGentoo,Biscoe,NA,NA,NA,NA,NA,2009\n")
    corpus = penguins.load()
    assert corpus.label.tolist() == [0, 2]
    assert corpus["sex"] == ["male", ""]


@pytest.mark.parametrize(
    ("found", "given", "words"),
    [
        ("39.1", "long", "line 3, bill_length_mm: found 'long'; expected a number"),
        ("39.1", "", "line 3, bill_length_mm: found ''"),
        ("181", "inf", "line 3, flipper_length_mm: found 'inf'"),
        ("Torgersen", "Mars", "line 3, island: found 'Mars'; expected one of NA, Bis"),
        ("male", "cock", "line 3, sex: found 'cock'"),
        ("Adelie", "NA", "line 3, species: found 'NA'; expected one of Adelie, Chin"),
        ("2007", "NA", "line 3, year: found 'NA'"),
        (",2007", "", "line 3, year: found ''"),
    ],
)
def test_a_wrong_cell_is_named(own: Path, found: str, given: str, words: str) -> None:
    own.write_text(f"{GOOD}\n{ROW}\n{ROW.replace(found, given)}\n")
    with pytest.raises(ValueError, match=rf"own\.csv, {words}"):
        penguins.load()


def test_a_wrong_table(own: Path) -> None:
    own.write_text(f"{GOOD.replace('sex', 'gender')}\n{ROW}\n")
    with pytest.raises(ValueError, match=r"own\.csv: found the columns .*'gender'"):
        penguins.load()
    own.write_text(f"{GOOD}\n")
    with pytest.raises(ValueError, match=r"own\.csv: found no row"):
        penguins.load()
    own.unlink()
    with pytest.raises(FileNotFoundError, match="MMLEARN_PENGUINS says so"):
        penguins.load()
