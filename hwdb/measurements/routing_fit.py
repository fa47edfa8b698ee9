#!/usr/bin/python3
"""Fits how models choose experts to counted statistics (routing.yaml) and writes the figures where they are used.

    cmake --build build --target plimsoll-routing-curves
    hwdb/measurements/routing_fit.py build/hwdb/plimsoll-routing-curves

rewrites the `routing:` keys of models/*.yaml, hwdb/routing.yaml and routing.md. Needs Debian's python3-numpy,
python3-scipy and python3-yaml. No speed is read.

Per model three parameters (doc/routing.md): skew, reuse, memory. The tool plays the process at the points of a grid with
the rows' own run lengths; between them the rows are interpolated by cubic splines. The likelihood of a parameter set is
normal in the rows' errors in points. Rows of one run share a text, so that n of them weigh like sqrt(n). The standard
deviation is that of the best fit's errors, at least that between texts. Runs of unstated length are averaged over it, uniform in its logarithm. Priors
are flat over the grid (skew linear, reuse linear, memory logarithmic); values are the best fit.

The parameters make up for each other, and who reads the figures varies one at a time. So each range is taken with the
other two held, and widened until the rows' hit rates spread as a new row would: by the posterior and by the fit's errors
together. The marginal ranges (in routing.md) would spread hit rates several times too far.
"""

import collections
import pathlib
import re
import subprocess
import sys

import numpy as np
import yaml
from scipy.ndimage import map_coordinates
from scipy.stats import t as student

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SKEW = np.linspace(0.0, 2.0, 11)
REUSE = np.linspace(0.0, 0.9, 10)
MEMORY = np.logspace(0, 7, 8, base=2)
FINE = 5  # steps between two points of the grid
# Points: three prompts through the same cache hit 94.7, 90.0 and 95.3 % [IMP1359]; a row that is one text's is not known
# better than that of another.
LEAST_SPREAD = 2.9
SPREAD_90 = 1.645  # standard deviations of half a 90 % interval
NAMES = ("skew", "reuse", "memory")
BOUNDS = ((0.01, 8.0), (0.001, 0.95), (1.0, 1000.0))
DRAWS = 4000
PRIOR_DRAWS = 300


def ask(tool, model, parameters):
    """Values of the model's rows, one line per parameter set."""
    lines = "".join(f"{s} {r} {m}\n" for s, r, m in parameters)
    out = subprocess.run([tool, HERE / "routing.yaml", model], input=lines, capture_output=True, text=True, check=True)
    return np.array([[float(x) for x in line.split()] for line in out.stdout.splitlines()])


def finer(axis):
    return np.interp(np.arange(FINE * (len(axis) - 1) + 1) / FINE, np.arange(len(axis)), axis)


def columns_of(rows):
    """The tool's columns of each row: one, or three where the length is not stated."""
    first, result = 0, []
    for row in rows:
        count = 3 if len(row["tokens"]) == 2 else 1
        result.append(list(range(first, first + count)))
        first += count
    return result


class Fit:
    def __init__(self, tool, model):
        self.model = model["model"]
        self.rows = model["rows"]
        self.columns = columns_of(self.rows)
        self.runs = collections.defaultdict(list)
        for index, row in enumerate(self.rows):
            if row.get("fitted", True):
                self.runs[row["run"]].append(index)
        self.play(tool)
        self.spread = 5.0
        for _ in range(4):  # the spread of the errors, and the lengths it makes likely, by turns
            self.judge()
        self.take_best(tool)

    def play(self, tool):
        points = [(s, r, m) for s in SKEW for r in REUSE for m in MEMORY]
        shape = (len(SKEW), len(REUSE), len(MEMORY))
        coarse = ask(tool, self.model, points).reshape(*shape, -1)
        self.skew, self.reuse, self.memory = finer(SKEW), finer(REUSE), 2.0 ** finer(np.log2(MEMORY))
        at = np.meshgrid(*(np.arange(FINE * (n - 1) + 1) / FINE for n in shape), indexing="ij")
        self.values = np.stack([map_coordinates(coarse[..., c], at, order=3, mode="nearest") for c in range(coarse.shape[-1])], -1)

    def judge(self):
        log_likelihood = 0.0
        for indices in self.runs.values():
            lengths = max(len(self.columns[i]) for i in indices)
            weight = 1.0 / np.sqrt(len(indices))
            squares = np.stack([sum((self.values[..., self.columns[i][min(l, len(self.columns[i]) - 1)]] - self.rows[i]["value"]) ** 2
                                    for i in indices) for l in range(lengths)])
            exponents = -0.5 * weight * squares / self.spread ** 2
            log_likelihood = log_likelihood + np.logaddexp.reduce(exponents, axis=0) - np.log(lengths)
        self.posterior = np.exp(log_likelihood - log_likelihood.max())
        self.posterior /= self.posterior.sum()
        self.best = np.unravel_index(self.posterior.argmax(), self.posterior.shape)
        squares = weights = 0.0
        for indices in self.runs.values():
            weight = 1.0 / np.sqrt(len(indices))
            squares += weight * sum(self.error(i) ** 2 for i in indices)
            weights += weight * len(indices)
        witnesses = sum(np.sqrt(len(indices)) for indices in self.runs.values())
        self.spread = max(np.sqrt(squares / weights * witnesses / max(witnesses - 3.0, 1.0)), LEAST_SPREAD)

    def predicted(self, index):
        """At the best fit; a run of unstated length at the one that suits its run best."""
        row = self.rows[index]
        columns = self.columns[index]
        if len(columns) == 1:
            return self.values[self.best][columns[0]]
        mates = [i for i in self.runs[row["run"]] if len(self.columns[i]) == 3] or [index]
        error = [sum(abs(self.values[self.best][self.columns[i][l]] - self.rows[i]["value"]) for i in mates) for l in range(3)]
        return self.values[self.best][columns[int(np.argmin(error))]]

    def error(self, index):
        return self.predicted(index) - self.rows[index]["value"]

    def take_best(self, tool):
        axes = (self.skew, self.reuse, self.memory)
        self.value = [float(f"{axis[i]:.3g}") for axis, i in zip(axes, self.best)]
        self.marginal = []
        for which, axis in enumerate(axes):
            mass = np.cumsum(self.posterior.sum(axis=tuple({0, 1, 2} - {which})))
            self.marginal.append(tuple(float(np.interp(p, mass, axis)) for p in (0.05, 0.95)))
        held = [self.posterior[:, self.best[1], self.best[2]], self.posterior[self.best[0], :, self.best[2]], self.posterior[self.best[0], self.best[1], :]]
        held = [mass / mass.sum() for mass in held]
        sigmas = [deviation(np.log(np.maximum(axis, 0.02)), mass) for axis, mass in zip(axes, held)]
        fitted = [c for indices in self.runs.values() for i in indices for c in self.columns[i][:1]]
        draw = np.random.default_rng(1)
        joint = np.unravel_index(draw.choice(self.posterior.size, DRAWS, p=self.posterior.ravel()), self.posterior.shape)
        alone = tuple(draw.choice(len(mass), DRAWS, p=mass) for mass in held)
        together, apart = (np.sqrt(np.mean(self.values[at][:, fitted].var(axis=0))) for at in (joint, alone))
        widening = np.sqrt(together ** 2 + self.spread ** 2) / apart
        self.range = [around(v, sigma * widening * SPREAD_90, bounds) for v, sigma, bounds in zip(self.value, sigmas, BOUNDS)]
        self.final = ask(tool, self.model, [self.value])[0]
        self.values = self.final.reshape(1, 1, 1, -1)
        self.best = (0, 0, 0)

    def mean_error(self):
        return float(np.sqrt(np.mean([self.error(i) ** 2 for indices in self.runs.values() for i in indices])))


def deviation(values, mass):
    mean = np.sum(values * mass)
    return float(np.sqrt(np.sum((values - mean) ** 2 * mass)))


def around(value, half, bounds):
    """A 90 % range of a log-normal, inside what the process accepts."""
    return max(value * np.exp(-half), bounds[0]), min(value * np.exp(half), bounds[1])


def prior(fits, tool):
    """Centre and spread over the fitted models for one that nobody counted, judged on the shape of the first."""
    values = np.array([fit.value for fit in fits])
    count = len(fits)
    transformed = np.log(values)
    centre = [float(f"{v:.3g}") for v in np.exp(transformed.mean(axis=0))]
    sigma = transformed.std(axis=0, ddof=1)
    reference = fits[0]
    columns = [reference.columns[i][0] for i, row in enumerate(reference.rows) if row["statistic"].startswith("lru")]
    among = ask(tool, reference.model, values)[:, columns]
    draw = np.random.default_rng(1)
    random = np.exp(np.log(centre) + draw.normal(size=(PRIOR_DRAWS, 3)) * sigma)
    random = np.clip(random, [b[0] for b in BOUNDS], [b[1] for b in BOUNDS])
    independent = ask(tool, reference.model, random)[:, columns]
    scale = np.sqrt(np.mean(among.var(axis=0, ddof=1)) / np.mean(independent.var(axis=0)))
    new_model = student.ppf(0.95, count - 1) * np.sqrt(1.0 + 1.0 / count)
    ranges = [around(c, s * scale * new_model, b) for c, s, b in zip(centre, sigma, BOUNDS)]
    middle = ask(tool, reference.model, [centre])[0][columns]
    return centre, ranges, among.mean(axis=0) - middle, np.sqrt(np.mean(among.var(axis=0, ddof=1)))


def figure(value, bounds, source, confidence):
    low, high = (float(f"{b:.2g}") for b in bounds)
    return f'{{value: {value:g}, range: [{min(low, value):g}, {max(high, value):g}], source: "{source}", status: fitted, confidence: {confidence}}}'


def figures(values, ranges, source, confidence, indent):
    return "".join(f"{indent}{name}: {figure(v, r, source, confidence)}\n" for name, v, r in zip(NAMES, values, ranges))


def write_model(fit, source):
    path = ROOT / "models" / f"{fit.model}.yaml"
    if not path.exists():
        return
    text = re.sub(r"(?m)^routing:\n(  .*\n)+", "", path.read_text())
    block = "routing:\n" + figures(fit.value, fit.range, source + ": routing_fit.py", "medium", "  ")
    path.write_text(re.sub(r"(?m)^published_parameters:", block + "published_parameters:", text, count=1))


def write_prior(fits, tool):
    centre, ranges, offset, among = prior(fits, tool)
    names = ", ".join(fit.model for fit in fits)
    (ROOT / "hwdb/routing.yaml").write_text(
        "kind: routing\n# How a mixture of experts chooses of which nobody counted it: centre and spread over the models that\n"
        "# hwdb/measurements/routing_fit.py fitted. Written by that script.\n"
        + figures(centre, ranges, "D: over " + names, "low", "")
        + "# The busiest of 32 members with 8 of DeepSeek-R1's experts each got 2.56 times the mean: Zipf's law with 0.69\n"
        "# (engine/catalog/expert_popularity.h); of other models in proportion to their skew.\n"
        'mixed_skew: {value: 0.69, range: [0.45, 1], source: "TRTEP: imbalance ratio of 1.56", status: measured, confidence: low}\n')
    return centre, ranges, offset, among


def write_page(fits, found):
    centre, ranges, offset, among = found
    page = ["# Routing parameters: what they were fitted to, and how well", "",
            "Written by routing_fit.py, which says how; the process is in [doc/routing.md](../../doc/routing.md), the rows with their",
            "sources in [routing.yaml](routing.yaml). Values in per cent, errors in points. No speed was read.", "",
            "| model | skew | reuse | memory, tokens | rows | rms error | marginal ranges |", "| --- | --- | --- | --- | --- | --- | --- |"]
    short = lambda pair: f"{pair[0]:.2g} to {pair[1]:.2g}"
    for fit in fits:
        cells = [f"{v:g} ({short(r)})" for v, r in zip(fit.value, fit.range)]
        rows = sum(len(indices) for indices in fit.runs.values())
        page.append(f"| {fit.model} | {' | '.join(cells)} | {rows} | {fit.mean_error():.1f} | {'; '.join(short(m) for m in fit.marginal)} |")
    page.append(f"| prior | {' | '.join(f'{v:g} ({short(r)})' for v, r in zip(centre, ranges))} | | | |")
    page += ["", f"On the shape of {fits[0].model} the models' parameters give LRU hit rates that lie {among:.0f} points (standard deviation)",
             f"apart; the prior's centre is {abs(offset.mean()):.1f} points {'below' if offset.mean() > 0 else 'above'} their mean."]
    for fit in fits:
        page += ["", f"## {fit.model}", "", "| row | counted | process | error |", "| --- | --- | --- | --- |"]
        for i, row in enumerate(fit.rows):
            remark = "" if row.get("fitted", True) else f" (not fitted: {row['note']})"
            page.append(f"| {row['id']}{remark} | {row['value']:.1f} | {fit.predicted(i):.1f} | {fit.error(i):+.1f} |")
    (HERE / "routing.md").write_text("\n".join(page) + "\n")


def main(tool):
    data = yaml.safe_load((HERE / "routing.yaml").read_text())["models"]
    fits = [Fit(tool, model) for model in data]
    for fit, model in zip(fits, data):
        write_model(fit, model["source"])
    write_page(fits, write_prior(fits, tool))


if __name__ == "__main__":
    main(*sys.argv[1:])
