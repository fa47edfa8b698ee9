#!/usr/bin/python3
"""Fits the engines' factors to published single-stream and fixed-batch rates and writes them into hwdb/engines.

    plimsoll-work-vectors hwdb/measurements/published.yaml > points.json
    hwdb/measurements/engine_factors.py points.json           # rewrites hwdb/engines/*.yaml and engine_factors.md
    hwdb/measurements/engine_factors.py points.json mlx       # only this engine's file and section

Needs Debian's python3-numpy and python3-scipy. No point of a system that an example shows is used (EXAMPLES below),
nor any point of several machines, nor any that its own source or reader flagged as doubtful.

Model, per operator (doc/cost-model.md): t = gap * launches + ((flop / rate)^p + (bytes / bandwidth)^p)^(1/p).
Residuals are log(predicted / measured). Every (source, device, variant, model) weighs alike. Parameters are fitted in
log space with a loose prior (a factor of about 1.5 to 2 either way), which decides where data are silent: backends with
few points lean on the pooled fit of all backends of the engine. Nothing may exceed the achievable roof.
"""

import collections
import json
import pathlib
import re
import sys

import numpy as np
from scipy.optimize import least_squares

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = re.compile(r"^(m3-max|a19-pro|ryzen-ai-max-plus-395|h100|a100|rtx-4090)")
EXPONENT = 4.0  # of the smooth roofline, as in the engine files
MANY_DEVICES = "llama.cpp"  # the engine that was measured on many devices; first of FAMILIES
VECTOR_BANDWIDTH = 0.5  # as in the engine files: not separable from the gap
FAMILIES = {
    "llama.cpp": ["f16", "q8", "q4", "kquant4", "kquant6", "mxfp4"],
    "vllm": ["f16", "fp8", "int4", "int8", "nvfp4", "mxfp4"],
    "mlx": ["f16", "affine4", "affine6", "affine8", "mxfp4"],
    "distributed-llama": ["q4"],
    "tensorrt-llm": ["f16", "fp8", "int4", "int8", "nvfp4", "mxfp4"],
}
BACKEND_SCALE = 0.6  # a backend may leave the pooled fit by this part of the prior
FAMILY_PARENT = {"kquant2": "kquant4", "kquant3": "kquant4", "kquant5": "kquant4", "iquant": "kquant4", "affine2": "affine4", "affine3": "affine4", "f32": "f16"}

# start value, standard deviation of the prior in log space, lower and upper bound
PRIOR = {
    "gap": (2e-6, 0.7, 2e-7, 3e-5),
    "step_overhead": (3e-4, 1.0, 1e-5, 2e-2),
    "bandwidth": (0.75, 0.35, 0.05, 1.0),
    "core_bytes": (8.0, 0.7, 0.5, 200.0),
    "core_bytes_f16": (8.0, 0.7, 0.5, 200.0),
    "expert_bandwidth": (0.8, 0.35, 0.1, 1.0),
    "attention_bandwidth": (0.5, 0.5, 0.02, 1.0),
    "matrix": (0.5, 0.6, 0.02, 1.0),
    "matrix_f16": (0.5, 0.6, 0.02, 1.0),
    "half_rows": (64.0, 0.7, 2.0, 600.0),
    "attention_compute": (0.3, 0.6, 0.01, 1.0),
}


# CPUs do not resemble the pooled GPUs: llama.cpp-class engines reach 60 to 85 % of STREAM, and a barrier between threads
# replaces the launch (the fact base's remark on server CPUs; medium confidence).
CPU_CENTRE = {"bandwidth": 0.72, "expert_bandwidth": 0.9, "attention_bandwidth": 0.5, "matrix": 0.5, "matrix_f16": 0.5,
              "attention_compute": 0.3, "gap": 5e-6, "half_rows": 8.0}


def families_of(engine):
    return FAMILIES[engine]


def family(engine, name):
    known = families_of(engine)
    name = FAMILY_PARENT.get(name, name)
    return name if name in known else "default"


def parameter_names(engine):
    return ["gap", "step_overhead", "bandwidth:default"] + [f"bandwidth:{f}" for f in families_of(engine)] + [
        "core_bytes", "core_bytes_f16", "expert_bandwidth", "attention_bandwidth", "matrix", "matrix_f16", "half_rows", "attention_compute"]


def prior_of(name):
    return PRIOR[name.split(":")[0]]


class Point:
    """One measurement as arrays over its groups of identical operators, ready to be timed for any parameters."""

    def __init__(self, raw):
        self.raw = raw
        self.group = (raw["source"].split("@")[0], raw["device"], raw["variant"], raw["model"])
        self.prefill = raw["metric"] == "prefill_tps"
        groups = [g for p in raw["passes"] for g in p["groups"]]
        self.passes = len(raw["passes"])
        engine = raw["engine"]
        self.count = np.array([g["count"] for g in groups], float)
        self.launches = np.array([g["launches"] for g in groups], float)
        self.flop = np.array([g["flop"] for g in groups])
        self.bytes = np.array([g["bytes"] for g in groups])
        self.rows = np.array([g["rows"] for g in groups])
        self.memory = np.array([g["memory_roof"] for g in groups])
        self.compute = np.array([g["compute_roof"] for g in groups])
        self.core_cycles = np.array([g["core_cycles"] for g in groups])
        self.cpu = raw["backend"] == "cpu"
        self.fixed = float(np.sum(self.count * np.array([g["fixed"] for g in groups])))
        self.kinds = [g["kind"] for g in groups]
        self.families = [family(engine, g["family"]) for g in groups]
        self.expert = np.array([g["class"] == "routed experts" and g["kind"] == "matrix" for g in groups])
        self.is_matrix = np.array([k == "matrix" for k in self.kinds])
        self.is_attention = np.array([k == "attention" for k in self.kinds])
        self.is_message = np.array([k == "message" for k in self.kinds])
        self.many = self.rows > raw["mv_rows"]
        self.is_f16 = np.array([f == "f16" for f in self.families])
        names = parameter_names(engine)
        self.band_index = np.array([names.index(f"bandwidth:{f}") if m else -1
                                    for f, m in zip(self.families, self.is_matrix)])
        tokens = raw["tokens"] * raw["batch"] if self.prefill else 1.0
        self.measured_time = tokens / raw["value"]

    def predicted_time(self, x, index):
        p = np.exp(x)
        band = np.full(len(self.count), VECTOR_BANDWIDTH)
        band[self.is_matrix] = p[self.band_index[self.is_matrix]]
        band[self.expert] *= p[index["expert_bandwidth"]]
        band[self.is_attention] = p[index["attention_bandwidth"]]
        memory_time = self.bytes / (self.memory * band)
        if not self.cpu:  # cores that take in only so many bytes per cycle
            intake = np.where(self.is_f16, p[index["core_bytes_f16"]], p[index["core_bytes"]]) * self.core_cycles
            limited = self.is_matrix & (self.core_cycles > 0)
            intake_time = self.bytes[limited] / intake[limited]
            memory_time[limited] = (memory_time[limited]**EXPONENT + intake_time**EXPONENT) ** (1.0 / EXPONENT)
        efficiency = np.ones(len(self.count))
        product = self.is_matrix & self.many
        efficiency[product] = np.where(self.is_f16[product], p[index["matrix_f16"]], p[index["matrix"]])
        efficiency[product] *= self.rows[product] / (self.rows[product] + p[index["half_rows"]])
        efficiency[self.is_attention & self.many] = p[index["attention_compute"]]
        with np.errstate(divide="ignore", invalid="ignore"):
            compute_time = np.where(self.compute > 0, self.flop / (self.compute * efficiency), 0.0)
        work = (memory_time**EXPONENT + compute_time**EXPONENT) ** (1.0 / EXPONENT)
        work[self.is_message] = 0.0
        gaps = np.where(self.is_message, 0.0, self.launches * p[index["gap"]])
        return float(np.sum(self.count * (gaps + work))) + self.fixed + self.passes * p[index["step_overhead"]]

    def residual(self, x, index):
        return np.log(self.predicted_time(x, index) / self.measured_time)


def weights_of(points):
    sizes = collections.Counter((p.group, p.prefill) for p in points)
    return np.array([1.0 / np.sqrt(sizes[(p.group, p.prefill)]) for p in points])


def fit(points, engine, centre, prior_scale):
    names = parameter_names(engine)
    index = {n: i for i, n in enumerate(names)}
    weights = weights_of(points)
    low = np.log([prior_of(n)[2] for n in names])
    high = np.log([prior_of(n)[3] for n in names])
    sigma = np.array([prior_of(n)[1] for n in names]) * prior_scale
    noise = 0.12  # typical scatter of one witness in log space; sets the pull of the prior against the data

    def residuals(x):
        data = np.array([p.residual(x, index) for p in points]) * weights / noise
        robust = np.sign(data) * np.sqrt(2.0 * (np.sqrt(1.0 + data**2) - 1.0))  # pseudo-Huber
        return np.concatenate([robust, (x - centre) / sigma])

    start = np.clip(centre, low + 1e-6, high - 1e-6)
    solution = least_squares(residuals, start, bounds=(low, high))
    covariance = np.linalg.pinv(solution.jac.T @ solution.jac)
    return solution.x, np.sqrt(np.diag(covariance)), index


def spread(points, x, index, prefill):
    chosen = [p for p in points if p.prefill == prefill]
    if len(chosen) < 2:
        return None
    residual = np.array([p.residual(x, index) for p in chosen])
    weight = weights_of(chosen) ** 2
    order = np.argsort(np.abs(residual))
    cumulative = np.cumsum(weight[order]) / np.sum(weight)
    # Half width of the central 90 % of |log error|, as a standard deviation; the number of parameters is small
    # against that of the witnesses except where said in the table.
    return float(np.abs(residual)[order][np.searchsorted(cumulative, 0.9)] / 1.645)


def signif(value, digits=3):
    return f"{value:.{digits}g}"


def figure(value, low, high, unit="", confidence="medium"):
    text = lambda v: signif(v) + unit
    return (f"{{value: {text(value)}, range: [{text(low)}, {text(high)}], "
            f'source: "FIT: hwdb/measurements/engine_factors.md", status: fitted, confidence: {confidence}}}')


def backend_block(text, backend):
    start = re.search(rf"^  - id: {re.escape(backend)}$", text, re.M).start()
    end = re.search(r"^  - id: ", text[start + 4:], re.M)
    return start, (start + 4 + end.start()) if end else len(text)


def write_engine(engine, results):
    path = ROOT / "hwdb" / "engines" / f"{engine}.yaml"
    text = path.read_text()
    for backend, result in results.items():
        start, end = backend_block(text, backend)
        block = text[start:end]
        x, error, index = result["x"], result["error"], result["index"]
        confidence = "medium" if result["witnesses"] >= 8 else "low"

        def fig(name, scale=1.0, unit=""):
            value, sigma = np.exp(x[index[name]]), error[index[name]]
            upper = prior_of(name)[3]
            high = max(min(value * np.exp(1.645 * sigma), upper), value)
            return figure(value * scale, value * np.exp(-1.645 * sigma) * scale, high * scale, unit, confidence)

        block = re.sub(r"^    gap: .*$", "    gap: " + fig("gap", 1e6, " us"), block, flags=re.M)
        block = re.sub(r"^    step_overhead: .*$", "    step_overhead: " + fig("step_overhead", 1e6, " us"), block, flags=re.M)
        rows = [f"      default: {fig('bandwidth:default')}"]
        rows += [f"      {f}: {fig('bandwidth:' + f)}" for f in families_of(engine)]
        for child, parent in FAMILY_PARENT.items():
            if parent in families_of(engine):
                rows.append(f"      {child}: {fig('bandwidth:' + parent)}")
        block = re.sub(r"^    bandwidth:\n(      .*\n)+", "    bandwidth:\n" + "\n".join(rows) + "\n", block, flags=re.M)
        limits = (f"    core_bytes_per_cycle:\n      default: {fig('core_bytes')}\n      f16: {fig('core_bytes_f16')}\n"
                  f"      f32: {fig('core_bytes_f16')}\n")
        block = re.sub(r"^    core_bytes_per_cycle:\n(      .*\n)+", "", block, flags=re.M)
        if backend != "cpu":
            block = re.sub(r"^(    expert_bandwidth: )", lambda m: limits + m.group(1), block, flags=re.M)
        block = re.sub(r"^    expert_bandwidth: .*$", "    expert_bandwidth: " + fig("expert_bandwidth"), block, flags=re.M)
        block = re.sub(r"^    attention_bandwidth: .*$", "    attention_bandwidth: " + fig("attention_bandwidth"), block, flags=re.M)
        block = re.sub(r"^    attention_compute: .*$", "    attention_compute: " + fig("attention_compute"), block, flags=re.M)

        def path_text(match):
            name = "matrix_f16" if "f16" in match.group(1) else "matrix"
            half = signif(np.exp(x[index["half_rows"]]), 2)
            return (match.group(1) + match.group(2) + "        efficiency: " + fig(name) + f"\n        half_rows: {half}\n")

        block = re.sub(r"(      - families: .*\n)(        precisions: .*\n)        efficiency: .*\n        half_rows: .*\n", path_text, block)
        for key in ("decode_spread", "prefill_spread"):
            value = result[key]
            block = re.sub(rf"^    {key}: .*$",
                           f'    {key}: {{value: {signif(value, 2)}, source: "FIT: hwdb/measurements/engine_factors.md", '
                           f"status: fitted, confidence: {confidence}}}", block, flags=re.M)
        text = text[:start] + block + text[end:]
    path.write_text(text)


def table(engine, results):
    lines = [f"## {engine}", ""]
    for backend, r in results.items():
        lines += [f"### {backend}", "",
                  f"{r['witnesses']} witnesses (source, device, variant, model), {r['decode_points']} decode and "
                  f"{r['prefill_points']} prefill rows. Spread (standard deviation of the log error): decode "
                  f"{signif(r['decode_spread'], 2)}, prefill {signif(r['prefill_spread'], 2)}.", ""]
        if r["note"]:
            lines += [r["note"], ""]
        lines += ["| factor | value | error of its log | moved by the data |", "|---|---|---|---|"]
        for name, i in r["index"].items():
            moved = r["error"][i] < 0.8 * BACKEND_SCALE * prior_of(name)[1]
            lines.append(f"| {name} | {signif(float(np.exp(r['x'][i])))} | {signif(float(r['error'][i]), 2)} | "
                         f"{'yes' if moved else 'hardly'} |")
        lines += ["", "| device | rows | mean log error decode | prefill |", "|---|---|---|---|"]
        for device, (n, decode, prefill) in sorted(r["devices"].items()):
            show = lambda v: "-" if v is None else f"{v:+.2f}"
            lines.append(f"| {device} | {n} | {show(decode)} | {show(prefill)} |")
        lines += ["", "Rows: " + ", ".join(f"`{i}`" for i in r["ids"]), ""]
    return lines


def by_device(points, x, index):
    devices = {}
    for device in {p.raw["device"] for p in points}:
        own = [p for p in points if p.raw["device"] == device]
        mean = lambda flag: (lambda r: float(np.mean(r)) if r else None)([p.residual(x, index) for p in own if p.prefill == flag])
        devices[device] = (len(own), mean(False), mean(True))
    return devices


def sections(text):
    """The report's sections by engine, in order."""
    return {part.split("\n", 1)[0]: ("## " + part).rstrip().split("\n") + [""] for part in text.split("\n## ")[1:]}


def pooled_fit(points, engine):
    """All backends of an engine together: parameters, their index, spread of decode and of prefill."""
    centre = np.log([prior_of(n)[0] for n in parameter_names(engine)])
    pooled, _, index = fit(points, engine, centre, 1.0)
    return pooled, index, spread(points, pooled, index, False), spread(points, pooled, index, True)


def main():
    raw = json.load(open(sys.argv[1]))
    wanted = sys.argv[2:] or list(FAMILIES)
    report = ROOT / "hwdb" / "measurements" / "engine_factors.md"
    earlier = sections(report.read_text()) if report.exists() else {}
    usable = [p for p in raw["points"] if not p["doubtful"] and p["machines"] == 1 and not EXAMPLES.match(p["device"])]
    lines = ["# Engine factors and the rows they came from", "",
             "Written by `engine_factors.py`; do not edit. Points of the systems that the examples show, and points flagged as "
             "doubtful, are left out. A factor the data hardly moved keeps its prior or leans on the engine's pooled fit.", ""]
    device_spread = pooled_fit([Point(p) for p in usable if p["engine"] == MANY_DEVICES], MANY_DEVICES)[2:]
    for engine in FAMILIES:
        if engine not in wanted:
            lines += earlier.get(engine, [])
            continue
        points = [Point(p) for p in usable if p["engine"] == engine]
        if not points:
            continue
        names = parameter_names(engine)
        pooled, index, pooled_decode, pooled_prefill = pooled_fit(points, engine)
        results = {}
        text = (ROOT / "hwdb" / "engines" / f"{engine}.yaml").read_text()
        for backend in re.findall(r"^  - id: (\S+)$", text, re.M):
            own = [p for p in points if p.raw["backend"] == backend]
            centre_of_backend = pooled.copy()
            if backend == "cpu":
                for i, name in enumerate(names):
                    if name.split(":")[0] in CPU_CENTRE:
                        centre_of_backend[i] = np.log(CPU_CENTRE[name.split(":")[0]])
            if own:
                x, error, index = fit(own, engine, centre_of_backend, BACKEND_SCALE)
            else:
                x, error = centre_of_backend, np.array([prior_of(n)[1] for n in names]) * BACKEND_SCALE
            witnesses = len({p.group for p in own})
            few = len({p.raw["device"] for p in own}) < 4
            fallback = 0.5
            decode = spread(own, x, index, False)
            prefill = spread(own, x, index, True)
            # What one factor for all devices misses is known only where there are many of them.
            def widest(own_value, pool_value, over_devices):
                if not few and own_value is not None:
                    return own_value
                return max(v or 0.0 for v in (own_value, pool_value, over_devices)) or fallback
            results[backend] = {
                "x": x, "error": error, "index": index, "witnesses": witnesses,
                "decode_points": sum(not p.prefill for p in own), "prefill_points": sum(p.prefill for p in own),
                "decode_spread": widest(decode, pooled_decode, device_spread[0]),
                "prefill_spread": widest(prefill, pooled_prefill or fallback, device_spread[1]),
                "devices": by_device(own, x, index), "ids": sorted(p.raw["id"] for p in own),
                "note": "Fewer than four devices: leans on the pooled fit; spread at least that of the pooled llama.cpp fit, the only one over many devices." if few else "",
            }
        write_engine(engine, results)
        lines += table(engine, results)
    report.write_text("\n".join(lines).rstrip() + "\n")


if __name__ == "__main__":
    main()
