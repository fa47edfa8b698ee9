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
  <!-- streamed-variations --> streamed.json: as variations, of experts that come from the drive
  <!-- layer-times -->    layers.json: the time of a layer by the engine's steps, beside what the authors timed
  <!-- experiments -->    experiments.json: every published experiment in its sweep, with the condition it would need
  <!-- run-series -->     series.json: token rate, hit rate and heat over a run
  <!-- heat -->           series.json: what a machine that throttles ends at

An entry of the JSON files names a scenario, optional arguments laid over it and, where something published stands
beside it, a figure and a row of hwdb/measurements by its id, or value and source. `fit` says what was fitted to a row
by hand; which rows are among the rates that `plimsoll fit` takes, the program is asked.

An experiment belongs to a `sweep`, whose first row is what its changes are held against. `quoted` is the change in per
cent as the publication puts it, where its own baseline is not published; `consumed` says which published figures
the prediction was made from, by the letters that the README explains; `missing` says why the model has nothing that could express it. A comparison
that is an `alternative` reads a row in another way than one above it, and is not counted.
"""

import csv
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
FITTED = [MEASUREMENTS / name for name in ("published.yaml", "clusters.yaml")]  # doc/fitting.md
PUBLISHED = [*FITTED, MEASUREMENTS / "streaming.yaml"]
INTERVAL = 0.9
NOISE = 0.08  # from session to session, as the authors of flash-moe say of their own runs


def program_output(command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{shlex.join(map(str, command))}\n{result.stderr}")
    return json.loads(result.stdout)


def report(program, scenario, arguments=()):
    return program_output([program, "report", str(scenario), "--no-changes", "--format", "json", *arguments])


def simulated(program, scenario, arguments=()):
    return program_output([program, "simulate", str(scenario), "--format", "json", *arguments])


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
    "first-token": ("first token", lambda outcome: outcome["time_to_first_token_s"], "s"),
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
        f"{costs['utilisation']['value']:.0%}" if costs["utilisation"] else "-",
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


@functools.cache
def measured_row(identity):
    """A row of the published measurements, which are flat enough to read by line."""
    for path in PUBLISHED:
        row = re.search(rf"^- id: {re.escape(identity)}\n((?:  .*\n)*)", text_of(path), re.MULTILINE)
        if row:
            return row[1]
    sys.exit(f"{', '.join(map(str, PUBLISHED))}: no row {identity}")


def number_in(row, key):
    """The number under a key of a row or of its `extra`; None where it has none."""
    found = re.search(rf"^(?:  )+{key}: ([-\d.e]+)$", row, re.MULTILINE)
    return float(found[1]) if found else None


def published(entry):
    """Value and source: a row's value, or the entry's `key` of what the row has besides."""
    if "id" not in entry:
        return entry["value"], entry["source"]
    return number_in(measured_row(entry["id"]), entry.get("key", "value")), f"`{entry['id']}`"


@functools.cache
def rows_of_the_fit(program):
    """Rows that hwdb/fit.yaml was fitted to: those that are predicted and not in doubt."""
    command = [program, "validate", *map(str, FITTED), "--format", "csv"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return {row["id"] for row in csv.DictReader(result.stdout.splitlines()) if row["status"] == "ok"}


def fitted(program, entry):
    """What was fitted to the row of this entry, empty if nothing."""
    by_hand = [entry["fit"]] if "fit" in entry else []
    return ", ".join(by_hand + ["rates"] * (entry.get("id") in rows_of_the_fit(program)))


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


CONDITIONS = {
    "cold reads": "{} of cold reads instead of {}",
    "experts found in memory": "{} of the experts in memory instead of {}",
    "a layer without its reads": "{} for a layer without its reads instead of {}",
}


def conditions_for(program, scenario, arguments, rate):
    """What a token rate would need, each alone, everything else as predicted."""
    outcome = simulated(program, scenario, [*arguments, f"--published={rate}"])
    found = outcome["streaming"]["conditions"] if outcome["streaming"] else []
    texts = [
        CONDITIONS[each["what"]].format(*(f"{digits(each[key])} {each['unit']}" for key in ("needed", "predicted")))
        for each in found
        if each["needed"] is not None
    ]
    return f"Needs {'; or '.join(texts)}" if texts else "No value of any one part would do"


def remark_on(program, folder, entry, figure):
    """What the entry says, and what a published decode rate outside the interval would need."""
    texts = [entry["remark"]] if "remark" in entry else []
    value = published(entry)[0]
    if figure and entry["figure"] == "decode" and not inside(figure, value):
        path = folder / f"{entry['scenario']}.yaml"
        texts.append(conditions_for(program, path, entry.get("arguments", []), value))
    return ". ".join(texts)


def comparison_row(program, folder, entry, figure, with_fit, with_inputs):
    heading, _, unit = FIGURES[entry["figure"]]
    value, source = published(entry)
    cells = [with_arguments(entry), f"{heading}, {unit}"]
    if figure:
        ratio = digits(figure["value"] / value, 2)
        cells += [with_interval(figure), digits(value, 4), ratio, "yes" if inside(figure, value) else "**no**"]
    else:
        cells += ["does not fit", digits(value, 4), "-", "**no**"]
    cells += [fitted(program, entry) or "no"] if with_fit else []
    cells += [entry.get("consumed", "nothing"), remark_on(program, folder, entry, figure)] if with_inputs else []
    return "| " + " | ".join([*cells, source]) + " |"


def comparisons(program, folder):
    pairs = compared(program, folder)
    with_fit = any(fitted(program, entry) for entry, _ in pairs)
    with_inputs = any("consumed" in entry for entry, _ in pairs)
    rows = [comparison_row(program, folder, *pair, with_fit, with_inputs) for pair in pairs]
    heads = ["scenario", "figure", "predicted (90 % interval)", "published", "ratio", "inside?"]
    heads += ["in a fit?"] if with_fit else []
    heads += ["consumed", "condition, remark"] if with_inputs else []
    heads.append("source")
    return ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|", *rows]


def coverage_row(name, pairs):
    hits = sum(1 for entry, figure in pairs if figure and inside(figure, published(entry)[0]))
    ratios = sorted(figure["value"] / published(entry)[0] for entry, figure in pairs if figure)
    middle = digits(ratios[len(ratios) // 2], 2) if ratios else "-"
    spread = f"{digits(ratios[0], 2)} … {digits(ratios[-1], 2)}" if ratios else "-"
    return f"| {name} | {len(pairs)} | {hits} | {hits / len(pairs):.0%} | {middle} | {spread} |"


def coverage(program, folder):
    """Counts over comparisons.json: by group and figure, and of all rows and those that nothing was fitted to."""
    pairs = [pair for pair in compared(program, folder) if not pair[0].get("alternative")]
    free = [pair for pair in pairs if not fitted(program, pair[0])]
    groups = {}
    for pair in pairs:
        groups.setdefault((pair[0].get("group", "all"), FIGURES[pair[0]["figure"]][0]), []).append(pair)
    rows = [coverage_row(f"{group}: {figure}", members) for (group, figure), members in groups.items()]
    rows.append(coverage_row(f"all, {INTERVAL:.0%} expected", pairs))
    rows += [coverage_row("of these in no fit", free)] if 0 < len(free) < len(pairs) else []
    head = "| rows | count | inside | share | middle ratio | ratios |"
    return [head, "|---|---|---|---|---|---|", *rows]


def prompt_for(program, scenario, arguments, seconds, end, at_most):
    """The longest prompt whose first token comes within so many seconds, taking this end of the predicted interval."""
    low, high = 1, at_most
    while high - low > 1:
        middle = (low + high) // 2
        words = [*arguments, f"--prompt={middle}", f"--context={middle + 1024}"]
        time = report(program, scenario, words)["time_to_first_token_s"]
        low, high = (middle, high) if time[end] <= seconds else (low, middle)
    return low


def prompt_row(program, folder, entry):
    seconds, source = published(entry)
    scenario, arguments = folder / f"{entry['scenario']}.yaml", entry.get("arguments", [])
    at_most = entry.get("at_most", 2**17)
    shortest, middle, longest = (
        prompt_for(program, scenario, arguments, seconds, end, at_most) for end in ("high", "value", "low")
    )
    length = f"{digits(middle, 2)} ({digits(shortest, 2)} … {digits(longest, 2)})"
    return f"| {with_arguments(entry)} | {digits(seconds, 4)} | {length} | {source} |"


def prompt_lengths(program, folder):
    rows = [prompt_row(program, folder, entry) for entry in entries(folder, "prompt_lengths.json")]
    head = "| scenario | published time to the first token, s | prompt it belongs to, tokens (90 % interval) | source |"
    return [head, "|---|---|---|---|", *rows]


def streamed_row(program, folder, entry):
    outcome = report(program, folder / f"{entry['scenario']}.yaml", entry.get("arguments", []))
    fits = outcome["verdict"] != "does-not-fit"
    stream = outcome["streaming"]
    cells = [entry["what"], with_arguments(entry)]
    if not fits:
        cells += [verdict_of(outcome), "-", "-", "-", "-"]
    else:
        cells += [with_interval(outcome["decode_tokens_per_second"]), with_interval(outcome["time_to_first_token_s"])]
        cells.append(with_interval(outcome["cache_hit_rate"], 100.0) if stream else "resident")
        cells.append(f"{stream['application_hit_rate']:.0%}" if stream and stream["expert_cache_bytes"] else "-")
        cells.append(digits(stream["read_bytes_per_token"] / 1e6) if stream else "0")
    return "| " + " | ".join(cells) + " |"


def streamed_variations(program, folder):
    rows = [streamed_row(program, folder, entry) for entry in entries(folder, "streamed.json")]
    head = (
        "| | scenario | decode, token/s (90 % interval) | first token, s "
        "| experts in memory, % | of them in its own cache | read per token, MB |"
    )
    return [head, "|---|---|---|---|---|---|---|", *rows]


def layer_time(outcome, entry):
    """Milliseconds of the entry's steps; of the whole layer with the interval that the token rate leaves for it."""
    stream = outcome["streaming"]
    steps = [step for step in stream["layer_steps"] if entry["steps"] == "all" or step["what"] in entry["steps"]]
    if not steps:
        sys.exit(f"{entry['steps']}: none of {[step['what'] for step in stream['layer_steps']]}")
    middle = 1e3 * sum(step["time_s"] for step in steps)
    if entry["steps"] != "all":
        return middle, digits(middle)
    token = time_per(outcome["decode_tokens_per_second"], 1e3)
    ends = ((token[end] - 1e3 * stream["outside_layers_s"]) / stream["routed_layers"] for end in ("low", "high"))
    return middle, f"{digits(middle)} ({' … '.join(digits(end, 2) for end in ends)})"


def layer_row(program, folder, entry):
    outcome = simulated(program, folder / f"{entry['scenario']}.yaml", entry.get("arguments", []))
    middle, text = layer_time(outcome, entry)
    value, source = published(entry)
    consumed = entry.get("consumed", "nothing")
    cells = [with_arguments(entry), entry["what"], text, digits(value), digits(middle / value, 2), consumed, source]
    return "| " + " | ".join(cells) + " |"


def layer_times(program, folder):
    rows = [layer_row(program, folder, entry) for entry in entries(folder, "layers.json")]
    head = "| scenario | part of a layer | predicted, ms | published, ms | ratio | consumed | source |"
    return [head, "|---|---|---|---|---|---|---|", *rows]


def signed_percent(ratio):
    return f"{100 * (ratio - 1):+.3g} %"


def hits_of(stream, row):
    """Share of experts in memory, predicted beside counted: in the engine's own cache where it has one."""
    counted = number_in(row, "hit_pct")
    if not stream:
        return "resident"
    share = stream["application_hit_rate"] if stream["expert_cache_bytes"] else stream["hit_rate"]
    return f"{100 * share:.0f}" + (f" ({counted:.0f})" if counted is not None else "")


def published_change(entry, base):
    """Ratios to the sweep's first row that the publication gives, and how it gives them."""
    if "quoted" in entry:
        texts = " and ".join(f"{change:+g} %" for change in entry["quoted"])
        return [1 + change / 100 for change in entry["quoted"]], f"{texts} (quoted)"
    ratio = published(entry)[0] / published(base)[0]
    return [ratio], signed_percent(ratio)


def close(ratio, others):
    return any(abs(math.log(ratio / other)) <= math.log(1 + NOISE) for other in others)


def unexpressed_row(entry):
    value, source = published(entry)
    rate = "-" if entry.get("change_only") else digits(value)
    change = published_change(entry, entry)[1] if "quoted" in entry else "-"
    needs = f"Not in the model: {entry['missing']}"
    return [entry["what"], "-", "-", "-", "-", rate, change, "-", "-", "-", needs, source]


def change_cells(program, path, entry, base, figure, base_figure):
    """Predicted and published change against the sweep's first row, whether they agree, and what agreement needs."""
    arguments = entry.get("arguments", [])
    if entry is base:
        value = published(entry)[0]
        agreed = close(figure["value"], [value])
        return "first row", "first row", "-", "" if agreed else conditions_for(program, path, arguments, value)
    ratio = figure["value"] / base_figure["value"]
    others, text = published_change(entry, base)
    agreed = close(ratio, others)
    needs = "" if agreed else conditions_for(program, path, arguments, base_figure["value"] * others[0])
    return signed_percent(ratio), text, "yes" if agreed else "**no**", needs


def experiment_row(program, folder, entry, base):
    """The cells of an experiment and its predicted rate; `base` is its sweep's first row and that row's rate."""
    path, arguments = folder / f"{entry['scenario']}.yaml", entry.get("arguments", [])
    outcome = simulated(program, path, arguments)
    figure = outcome["decode_tokens_per_second"]
    value, source = published(entry)
    first, base_figure = base or (entry, figure)
    predicted, change, agreed, needs = change_cells(program, path, entry, first, figure, base_figure)
    if entry.get("change_only"):
        rate, in_interval = "-", "-"
    else:
        rate, in_interval = digits(value), "yes" if inside(figure, value) else "**no**"
    remark = ". ".join(text for text in (entry.get("remark", ""), needs) if text)
    hits = hits_of(outcome["streaming"], measured_row(entry["id"]))
    cells = [entry["what"], with_arguments(entry), with_interval(figure), hits, predicted, rate, change, in_interval, agreed]
    return [*cells, entry.get("consumed", "nothing"), remark, source], figure


def sweep_table(program, folder, members):
    rows, base = [], None
    for entry in members:
        if "missing" in entry:
            rows.append(unexpressed_row(entry))
            continue
        cells, figure = experiment_row(program, folder, entry, base)
        base = base or (entry, figure)
        rows.append(cells)
    heads = ["experiment", "expressed as", "predicted, token/s (90 % interval)", "in memory, % (counted)", "predicted change"]
    heads += ["published, token/s", "published change", "rate inside?", f"change within {NOISE:.0%}?"]
    heads += ["consumed", "condition, remark", "source"]
    return ["| " + " | ".join(cells) + " |" for cells in (heads, ["---"] * len(heads), *rows)]


def experiments(program, folder):
    sweeps = {}
    for entry in entries(folder, "experiments.json"):
        sweeps.setdefault(entry["sweep"], []).append(entry)
    tables = [["", f"**{name}**", "", *sweep_table(program, folder, members)] for name, members in sweeps.items()]
    return [line for table in tables for line in table][1:]


def duration(seconds):
    return f"{digits(seconds / 60)} min" if seconds >= 100 else f"{digits(seconds)} s"


def series_rows(program, folder, entry):
    outcome = simulated(program, folder / f"{entry['scenario']}.yaml", entry.get("arguments", []))
    for row in outcome["streaming"]["series"]:
        first, last = row["first_token"], row["last_token"]
        case = row["case_temperature_c"]
        cells = [
            with_arguments(entry),
            f"{row['phase']} {first}" + (f" … {last}" if last > first else ""),
            duration(row["end_s"]),
            digits(row["tokens_per_second"]),
            f"{row['hit_rate']:.0%}",
            digits(row["read_bytes_per_token"] / 1e6),
            f"{row['speed']:.0%}",
            digits(case) if case is not None else "-",
        ]
        yield "| " + " | ".join(cells) + " |"


def run_series(program, folder):
    rows = [row for entry in entries(folder, "series.json") for row in series_rows(program, folder, entry)]
    head = "| scenario | tokens | until | token/s | experts in memory | read per token, MB | chip's speed | case, °C |"
    return [head, "|---|---|---|---|---|---|---|---|", *rows]


def heat_row(program, folder, entry):
    stream = simulated(program, folder / f"{entry['scenario']}.yaml", entry.get("arguments", []))["streaming"]
    answer = [row for row in stream["series"] if row["phase"] == "answer"]
    throttled = [row for row in answer if row["speed"] < 0.995]
    cells = [
        with_arguments(entry),
        digits(stream["sustained_power_w"]),
        f"{throttled[0]['phase']} {throttled[0]['first_token']}" if throttled else "never",
        f"{answer[-1]['speed']:.0%}",
        digits(answer[-1]["case_temperature_c"]),
        digits(answer[-1]["tokens_per_second"] / max(row["tokens_per_second"] for row in answer if row["last_token"] > 20)),
    ]
    return "| " + " | ".join(cells) + " |"


def heat(program, folder):
    head = (
        "| scenario | power it sheds for ever, W | slower than 99.5 % from the row of | chip's speed at the end "
        "| case at the end, °C | token rate at the end over the best |"
    )
    return [head, "|---|---|---|---|---|---|", *(heat_row(program, folder, entry) for entry in entries(folder, "series.json"))]


TABLES = {
    "boxes": boxes,
    "variations": variations,
    "redundancy": redundancy,
    "monthly-costs": monthly_costs,
    "comparisons": comparisons,
    "coverage": coverage,
    "prompt-lengths": prompt_lengths,
    "streamed-variations": streamed_variations,
    "layer-times": layer_times,
    "experiments": experiments,
    "run-series": run_series,
    "heat": heat,
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
