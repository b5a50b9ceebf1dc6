"""`stillwatch provenance`: was this model distilled from mine?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from stillwatch.cli.terminal import NOBODY_ACCUSED, SOMEBODY_ACCUSED, out

# ruff: noqa: PLC0415 - each command imports what it needs when it runs, see the package


def provenance(  # noqa: PLR0913, PLR0917 - one parameter per option of the command
    teacher: Annotated[Path, typer.Option(help="Answers file of your model.")],
    suspect: Annotated[Path, typer.Option(help="Answers file of the model in question.")],
    unrelated: Annotated[
        list[Path], typer.Option(help="Answers file of a comparable model without your model in it. Repeatable.")
    ],
    level: Annotated[float, typer.Option(help="Probability of a wrong yes, between 0 and 1.")] = 0.01,
    smallest: Annotated[float, typer.Option(help="Excess agreement you would not want to miss, as a share.")] = 0.1,
    watermark: Annotated[
        Path | None, typer.Option(help="Key file of your watermark, to look for it as well.", metavar="KEYFILE")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap and of the random keys.", min=0)] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Test whether a model was distilled from yours. Ends with 3 for yes, 0 for no evidence or not enough data.

    Every model must have been asked the same prompts; an answers file is JSON lines or Parquet with prompt_id and
    answer. Nothing queries any model.
    """
    from stillwatch.provenance import Question, examine, provenance_json, provenance_text

    found = examine(Question(teacher, suspect, unrelated, level, smallest, watermark, seed))
    if as_json:
        print(json.dumps(provenance_json(found), indent=2))  # noqa: T201 - the output itself
    else:
        out.print(provenance_text(found), markup=False, highlight=False, soft_wrap=True, end="")
    raise typer.Exit(SOMEBODY_ACCUSED if found.distilled else NOBODY_ACCUSED)
