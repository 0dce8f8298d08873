"""`banshi bench`: one benchmark, beside the limit that the same machine reaches in the same run."""

import json
from importlib import import_module

import click

from benchmarks import NAMES, Result


@click.command()
@click.argument("name", type=click.Choice(NAMES))
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
def command(name: str, *, as_json: bool) -> None:
    """Run the benchmark NAME on servers of its own."""
    result: Result = import_module(f"benchmarks.{name}").run(print)
    print(result.sentence())
    if as_json:
        print(json.dumps(result.as_dict(), ensure_ascii=False))
