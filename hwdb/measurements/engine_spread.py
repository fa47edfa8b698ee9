#!/usr/bin/python3
"""How far two engines' decode rates differ on one device: the spread of an engine that runs on another one's figures.

    hwdb/measurements/engine_spread.py        # rewrites engine_spread.md

Rows of one source that agree in device, variant, number of devices, model, quantization, batch, prompt and depth and
differ in the engine. Doubtful rows and rows under load are left out.
"""

import collections
import math
import pathlib

import yaml

HERE = pathlib.Path(__file__).resolve().parent


def setting(point):
    hardware = point["hardware"]
    return (point["source"].split("@")[0], hardware.get("device"), hardware.get("variant"), hardware.get("count"),
            point["model"], point.get("quant"), point.get("batch", 1), point.get("context_depth"),
            point.get("prompt_tokens"), point.get("gen_tokens"), point.get("threads"))


def rates_by_setting(points):
    """setting -> engine -> mean decode rate, where several engines were measured."""
    rates = collections.defaultdict(lambda: collections.defaultdict(list))
    for p in points:
        if p["metric"] == "decode_tps" and not p.get("flags") and not p.get("concurrency"):
            rates[setting(p)][p["engine"]].append(p["value"])
    means = {s: {e: sum(v) / len(v) for e, v in engines.items()} for s, engines in rates.items()}
    return {s: engines for s, engines in means.items() if len(engines) > 1}


def main():
    rates = rates_by_setting(yaml.safe_load((HERE / "published.yaml").read_text()))
    squares, freedom = 0.0, 0
    rows = []
    for s, engines in rates.items():
        logs = [math.log(v) for v in engines.values()]
        mean = sum(logs) / len(logs)
        squares += sum((x - mean) ** 2 for x in logs)
        freedom += len(logs) - 1
        listed = ", ".join(f"{e} {v:.3g}" for e, v in sorted(engines.items()))
        rows.append(f"| {s[1]} | {s[4]} | {s[5]} | {listed} |")
    own = math.sqrt(squares / freedom)
    lines = ["# How far engines differ on one device", "",
             "Written by `engine_spread.py`; do not edit.", "",
             f"{len(rates)} settings, {freedom} degrees of freedom. Standard deviation of the log decode rate of an engine "
             f"about the mean of the engines there: {own:.2f}; of the difference of two engines: {own * math.sqrt(2):.2f}.",
             "", "| device | model | quantization | tokens per second |", "|---|---|---|---|"] + rows
    (HERE / "engine_spread.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
