#!/usr/bin/env python3
"""Runs every published figure with the command line and writes docs/FIGURES.md (Python's standard library only).

    THALWEG_DATA=folder make figures
    THALWEG_DATA=folder Scripts/figures.py --only digits,mnist     # these rows; the others stay as they were measured
"""

import argparse
import csv
import json
import os
import platform
import random
import shlex
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = str((ROOT / os.environ.get("THALWEG", ".build/release/thalweg")).resolve())
DATA = os.environ.get("THALWEG_DATA")
SEEDS = 20


class Run:
    """One call of `thalweg train`: its JSON and the costs in its metrics.csv."""

    def __init__(self, work, command, **values):
        self.out = Path(work) / f"run-{len(os.listdir(work))}"
        words = [w.replace("$THALWEG_DATA", DATA) for w in shlex.split(command.format(**values))]
        start = time.monotonic()
        done = subprocess.run(
            [PROGRAM, *words, "--json", "--quiet", "--out", str(self.out)], capture_output=True, text=True)
        self.wall = time.monotonic() - start
        if done.returncode:
            raise RuntimeError(f"{command}: {done.stderr.strip()}")
        self.json = json.loads(done.stdout.strip().splitlines()[-1])

    def __getitem__(self, key):
        return self.json[key]

    def costs(self):
        with open(self.out / "metrics.csv") as file:
            return {int(row["step"]): float(row["train_cost"]) for row in csv.DictReader(file) if row["train_cost"]}


def safetensors(path, tensors):
    """Writes float64 tensors given as nested lists."""
    header, body = {}, b""
    for name, value in tensors.items():
        shape, flat = [], value
        while isinstance(flat[0], list):
            shape.append(len(flat))
            flat = [x for row in flat for x in row]
        shape = shape + [len(flat) // (shape[-1] if shape else 1)] if shape else [len(flat)]
        data = struct.pack(f"<{len(flat)}d", *flat)
        header[name] = {"dtype": "F64", "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)


def numpy_permutation(seed, count):
    """np.random.RandomState(seed).permutation(count): the 32-bit Mersenne Twister, seeded by its classic rule."""
    state = [seed]
    for i in range(1, 624):
        state.append((1812433253 * (state[-1] ^ (state[-1] >> 30)) + i) & 0xFFFFFFFF)
    source = random.Random()
    source.setstate((3, (*state, 624), None))
    order = list(range(count))
    for i in range(count - 1, 0, -1):
        mask = (1 << i.bit_length()) - 1
        j = source.getrandbits(32) & mask
        while j > i:
            j = source.getrandbits(32) & mask
        order[i], order[j] = order[j], order[i]
    return order


def npy(path, rows):
    """Writes int64 rows of equal length."""
    header = f"{{'descr': '<i8', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}"
    header = header.ljust(117).encode() + b"\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
        for row in rows:
            file.write(struct.pack(f"<{len(row)}q", *row))


def percent(x):
    return f"{100 * x:.2f} %"


def within(x, low, high):
    return low - 1e-9 <= x <= high + 1e-9


FIGURES = []

# Figures that miss what was asked for, for a reason that was looked into. They count as missed; the second check says whether they
# still are where the reason puts them.
NOTES = {
    "moons seeds": "75 to 85 % was estimated around the course's one seed (79.7 %). NumPy itself, with its seeds 1 to 20, gives plain descent a "
         "median of 86.0 % (quartiles 84.5 and 87.3 %, extremes 50 and 92 %).",
    "large weights": "83 / 86 % are one seed's, met below with its weights. NumPy itself, with its seeds 1 to 20, has the medians 75.7 / 71.5 % "
         "(quartiles 64-82 / 63-77 %, extremes 55 and 97 %).",
    "flower end": "Two of 400 examples: after 5,000 steps at rate 1.2 the last bits of a sum decide. NumPy on two machines gave 90.0 and 90.5 %.",
    "chaos": "With weights of N*10 the path depends on the last bits: NumPy with the same sums in another order gives 0.62458 at step 1,000 "
         "where the table has 0.62475, and the course printed 0.62373.",
}


def explained(met, note, stands):
    """True when met; else the note's name while the reason stands, and False when it does not."""
    return True if met else note if stands else False


def figure(name):
    def add(function):
        FIGURES.append((name, function))
        return function
    return add


@figure("digits")
def digits(work):
    command = "train digits --seed {seed}"
    runs = [Run(work, command, seed=s) for s in range(1, 11)]
    accuracy = statistics.median(r["test"] for r in runs)
    wall = max(r.wall for r in runs)
    yield "demo: test accuracy, median of 10 seeds", ">= 97 %", percent(accuracy), accuracy >= 0.97, command
    yield "demo: slowest of the 10 runs", "< 2 s", f"{wall:.2f} s", wall < 2, command


CATS = ("train $THALWEG_DATA/cat-vs-noncat/catvnoncat.npz --task binary --layers \"\" --init zeros --optimizer sgd "
        "--learning-rate 0.005 --batch-size full --steps 2000 --scale 255 --normalize none --dtype float64 --log-every-step")


@figure("cats")
def cats(work):
    run = Run(work, CATS)
    costs = run.costs()
    table = {0: 0.693147, 100: 0.584508, 500: 0.303273, 1000: 0.214820, 1500: 0.166521, 1900: 0.140872}
    error = max(abs(costs[s] - c) for s, c in table.items())
    yield "A1: costs at steps 0 to 1,900", "table to 1e-5", f"greatest difference {error:.1e}", error < 1e-5, CATS
    exact = abs(run["train"] - 207 / 209) < 1e-12 and abs(run["test"] - 0.7) < 1e-12
    yield "A1: accuracy, train / test", "99.04 % / 70 %", f"{percent(run['train'])} / {percent(run['test'])}", exact, CATS


RECIPE = "--task binary --batch-size full --optimizer sgd --normalize none"
FLOWER = ("train $THALWEG_DATA/course-2d/flower_400.csv " + RECIPE + " --split 1,0,0 --layers {layers} --activation tanh "
          "--learning-rate 1.2 --steps {steps}")
CIRCLES = ("train $THALWEG_DATA/course-2d/circles_train_300.csv --test $THALWEG_DATA/course-2d/circles_test_100.csv "
           + RECIPE + " --layers 10,5 --learning-rate 0.01 --steps 15000")
FOOTBALL = ("train $THALWEG_DATA/course-2d/football_train_211.csv --test $THALWEG_DATA/course-2d/football_test_200.csv "
            + RECIPE + " --layers 20,3 --learning-rate 0.3 --steps 30000 {extra}")
MOONS = ("train $THALWEG_DATA/course-2d/moons_300.csv --task binary --normalize none --split 1,0,0 --layers 5,2 "
         "--batch-size 64 --learning-rate 0.0007 --schedule constant --epochs 10000 --optimizer \"{optimizer}\"")


def median(work, command, part, **values):
    return statistics.median(Run(work, command + " --seed {seed}", seed=s, **values)[part] for s in range(1, SEEDS + 1))


@figure("flower")
def flower(work):
    command = FLOWER + " --init \"normal(scale=0.01)\""
    accuracy = median(work, command, "train", layers=4, steps=10000)
    yield ("A2: flower 2-4-1, median of 20 seeds", "89 to 92 %", percent(accuracy), within(accuracy, 0.89, 0.92),
           command.format(layers=4, steps=10000))
    for units, low, high in [(1, 0.65, 0.69), (2, 0.65, 0.69), (3, 0.895, 0.915), (4, 0.895, 0.915), (5, 0.895, 0.92),
                             (20, 0.895, 0.92), (50, 0.895, 0.92)]:
        accuracy = median(work, command, "train", layers=units, steps=5000)
        yield (f"A2: flower, {units} hidden unit{'s' if units > 1 else ''}, median of 20 seeds",
               "about 67 %" if units < 3 else "about 90 to 91 %", percent(accuracy), within(accuracy, low, high),
               command.format(layers=units, steps=5000))


@figure("circles")
def circles(work):
    for name, options, train, test in [
        ("zeros", "--init zeros", (0.5, 0.5), (0.5, 0.5)),
        ("N*10", "--init \"normal(scale=10)\"", (0.80, 0.86), (0.83, 0.89)),
        ("He", "--init he", (0.98, 1), (0.94, 0.98)),
    ]:
        runs = [Run(work, CIRCLES + " " + options + " --seed {seed}", seed=s) for s in range(1, SEEDS + 1)]
        a, b = (statistics.median(r[p] for r in runs) for p in ("train", "test"))
        yield (f"A4: circles, {name}, median of 20 seeds, train / test",
               {"zeros": "50 / 50 %", "N*10": "about 83 / 86 %", "He": "98-100 / 94-98 %"}[name],
               f"{percent(a)} / {percent(b)}",
               explained(within(a, *train) and within(b, *test), "large weights",
                         name == "N*10" and within(a, 0.64, 0.82) and within(b, 0.63, 0.77)), CIRCLES + " " + options)


@figure("football")
def football(work):
    for row, name, extra, train, test in [
        ("A5", "no penalty", "", (0.93, 0.96), (0.90, 0.93)),
        ("A5", "L2 0.7", "--l2 0.7", (0.93, 0.95), (0.92, 0.94)),
        ("A6", "dropout keep 0.86", "--keep-probability 0.86", (0.91, 0.95), (0.92, 0.96)),
    ]:
        options = extra + " --init xavier"
        runs = [Run(work, FOOTBALL + " --seed {seed}", extra=options, seed=s) for s in range(1, SEEDS + 1)]
        a, b = (statistics.median(r[p] for r in runs) for p in ("train", "test"))
        yield (f"{row}: football, {name}, median of 20 seeds, train / test",
               f"{100 * train[0]:.0f}-{100 * train[1]:.0f} / {100 * test[0]:.0f}-{100 * test[1]:.0f} %",
               f"{percent(a)} / {percent(b)}", within(a, *train) and within(b, *test), FOOTBALL.format(extra=options))


@figure("moons")
def moons(work):
    for optimizer, low, high in [("sgd", 0.75, 0.85), ("momentum(beta=0.9)", 0.75, 0.85), ("adam", 0.92, 0.95)]:
        accuracy = median(work, MOONS, "train", optimizer=optimizer)
        yield (f"A8: moons, {optimizer}, median of 20 seeds", f"{100 * low:.0f} to {100 * high:.0f} %", percent(accuracy),
               explained(within(accuracy, low, high), "moons seeds", optimizer != "adam" and within(accuracy, 0.845, 0.8734)),
               MOONS.format(optimizer=optimizer))


@figure("course-weights")
def course_weights(work):
    """NumPy's initial weights: the cost tables of the courses."""
    networks = {n["name"]: n for n in json.loads((ROOT / "Tests/Fixtures/course.json").read_text())["networks"]}
    recipes = {"flower": FLOWER, "circles": CIRCLES, "football": FOOTBALL}
    for name, network in networks.items():
        recipe = next((v for k, v in recipes.items() if name.startswith(k)), None)
        if recipe is None or "dropout" in name:
            continue
        command = recipe.format(
            layers=",".join(map(str, network["sizes"][1:-1])), steps=network["steps"],
            extra=f"--l2 {network['l2']}" if network.get("l2") else "")
        weights = Path(work) / f"{name}.safetensors"
        if network.get("layers"):
            safetensors(weights, {
                f"layers.{i}.{part}": layer[part] for i, layer in enumerate(network["layers"])
                for part in ("weight", "bias")})
            command += f" --initial-weights {weights}"
        else:
            command += " --init zeros"
        run = Run(work, command + " --dtype float64")
        costs = run.costs()
        pairs = [(costs[int(s)], c) for s, c in network["costs"].items() if c is not None and int(s) <= 1000]
        error = max(abs(a - c) / abs(c) for a, c in pairs)
        shown = command.replace(str(weights), f"{name}.safetensors") + " --dtype float64"
        yield (f"NumPy's weights, {name}: costs up to step 1,000", "1e-5 relative", f"{error:.1e}",
               explained(error < 1e-5, "chaos", name == "circles_large" and error < 1e-3), shown)
        measured, wanted = [run["train"]], [network["train"]]
        if "test" in network:
            measured, wanted = measured + [run["test"]], wanted + [network["test"]]
        yield (f"NumPy's weights, {name}: accuracy at the end", " / ".join(map(percent, wanted)),
               " / ".join(map(percent, measured)), explained(all(abs(m - w) < 1e-9 for m, w in zip(measured, wanted)), "flower end",
                         name.startswith("flower") and abs(measured[0] - wanted[0]) <= 0.005 + 1e-9), shown)


@figure("course-batches")
def course_batches(work):
    """NumPy's initial weights and its shuffles by seeds 11, 12, ...: the cost tables of the mini-batch optimizers."""
    networks = {n["name"]: n for n in json.loads((ROOT / "Tests/Fixtures/course.json").read_text())["networks"]}
    epochs = networks["moons_sgd"]["epochs"]
    orders = [numpy_permutation(11 + epoch, 300) for epoch in range(epochs)]
    assert orders[:5] == networks["moons_adam"]["orders"], "not NumPy's shuffles"
    order = Path(work) / "moons_order.npy"
    npy(order, orders)
    last = -(-300 // networks["moons_sgd"]["batch"]) - 1
    for name, optimizer in [("sgd", "sgd"), ("momentum", "momentum(beta=0.9)"), ("adam", "adam")]:
        network = networks[f"moons_{name}"]
        weights = Path(work) / f"moons_{name}.safetensors"
        safetensors(weights, {
            f"layers.{i}.{part}": layer[part] for i, layer in enumerate(network["layers"]) for part in ("weight", "bias")})
        command = (MOONS.format(optimizer=optimizer) + f" --initial-weights {weights} --batch-order {order}"
                   " --dtype float64 --log-every-step")
        run = Run(work, command)
        costs = run.costs()
        # The table's cost is that of an epoch's last batch.
        pairs = [(costs[int(e) * (last + 1) + last], c) for e, c in network["costs"].items() if int(e) <= 1000]
        error = max(abs(a - c) / abs(c) for a, c in pairs)
        shown = command.replace(str(work) + "/", "")
        table = " / ".join(f"{c:.6f}" for c in (network["costs"][e] for e in ("0", "1000")))
        yield f"NumPy's weights and shuffles, moons_{name}: costs of epochs 0 and 1,000", f"{table} to 1e-5 relative", f"{error:.1e}", error < 1e-5, shown
        late = costs[9000 * (last + 1) + last]
        wanted = network["costs"]["9000"]
        yield f"NumPy's weights and shuffles, moons_{name}: cost of epoch 9,000", f"{wanted:.6f} to 1e-5 relative", f"{late:.6f}", abs(late - wanted) < 1e-5 * wanted, shown
        yield (f"NumPy's weights and shuffles, moons_{name}: accuracy at the end", percent(network["train"]),
               percent(run["train"]), abs(run["train"] - network["train"]) < 1e-9, shown)


@figure("mnist")
def mnist(work):
    command = "train $THALWEG_DATA/mnist --layers 256,128 --epochs 10 --keep-probability 0.8"
    accuracy = statistics.median(Run(work, command + f" --seed {s}")["test"] for s in (1, 2, 3))
    yield "A18: MNIST 784-256-128-10, 10 epochs, test, median of 3 seeds", ">= 98.0 %", percent(accuracy), accuracy >= 0.98, command


@figure("housing")
def housing(work):
    command = "train $THALWEG_DATA/california-housing/housing.csv --target median_house_value --seed {seed}"
    errors = [Run(work, command, seed=s)["test"] for s in range(1, 6)]
    mean = statistics.mean(errors)
    yield "E1: California housing, mean test RMSE of 5 seeds", "<= 54,000", f"{mean:,.0f}", mean <= 54000, command


@figure("adult")
def adult(work):
    command = "train $THALWEG_DATA/adult-census/adult-train.csv --test $THALWEG_DATA/adult-census/adult-test.csv"
    accuracy = statistics.median(Run(work, command + f" --seed {s}")["test"] for s in (1, 2, 3))
    yield "E3: adult census, test accuracy, median of 3 seeds", ">= 85.0 %", percent(accuracy), accuracy >= 0.85, command


@figure("gradients")
def gradients(work):
    done = subprocess.run([PROGRAM, "gradcheck", "--json"], capture_output=True, text=True)
    report = json.loads(done.stdout.strip().splitlines()[-1])
    yield (f"A13: gradient checks of {len(report['checks'])} operations, activations, layers and losses, float64", "< 1e-7",
           f"greatest {report['worst']:.1e}", report["worst"] < 1e-7, "gradcheck")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="names with commas between: " + ", ".join(n for n, _ in FIGURES))
    parser.add_argument("--dry-run", action="store_true", help="print, write nothing")
    options = parser.parse_args()
    if not DATA:
        sys.exit("THALWEG_DATA must name the folder of real data")
    wanted = options.only.split(",") if options.only else [n for n, _ in FIGURES]
    if unknown := set(wanted) - {n for n, _ in FIGURES}:
        sys.exit("no such figures: " + ", ".join(sorted(unknown)))
    measured = {}
    for name, function in FIGURES:
        if name not in wanted:
            continue
        start = time.monotonic()
        measured[name] = []
        with tempfile.TemporaryDirectory() as work:
            for what, target, found, met, command in function(work):
                measured[name].append({"figure": what, "wanted": target, "measured": found, "met": met, "command": command})
                mark = "ok  " if met is True else f"note: {met}" if met else "MISS"
                print(f"{time.monotonic() - start:6.0f} s  {mark}  {what}: {found} (wanted {target})", flush=True)
    if not options.dry_run:
        write(measured)
    rows = [row for part in measured.values() for row in part]
    met = sum(row["met"] is True for row in rows)
    unexplained = sum(not row["met"] for row in rows)
    print(f"{met} of {len(rows)} figures met, {len(rows) - met - unexplained} missed for a known reason, {unexplained} missed")
    sys.exit(1 if unexplained else 0)


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def write(measured):
    """Puts what was measured into docs/figures.json and writes docs/FIGURES.md from all that stands there."""
    store = ROOT / "docs/figures.json"
    known = json.loads(store.read_text()) if store.exists() else {}
    known = {name: measured.get(name, known.get(name)) for name, _ in FIGURES if name in measured or name in known}
    store.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n")
    rows = [row for part in known.values() for row in part]

    letters = {}  # of the notes, in the order of the table

    def mark(met):
        if met is True:
            return "yes"
        return f"**no** ({letters.setdefault(met, chr(ord('a') + len(letters)))})" if met else "**no**"

    text = ["# Figures", "",
            "Measured by `make figures` with the command line, as a user would; `THALWEG_DATA` names the folder of data sets.",
            f"Machine: {processor()}, {os.cpu_count()} cores, {platform.system()}.",
            "`Scripts/figures.py --only NAMES` measures some rows again, so not all need be from one build.", "",
            "| figure | wanted | measured | met |", "| --- | --- | --- | --- |"]
    text += [f"| {row['figure']} | {row['wanted']} | {row['measured']} | {mark(row['met'])} |" for row in rows]
    text += [""]
    for name, letter in letters.items():
        text += [f"({letter}) {NOTES[name]}", ""]
    text += ["## Commands", "", "`--seed` takes 1, 2, 3 and so on where a figure is a median or mean over seeds.", ""]
    seen = set()
    for row in rows:
        if row["command"] in seen:
            continue
        seen.add(row["command"])
        text += [f"{row['figure']}:", "", "```sh", f"thalweg {row['command']}", "```", ""]
    (ROOT / "docs/FIGURES.md").write_text("\n".join(text).rstrip() + "\n")
    print("wrote docs/FIGURES.md")


main()
