"""`mixassist amp live`: playing through an amp, sound card in, sound card out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from cli.amp_knobs import open_amp
from cli.amp_options import AmpPath, Cabinet, InputDbu, Json, Knobs, Normalize, Oversample, Size
from cli.live_display import Display, card_of, print_how_it_went
from cli.live_take import Force, Record, TakeFile
from cli.output import print_json, say

if TYPE_CHECKING:
    from mixassist.audio.live import LiveReport


def live(
    model: AmpPath,
    block: Annotated[int, typer.Option(help="Frames per block: fewer are sooner heard, more are safer.")] = 64,
    cab: Cabinet = None,
    oversample: Oversample = 1,
    input_dbu: InputDbu = None,
    normalize: Normalize = False,
    size: Size = None,
    knob: Knobs = None,
    device: Annotated[
        str | None, typer.Option(help="The card, by name or number; the system's own if not given.")
    ] = None,
    output_device: Annotated[str | None, typer.Option(help="Another card for the output.")] = None,
    input_number: Annotated[int, typer.Option("--input", help="The card's input the guitar is in, from 1.")] = 1,
    rate: Annotated[int | None, typer.Option(help="The card's rate in Hz; the amp's own if not given.")] = None,
    ahead: Annotated[int, typer.Option(help="Blocks a result may take: each adds a block of latency and safety.")] = 1,
    seconds: Annotated[float | None, typer.Option(help="Stop after this long; else Ctrl-C does.")] = None,
    record: Record = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Play through an amp; Ctrl-C ends it. What comes too late is heard dry, and counted."""
    from amp_models import PlayOptions
    from mixassist.audio.live import LiveOptions, play_live
    from mixassist.audio.live_desk import DeskOptions
    from mixassist.audio.tags import FileTags
    from mixassist.runtime.streaming.plan import HostFormat

    options = PlayOptions(input_dbu, normalize, cabinet=cab, oversampling=oversample)
    amp = open_amp(model, size, knob)
    host_rate = amp.rate if rate is None else rate
    cards = card_of(device), card_of(device if output_device is None else output_device)
    desk = DeskOptions(rate=host_rate, block=block, n_blocks_ahead=ahead)
    take = TakeFile(record, force, FileTags(comment=f"Played through {amp.facts.name}", software="mixassist"))
    process = amp.open_live(HostFormat(block, host_rate), options)
    display = Display(process)

    def look(report: LiveReport) -> None:
        display.look(report)
        take.look(report)

    begin = time.monotonic()
    with take.recorded(desk), display.shown():
        report = play_live(process, LiveOptions(desk, *cards, input_number, seconds), say, look, take.hear)
    timing = process.timing.to_dict()
    played_s = time.monotonic() - begin
    if json:
        facts = {"model": amp.facts.name, "seconds": round(played_s, 1), **report.to_dict(), "timing": timing}
        print_json(facts | take.to_dict())
        return
    print_how_it_went(amp.facts.name, played_s, report, timing)
    if report.n_misses:
        print("  to miss fewer: a higher --ahead, a longer --block, a smaller --size, or less --oversample")
    for line in take.lines():
        print(line)
