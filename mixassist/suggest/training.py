"""Learns anew everything that ships in data/: `python -m mixassist.suggest.training FOLDER_OF_MIXING_DATA`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

from mixassist.suggest.genre_model import SURE, GenreModel, save_genre_model
from mixassist.suggest.gtzan import gtzan_examples, read_gtzan
from mixassist.suggest.learned_file import DATA
from mixassist.suggest.learning import fit_classifier
from mixassist.suggest.tone import BANDS_HZ, genre_tones

GENRE_CARD = {
    "source": "GTZAN feature table, 30-s excerpts of 10 genres: github.com/janhavi20/Music-Genere-Classification",
    "folds": "artists kept apart: github.com/julianofoleiss/gtzan_sturm_filter_3folds_stratified",
    "licence": "weights MIT; the table states none, its recordings are commercial and none of it is shipped",
    "method": "multinomial logistic regression on level-free librosa features, temperature from held-out folds",
    "caveat": "Held-out figures are with artists kept apart and repetitions left out. Random splits of GTZAN give 70 % "
    "with the same features, and published figures above 80 % come from such splits, which reward knowing the artist.",
    "limits": "Recordings up to 2000, mostly from CDs and radio. Electronic dance music, ambient, folk and R&B are no "
    "classes: such songs go to their nearest neighbours or remain unsure. Name the genre where you know it.",
}


def learn_genres(table: Path) -> GenreModel:
    """The genre model of the GTZAN feature table."""
    classifier, held_out = fit_classifier(gtzan_examples(read_gtzan(table)), SURE)
    return GenreModel(classifier, {**GENRE_CARD, "held_out": asdict(held_out)})


def tone_toml(table: Path) -> str:
    """The file of tonal curves, of the GTZAN feature table."""
    lines = [
        "# Learned by mixassist.suggest.training: third-octave levels re 1 kHz and the spread of songs around them, in dB.",
        'sources = ["elowsson-2017", "gtzan-cepstra"]',
        f"bands_hz = {list(BANDS_HZ)}",
    ]
    for name, (level_db, spread_db) in genre_tones(read_gtzan(table)).items():
        numbers = [", ".join(f"{number:.1f}" for number in curve) for curve in (level_db, spread_db)]
        lines += ["", f"[tones.{name}]", f"level_db = [{numbers[0]}]", f"spread_db = [{numbers[1]}]"]
    return "\n".join(lines) + "\n"


def main(folder: Path) -> None:
    table = folder / "gtzan_features_30s.csv"
    (DATA / "tone.toml").write_text(tone_toml(table), encoding="utf-8")
    genres = learn_genres(table)
    save_genre_model(genres, DATA / "genre.json")
    print("genre.json", genres.card["held_out"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
