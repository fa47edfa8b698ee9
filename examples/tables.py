#!/usr/bin/env python3
"""Rewrites the tables between markers in examples/*/README.md from the program's output.

Usage: tables.py PROGRAM [FOLDER...]     default: every folder beside this file with a README.md

Markers, each ended by <!-- end -->:
  <!-- boxes -->          every scenario of the folder: does it fit, and how fast
  <!-- variations -->     variations.json: scenarios with arguments laid over them, and what each is about
  <!-- comparisons -->    comparisons.json: predicted beside published
  <!-- redundancy -->     every scenario of the folder with replicas: what the spare ones are worth
  <!-- monthly-costs -->  every scenario of the folder with a load: owned, rented, by the token
  <!-- coverage -->       how many of those published values lie inside the predicted interval
  <!-- prompt-lengths --> prompt_lengths.json: the prompts that a published time to the first token belongs to

An entry of the JSON files names a scenario, optional arguments laid over it and, where something published stands
beside it, a figure and a row of hwdb/measurements by its id, or value and source. `fit` says what was fitted to a row;
rows that the kernel factors were fitted to are found in engine_factors.md.
"""

import functools
import json
import math
import pathlib
import re
import shlex
import subprocess
import sys

EXAMPLES = pathlib.Path(__file__).resolve().parent
MEASUREMENTS = EXAMPLES.parent / "hwdb" / "measurements"
PUBLISHED = [MEASUREMENTS / "published.yaml", MEASUREMENTS / "clusters.yaml"]
INTERVAL = 0.9


def report(program, scenario, arguments=()):
    command = [program, "report", str(scenario), "--no-changes", "--format", "json", *arguments]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{shlex.join(command)}\n{result.stderr}")
    return json.loads(result.stdout)


def entries(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def digits(value, count=3):
    """The value with so many significant digits, never in exponent form."""
    return f"{float(f'{value:.{count}g}'):,.10g}"


def with_interval(figure, scale=1.0):
    low, high = digits(figure["low"] * scale, 2), digits(figure["high"] * scale, 2)
    return f"{digits(figure['value'] * scale)} ({low} … {high})"


def time_per(rate, scale):
    return {"value": scale / rate["value"], "low": scale / rate["high"], "high": scale / rate["low"]}


def served_rate(outcome):
    """Tokens over the time from the requests to the last token: what a load test divides by."""
    tokens = outcome["scenario"]["batch"] * outcome["scenario"]["generate_tokens"]
    return time_per(outcome["total_time_s"], tokens)


# name in the JSON files: heading, how to read it from the report, unit
FIGURES = {
    "decode": ("decode", lambda outcome: outcome["decode_tokens_per_second"], "token/s"),
    "prefill": ("prefill", lambda outcome: outcome["prefill_tokens_per_second"], "token/s"),
    "served": ("served, prompt included", served_rate, "token/s"),
    "token-time": ("time per token", lambda outcome: time_per(outcome["decode_tokens_per_second"], 1000.0), "ms"),
}


def verdict_of(outcome):
    if outcome["verdict"] == "does-not-fit":
        return f"no: short by {digits(outcome['short_by_bytes'] / 1e9)} GB"
    if outcome["verdict"] == "fits-with-changes":
        return f"short by {digits(outcome['short_by_bytes'] / 1e9)} GB; yes after: {outcome['applied_change']['description']}"
    chance = outcome["fits_probability"]
    return "yes" if chance > 0.995 else f"yes, with probability {chance:.0%}"


def box_row(program, scenario):
    outcome = report(program, scenario)
    asked = outcome["scenario"]
    throughput = outcome["throughput_tokens_per_second"]
    cells = [
        f"[{scenario.stem}]({scenario.name})",
        f"{digits(asked['weights_bytes'] / 1e9)} GB = {digits(asked['weights_bytes'] / 2**30)} GiB",
        asked["system"],
        asked["placement"],
        verdict_of(outcome),
        with_interval(throughput) if throughput else "-",
        f"[report](expected/{scenario.stem}.txt)",
    ]
    return "| " + " | ".join(cells) + " |"


def boxes(program, folder):
    rows = [box_row(program, scenario) for scenario in sorted(folder.glob("*.yaml"))]
    head = "| scenario | weights | machine | placement | fits? | token/s of the batch (90 % interval) | |"
    return [head, "|---|---|---|---|---|---|---|", *rows]


def percent(share, places=1):
    """Cut off instead of rounded: nothing that can fail is there for 100 %."""
    return f"{math.floor(share * 100 * 10**places) / 10**places:.{places}f} %"


def down_time(hours):
    for unit, factor in (("h", 1), ("min", 60), ("s", 3600)):
        if hours * factor >= 1:
            return f"{digits(hours * factor, 2)} {unit}"
    return "below 1 s"


def redundancy_row(program, scenario):
    outcome = report(program, scenario)
    service = outcome["redundancy"]
    down = service["down_hours_per_year"]
    cells = [
        f"[{scenario.stem}]({scenario.name})",
        f"{service['replicas'] - service['spare_replicas']} of {service['replicas']}",
        with_interval(outcome["throughput_tokens_per_second"]),
        percent(service["replica_availability"]["value"], 3),
        percent(service["availability"]["value"], 5),
        f"{down_time(down['value'])} ({down_time(down['low'])} … {down_time(down['high'])})",
        service["failing_as"],
    ]
    return "| " + " | ".join(cells) + " |"


def having(folder, key):
    return [path for path in sorted(folder.glob("*.yaml")) if re.search(rf"^{key}:", path.read_text(), re.MULTILINE)]


def redundancy(program, folder):
    rows = [redundancy_row(program, scenario) for scenario in having(folder, "replicas")]
    head = "| scenario | in service | token/s in service | up: a replica | up: the service | down a year | fails as |"
    return [head, "|---|---|---|---|---|---|---|", *rows]


def dollars(figure):
    return with_interval(figure) if figure else "not known"


def payback(costs, against):
    found = [each for each in costs["paybacks"] if against in each["against"]]
    if not found:
        return "-"
    months, low, high = (digits(found[0][key], 2) if found[0][key] else "never" for key in ("months", "months_low", "months_high"))
    return months if months == "never" else f"{months} ({low} … {high})"


def cost_row(program, scenario):
    costs = report(program, scenario)["costs"]
    ways = {}
    for way in costs["ways"]:
        ways.setdefault(way["way"], way)  # of several rents the usual one stands first
    cells = [
        f"[{scenario.stem}]({scenario.name})",
        f"{costs['utilisation']['value']:.0%}",
        *(dollars(ways[way]["usd_per_month"]) for way in ("own", "rent", "API")),
        dollars(ways["own"]["usd_per_million_output_tokens"]),
        payback(costs, "renting"),
        payback(costs, "by the token"),
    ]
    return "| " + " | ".join(cells) + " |"


def monthly_costs(program, folder):
    rows = [cost_row(program, scenario) for scenario in having(folder, "load")]
    head = (
        "| scenario | busy | own, USD a month | rent | API | own, USD per million output tokens "
        "| owning pays back against rent after months | against the API |"
    )
    return [head, "|---|---|---|---|---|---|---|---|", *rows]


def as_typed(argument):
    option, equals, value = argument.partition("=")
    return f'{option}="{value}"' if equals and " " in value else argument


def with_arguments(entry):
    return entry["scenario"] + "".join(f" `{as_typed(word)}`" for word in entry.get("arguments", []))


def variation_row(program, folder, entry):
    outcome = report(program, folder / f"{entry['scenario']}.yaml", entry.get("arguments", []))
    weights = outcome["scenario"]["weights_bytes"]
    fits = outcome["verdict"] != "does-not-fit"
    cells = [
        entry["what"],
        with_arguments(entry),
        f"{digits(weights / 1e9)} GB = {digits(weights / 2**30)} GiB",
        verdict_of(outcome),
        with_interval(outcome["decode_tokens_per_second"]) if fits else "-",
        with_interval(outcome["time_to_first_token_s"]) if fits else "-",
        f"{outcome['largest_context_tokens']:,}" if outcome.get("largest_context_tokens") else "-",
    ]
    return "| " + " | ".join(cells) + " |"


def variations(program, folder):
    rows = [variation_row(program, folder, entry) for entry in entries(folder, "variations.json")]
    head = "| | scenario | weights | fits? | decode, token/s (90 % interval) | first token, s | largest context |"
    return [head, "|---|---|---|---|---|---|---|", *rows]


@functools.cache
def text_of(path):
    return path.read_text(encoding="utf-8")


def published_row(identity):
    """Value and source of a row of the published measurements, whose rows are flat enough to read by line."""
    for path in PUBLISHED:
        row = re.search(rf"^- id: {re.escape(identity)}\n((?:  .*\n)*)", text_of(path), re.MULTILINE)
        if row:
            return float(re.search(r"^  value: (\S+)$", row[1], re.MULTILINE)[1]), f"`{identity}`"
    sys.exit(f"{', '.join(map(str, PUBLISHED))}: no row {identity}")


def published(entry):
    return published_row(entry["id"]) if "id" in entry else (entry["value"], entry["source"])


def fitted(entry):
    """What was fitted to the row of this entry, empty if nothing."""
    if "fit" in entry:
        return entry["fit"]
    known = "id" in entry and f"`{entry['id']}`" in text_of(MEASUREMENTS / "engine_factors.md")
    return "kernels" if known else ""


@functools.cache
def compared(program, folder):
    """Every entry of comparisons.json with the predicted figure, or None where the scenario does not fit."""
    rows = []
    for entry in entries(folder, "comparisons.json"):
        outcome = report(program, folder / f"{entry['scenario']}.yaml", entry.get("arguments", []))
        fits = outcome["verdict"] != "does-not-fit"
        rows.append((entry, FIGURES[entry["figure"]][1](outcome) if fits else None))
    return rows


def inside(figure, value):
    return figure["low"] <= value <= figure["high"]


def comparison_row(entry, figure, with_fit):
    heading, _, unit = FIGURES[entry["figure"]]
    value, source = published(entry)
    cells = [with_arguments(entry), f"{heading}, {unit}"]
    if figure:
        ratio = digits(figure["value"] / value, 2)
        cells += [with_interval(figure), digits(value, 4), ratio, "yes" if inside(figure, value) else "**no**"]
    else:
        cells += ["does not fit", digits(value, 4), "-", "**no**"]
    cells += [fitted(entry) or "no"] if with_fit else []
    return "| " + " | ".join([*cells, source]) + " |"


def comparisons(program, folder):
    pairs = compared(program, folder)
    with_fit = any(fitted(entry) for entry, _ in pairs)
    rows = [comparison_row(entry, figure, with_fit) for entry, figure in pairs]
    heads = ["scenario", "figure", "predicted (90 % interval)", "published", "ratio", "inside?"]
    heads += ["in a fit?"] if with_fit else []
    heads.append("source")
    return ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|", *rows]


def coverage_row(name, pairs):
    hits = sum(1 for entry, figure in pairs if figure and inside(figure, published(entry)[0]))
    ratios = sorted(figure["value"] / published(entry)[0] for entry, figure in pairs if figure)
    middle = digits(ratios[len(ratios) // 2], 2) if ratios else "-"
    spread = f"{digits(ratios[0], 2)} … {digits(ratios[-1], 2)}" if ratios else "-"
    return f"| {name} | {len(pairs)} | {hits} | {hits / len(pairs):.0%} | {middle} | {spread} |"


def coverage(program, folder):
    """Counts over comparisons.json: the rows that nothing was fitted to, by group and figure, then the fitted ones."""
    pairs = compared(program, folder)
    free = [pair for pair in pairs if not fitted(pair[0])]
    used = [pair for pair in pairs if fitted(pair[0])]
    groups = {}
    for pair in free:
        groups.setdefault((pair[0].get("group", "all"), FIGURES[pair[0]["figure"]][0]), []).append(pair)
    rows = [coverage_row(f"{group}: {figure}", members) for (group, figure), members in groups.items()]
    rows.append(coverage_row(f"all that nothing was fitted to, {INTERVAL:.0%} expected", free))
    rows += [coverage_row("rows that took part in a fit", used)] if used else []
    head = "| rows | count | inside | share | middle ratio | ratios |"
    return [head, "|---|---|---|---|---|---|", *rows]


def prompt_for(program, scenario, arguments, seconds, end):
    """The longest prompt whose first token comes within so many seconds, taking this end of the predicted interval."""
    low, high = 1, 2**17
    while high - low > 1:
        middle = (low + high) // 2
        words = [*arguments, f"--prompt={middle}", f"--context={middle + 1024}"]
        time = report(program, scenario, words)["time_to_first_token_s"]
        low, high = (middle, high) if time[end] <= seconds else (low, middle)
    return low


def prompt_row(program, folder, entry):
    seconds, source = published(entry)
    scenario, arguments = folder / f"{entry['scenario']}.yaml", entry.get("arguments", [])
    shortest, middle, longest = (prompt_for(program, scenario, arguments, seconds, end) for end in ("high", "value", "low"))
    length = f"{digits(middle, 2)} ({digits(shortest, 2)} … {digits(longest, 2)})"
    return f"| {with_arguments(entry)} | {digits(seconds, 4)} | {length} | {source} |"


def prompt_lengths(program, folder):
    rows = [prompt_row(program, folder, entry) for entry in entries(folder, "prompt_lengths.json")]
    head = "| scenario | published time to the first token, s | prompt it belongs to, tokens (90 % interval) | source |"
    return [head, "|---|---|---|---|", *rows]


TABLES = {
    "boxes": boxes,
    "variations": variations,
    "redundancy": redundancy,
    "monthly-costs": monthly_costs,
    "comparisons": comparisons,
    "coverage": coverage,
    "prompt-lengths": prompt_lengths,
}


def rewrite(readme, program):
    text = readme.read_text(encoding="utf-8")
    for marker, table in TABLES.items():
        pattern = re.compile(rf"(<!-- {marker} -->\n).*?(<!-- end -->)", re.DOTALL)
        if pattern.search(text):
            body = "\n".join(table(program, readme.parent)) + "\n"
            text = pattern.sub(lambda match: match[1] + body + match[2], text)
    readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    folders = [pathlib.Path(name).resolve() for name in sys.argv[2:]]
    for page in sorted(folder / "README.md" for folder in folders) or sorted(EXAMPLES.glob("*/README.md")):
        rewrite(page, sys.argv[1])
