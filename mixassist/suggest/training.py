"""Learns anew everything that ships in data/: `python -m mixassist.suggest.training MIXING STEMS`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

from mixassist.suggest.balance import Balance, save_balance
from mixassist.suggest.balance_learning import fit_balance, fit_median, foretell_by, held_out_error_db
from mixassist.suggest.classifier import LinearClassifier
from mixassist.suggest.families import learn_families, stem_examples
from mixassist.suggest.genre_model import SURE, GenreModel, save_genre_model
from mixassist.suggest.gtzan import gtzan_examples, read_gtzan
from mixassist.suggest.learned_file import DATA, write_learned
from mixassist.suggest.learning import HeldOut, fit_classifier
from mixassist.suggest.medleydb import read_medleydb
from mixassist.suggest.tone import BANDS_HZ, genre_tones
from mixassist.suggest.track_sound import KIND, SHIPPED

GENRE_CARD = {
    "source": "GTZAN feature table, 30-s excerpts of 10 genres: github.com/janhavi20/Music-Genere-Classification",
    "folds": "artists kept apart: github.com/julianofoleiss/gtzan_sturm_filter_3folds_stratified",
    "licence": "weights MIT; the table states none, its recordings are commercial and none of it is shipped",
    "method": "multinomial logistic regression on level-free librosa features, bent, and their squares; temperature "
    "from held-out folds",
    "caveat": "Held-out figures are with artists kept apart and repetitions left out; penalty and curve were chosen on "
    "the same folds. Random splits of GTZAN give 70 % with such features, and published figures above 80 % come from "
    "such splits, which reward knowing the artist. `python -m benchmarks --only genre` measures all of this.",
    "limits": "Recordings up to 2000, mostly from CDs and radio. Electronic dance music, ambient, folk and R&B are no "
    "classes: such songs go to their nearest neighbours or remain unsure. Name the genre where you know it.",
}


FAMILY_CARD = {
    "source": "Stems of 7 electronic songs, 'Everything is Free' by Software-Entwicklungskit: "
    "github.com/ichbinsoftware/everythingisremixed",
    "licence": "CC0-1.0",
    "method": "multinomial logistic regression on octave levels and movement, crest, flatness, onsets of 10-s pieces",
    "caveat": "One artist and one style. On 13 band songs it had never heard (MusicDelta, MedleyDB), 4 of 5 pieces "
    "were told right; the penalty was chosen with a look at them.",
    "limits": "Four families: bass, drums, vocals, and all else. File names come first.",
}
BALANCE_CARD = {
    "source": "MedleyDB metadata and mixing gains: github.com/marl/medleydb",
    "licence": "MIT",
    "method": "robust ridge regression of relative gains on instrument and instrument x genre, bootstrap errors",
    "caveat": "Gains are faders over stems as delivered; the stems' own loudness is not public. 138 songs have gains "
    "set by hand, mostly rock and pop; the others were fitted to the mix by MedleyDB's authors, with much noise.",
    "limits": "On held-out songs genre and instrument explain little: the error is near that of equal faders. Where "
    "tracks can be measured, balance by loudness (the style cards) comes first.",
}


def learn_genres(table: Path) -> GenreModel:
    """The genre model of the GTZAN feature table."""
    classifier, held_out = fit_classifier(gtzan_examples(read_gtzan(table)), SURE, is_curved=True)
    return GenreModel(classifier, {**GENRE_CARD, "held_out": asdict(held_out)})


def learn_balance(folder: Path) -> Balance:
    """The balance of MedleyDB's songs, its card telling the error on held-out songs beside the naive ways'."""
    songs = read_medleydb(folder)
    held_out = {
        "learned": held_out_error_db(songs, lambda known: foretell_by(fit_balance(known, n_draws=0))),
        "median per instrument": held_out_error_db(songs, fit_median),
        "equal faders": held_out_error_db(songs, lambda known: lambda song: 0 * song.gain_db),
    }
    card = {**BALANCE_CARD, "n_songs": len(songs), "held_out_mean_absolute_error_db": held_out}
    return Balance(**{**vars(fit_balance(songs)), "card": card})


def tone_toml(table: Path) -> str:
    """The file of tonal curves, of the GTZAN feature table."""
    lines = [
        "# Learned by mixassist.suggest.training: levels re 1 kHz, their spread and its ways over songs, in dB.",
        'sources = ["elowsson-2017", "gtzan-cepstra"]',
        f"bands_hz = {list(BANDS_HZ)}",
    ]
    for name, tone in genre_tones(read_gtzan(table)).items():
        level, spread, *ways = (
            ", ".join(f"{number:.1f}" for number in curve) for curve in (tone.level_db, tone.spread_db, *tone.ways_db)
        )
        lines += ["", f"[tones.{name}]", f"level_db = [{level}]", f"spread_db = [{spread}]"]
        lines += ["ways_db = [", *(f"    [{way}]," for way in ways), "]"]
    return "\n".join(lines) + "\n"


def save_families(classifier: LinearClassifier, held_out: HeldOut) -> None:
    """Writes the classifier of families with its card."""
    write_learned(SHIPPED, KIND, {**FAMILY_CARD, "held_out": asdict(held_out)}, classifier.to_dict())


def main(folder: Path, stems: Path) -> None:
    """Learns from FOLDER (mixing data) and STEMS (songs with stems)."""
    table = folder / "gtzan_features_30s.csv"
    (DATA / "tone.toml").write_text(tone_toml(table), encoding="utf-8")
    genres = learn_genres(table)
    save_genre_model(genres, DATA / "genre.json")
    print("genre.json", genres.card["held_out"])
    balance = learn_balance(folder / "medleydb")
    save_balance(balance, DATA / "balance.json")
    save_families(*learn_families(stem_examples(stems)))
    print("balance.json", balance.card["held_out_mean_absolute_error_db"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
