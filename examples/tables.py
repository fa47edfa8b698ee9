#!/usr/bin/env python3
"""Rewrites the tables between markers in examples/*/README.md from the program's output.

Usage: tables.py PROGRAM. Markers: <!-- boxes --> and <!-- comparisons -->, each ended by <!-- end -->. The pairs
to compare are in comparisons.json beside the README: a scenario, optional arguments laid over it, the figure,
and the published value, by its id in hwdb/measurements/published.yaml or as value and source.
"""

import json
import pathlib
import re
import subprocess
import sys

EXAMPLES = pathlib.Path(__file__).resolve().parent
PUBLISHED = EXAMPLES.parent / "hwdb" / "measurements" / "published.yaml"


def report(program, scenario, arguments=()):
    command = [program, "report", str(scenario), "--no-changes", "--format", "json", *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def digits(value, count=3):
    """The value with so many significant digits, never in exponent form."""
    return f"{float(f'{value:.{count}g}'):,.10g}"


def with_interval(figure, scale=1.0):
    low, high = digits(figure["low"] * scale, 2), digits(figure["high"] * scale, 2)
    return f"{digits(figure['value'] * scale)} ({low} … {high})"


def served_rate(outcome):
    """Tokens over the time from the requests to the last token: what a load test divides by."""
    tokens = outcome["scenario"]["batch"] * outcome["scenario"]["generate_tokens"]
    time = outcome["total_time_s"]
    return {"value": tokens / time["value"], "low": tokens / time["high"], "high": tokens / time["low"]}


# name in comparisons.json: heading, how to read it from the report, unit
FIGURES = {
    "decode": ("decode", lambda outcome: outcome["decode_tokens_per_second"], "token/s"),
    "prefill": ("prefill", lambda outcome: outcome["prefill_tokens_per_second"], "token/s"),
    "served": ("served, prompt included", served_rate, "token/s"),
}


def box_row(program, scenario):
    outcome = report(program, scenario)
    asked = outcome["scenario"]
    if outcome["verdict"] == "does-not-fit":
        verdict = f"no: short by {digits(outcome['short_by_bytes'] / 1e9)} GB"
        speed = "-"
    else:
        chance = outcome["fits_probability"]
        verdict = "yes" if chance > 0.995 else f"yes, with probability {chance:.0%}"
        speed = with_interval(outcome["throughput_tokens_per_second"])
    weights = f"{digits(asked['weights_bytes'] / 1e9)} GB = {digits(asked['weights_bytes'] / 2**30)} GiB"
    link = f"[{scenario.stem}]({scenario.name})"
    report_link = f"[report](expected/{scenario.stem}.txt)"
    return f"| {link} | {weights} | {asked['system']} | {asked['placement']} | {verdict} | {speed} | {report_link} |"


def boxes(program, folder):
    rows = [box_row(program, scenario) for scenario in sorted(folder.glob("*.yaml"))]
    head = "| scenario | weights | machine | placement | fits? | token/s of the batch (90 % interval) | |"
    return [head, "|---|---|---|---|---|---|---|", *rows]


def published_row(identity):
    """Value and source of a row of published.yaml, whose rows are flat enough to read by line."""
    text = PUBLISHED.read_text(encoding="utf-8")
    row = re.search(rf"^- id: {re.escape(identity)}\n((?:  .*\n)*)", text, re.MULTILINE)
    if not row:
        sys.exit(f"{PUBLISHED}: no row {identity}")
    value = re.search(r"^  value: (\S+)$", row[1], re.MULTILINE)[1]
    return float(value), f"`{identity}`"


def comparison_row(program, folder, pair):
    outcome = report(program, folder / f"{pair['scenario']}.yaml", pair.get("arguments", []))
    heading, read, unit = FIGURES[pair["figure"]]
    figure = read(outcome)
    value, source = published_row(pair["id"]) if "id" in pair else (pair["value"], pair["source"])
    inside = "yes" if figure["low"] <= value <= figure["high"] else "**no**"
    ratio = digits(figure["value"] / value, 2)
    name = pair["scenario"] + "".join(f" `{word}`" for word in pair.get("arguments", []))
    cells = [name, f"{heading}, {unit}", with_interval(figure), digits(value, 4), ratio, inside, source]
    return "| " + " | ".join(cells) + " |"


def comparisons(program, folder):
    pairs = json.loads((folder / "comparisons.json").read_text(encoding="utf-8"))
    rows = [comparison_row(program, folder, pair) for pair in pairs]
    head = "| scenario | figure | predicted (90 % interval) | published | ratio | inside? | source |"
    return [head, "|---|---|---|---|---|---|---|", *rows]


def rewrite(readme, program):
    text = readme.read_text(encoding="utf-8")
    for marker, table in (("boxes", boxes), ("comparisons", comparisons)):
        pattern = re.compile(rf"(<!-- {marker} -->\n).*?(<!-- end -->)", re.DOTALL)
        if pattern.search(text):
            body = "\n".join(table(program, readme.parent)) + "\n"
            text = pattern.sub(lambda match: match[1] + body + match[2], text)
    readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for page in sorted(EXAMPLES.glob("*/README.md")):
        rewrite(page, sys.argv[1])
