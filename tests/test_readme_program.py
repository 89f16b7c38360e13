"""README's program runs for each line of its table, on a small folder of that kind."""

import re

import numpy as np
import pytest
from own_folders import film, metadata, picture, recording, sound

from mmlearn.course.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAM = re.search(r"```python\n(from mmlearn import.*?)```", README, re.DOTALL)[1]
CALLS = re.findall(r"`(corpus = .*?)`<br>`(data = .*?)`", README)


def name_of(load):
    return re.search(r'load\("([a-z.]+)"', load)[1]


def photos(path):
    for i in range(20):
        picture(path / ("day" if i % 2 else "night") / f"{i}.png", 200 * (i % 2), i)


def pictured(*header, row):
    """A folder of pictures with further columns; row(i) gives those of row i."""

    def make(path):
        for i in range(20):
            picture(path / f"{i}.png", 200 * (i % 2), i)
        rows = (",".join((f"{i}.png", *row(i))) for i in range(20))
        metadata(path, ",".join(("file_name", *header)), *rows)

    return make


def houses(path):
    views = ("front", "kitchen", "garden", "street")
    for i in range(20):
        for k, view in enumerate(views):
            picture(path / f"{view}{i}.jpg", 8 * i + 5 * k, 4 * i + k)
    rows = (
        ",".join(
            [f"{view}{i}.jpg" for view in views]
            + [str(2 + i % 3), ("Bern", "Rome")[i % 2], str(100_000 + 9_000 * i)]
        )
        for i in range(20)
    )
    header = ",".join([f"{view}_file_name" for view in views] + ["rooms,town,price"])
    metadata(path, header, *rows)


def spoken(path):
    for digit in range(2):
        for k, who in enumerate(("anna", "ben", "cleo", "dan")):
            for take in range(3):
                hertz = 300 + 500 * digit + 20 * k + take
                sound(path / f"{digit}_{who}_{take}.wav", hertz)


def films(path):
    for i in range(8):
        film(path / ("up" if i % 2 else "down") / f"{i}.mp4", bool(i % 2), i)


def walks(path):
    draw = np.random.default_rng(0)
    rows = []
    for i in range(24):
        time = np.arange(100) / 50
        swing = np.sin(2 * np.pi * (1 + 2 * (i % 2)) * time) + draw.normal(0, 0.1, 100)
        recording(path / f"w{i}.csv", time, np.stack([swing, -swing], axis=1))
        uneven = np.sort(draw.uniform(0, 2, 60))
        recording(path / f"p{i}.csv", uneven, uneven[:, None] % 1, "time_s,pressure")
        rows.append(f"w{i}.csv,p{i}.csv,{('walk', 'run')[i % 2]},{i // 2}")
    metadata(path, "watch_file_name,phone_file_name,label,person", *rows)


def birds(path):
    rows = (
        f"{3_000 + 900 * (i % 2) + 7 * i},{'' if i == 3 else 180 + i},"
        f"{('Dream', 'Biscoe', '')[i % 3]},{('a', 'b')[i % 2]}"
        for i in range(30)
    )
    path.write_text("\n".join(("mass,wing,island,label", *rows)), "utf-8")


def reviews(path):
    words = (("好", "喜欢"), ("不好", "差"))
    rows = (f"{words[i % 2][i // 2 % 2]}{i},{i % 2}" for i in range(30))
    path.write_text("\n".join(("text,label", *rows)), "utf-8")


def remarks(path):
    words = (("good", "lovely"), ("bad", "awful"))
    rows = (f"{words[i % 2][i // 2 % 2]} day {i},{i % 2}" for i in range(30))
    path.write_text("\n".join(("text,label", *rows)), "utf-8")


def talks(path):
    for i in range(16):
        kind = ("news", "song")[i % 2]
        sound(path / kind / f"{i}.wav", 300 + 400 * (i % 2) + i)
        (path / kind / f"{i}.txt").write_text("la la" if i % 2 else "today we")


FOLDERS = {
    "photos": photos,
    "holiday": photos,
    "captioned": pictured(
        *("caption", "label"), row=lambda i: (f"it is {i}", ("day", "night")[i % 2])
    ),
    "patients": pictured(
        *("age", "sex", "label"),
        row=lambda i: (
            "" if i == 5 else str(40 + i),
            "fm"[i // 2 % 2],
            ["no", "yes"][i % 2],
        ),
    ),
    "houses": houses,
    "tagged": pictured(
        "keywords", row=lambda i: (("cat; outdoors", "dog", "cat")[i % 3],)
    ),
    "faces": pictured(
        *("label", "age"),
        row=lambda i: ("ab"[i % 2], "" if i % 5 == 0 else str(20 + i)),
    ),
    "spoken": spoken,
    "films": films,
    "walks": walks,
    "birds.csv": birds,
    "reviews.csv": reviews,
    "remarks.csv": remarks,
    "talks": talks,
}


def test_every_line_of_the_table_is_tried():
    assert {name_of(load) for load, _ in CALLS} == set(FOLDERS)
    assert len(PROGRAM.strip().splitlines()) <= 25


@pytest.mark.parametrize(("load", "made"), CALLS, ids=[name_of(x) for x, _ in CALLS])
def test_from_folder_to_interval(load, made, tmp_path, monkeypatch, capsys):
    FOLDERS[name_of(load)](tmp_path / name_of(load))
    monkeypatch.chdir(tmp_path)
    program = re.sub(r"corpus = folder\.load\(.*", lambda _: load, PROGRAM)
    program = re.sub(r"data = prepare\(.*", lambda _: made, program)
    program = program.replace("epochs=20", "epochs=2")
    assert load in program and made in program
    names = {}
    exec(program, names)
    said = capsys.readouterr().out
    assert re.search(r"\n\S+ +-?[0-9.]+ \[-?[0-9.]+, -?[0-9.]+\]", said), said
    vectors = names["embed"](names["model"], names["data"].test)
    assert vectors.shape == (len(names["data"].test), 64)
    assert np.isfinite(vectors).all()
