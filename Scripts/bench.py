#!/usr/bin/env python3
"""Runs the benchmarks; beside other frameworks, too, where PEERS names a copy of the peer harness (Python's standard library
only; the harness runs with this Python, which needs its requirements.txt).

    make bench                                                  # Thalweg alone: prints its tables
    PEERS=folder PYTHON=venv/bin/python make bench              # everything, written to Benchmarks/RESULTS.md
    PEERS=folder venv/bin/python Scripts/bench.py --only mlp_tiny,gpt_mini   # these rows; the others stay as they were

On a machine that others use, --foreign and --patience say how much of a processor they may take and how long a round waits
for them; the table says which rows were measured so.
"""

import argparse
import json
import math
import os
import platform
import shlex
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = str(ROOT / "Benchmarks/.build/release/thalweg-bench")
STORE = ROOT / "Benchmarks/results.json"
OURS = "thalweg"
# Rounds whose ratios differ by more than this factor settle nothing.
UNSETTLED = 1.5
# The ratio wanted against the best peer; then against peers whose names begin so, or as a fraction of the limit.
WANTED = {
    "mlp_tiny": (2, {"jax_jit": 5}), "mlp_cat": (1.5, {}), "mlp_mnist": (1.3, {"torch": 2.3}),
    "mlp_wide": (1.2, {"limit": 0.8}), "lenet_mnist": (3, {}), "resnet20_cifar": (1.3, {}), "lstm_char": (1.6, {}),
    "gru_speech": (3, {}), "gpt_mini": (1.3, {}), "bert_infer_b1": (1.1, {}), "bert_infer_b16": (1.1, {}),
    "resnet50_infer_b1": (1.1, {}), "resnet50_infer_b8": (1.1, {}), "optimiser_adam": (0.95, {}),
    "elementwise_chain": (3, {}), "cold_start": (10, {}),
}


def own(mode, options):
    """The table that the program prints."""
    more = ["--seconds", str(options.seconds)] if options.seconds else []
    done = subprocess.run([PROGRAM, mode, "--threads", str(options.threads), *more], stdout=subprocess.PIPE, text=True)
    print(done.stdout, flush=True)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def paired(name, options):
    """One workload beside the peers, in one run of the harness."""
    command = [sys.executable, str(Path(options.peers) / "run.py"), "--workload", name, "--json",
               "--external", f"{OURS}={shlex.quote(PROGRAM)}", "--threads", str(options.threads),
               "--rounds", str(options.rounds), "--secs", str(options.secs), "--whole-repeats", str(options.repeats),
               "--foreign", str(options.foreign), "--patience", str(options.patience), "--retries", str(options.retries)]
    command += ["--whole"] if options.whole else []
    command += ["--fw", options.fw] if options.fw else []
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    found = json.loads(done.stdout)["results"][0]["frameworks"]
    row = {"date": time.strftime("%Y-%m-%d"), "shared": "had other processes computing" in done.stderr,
           "ours": summary(found.pop(OURS)), "peers": {}}
    if "seconds" not in row["ours"]:
        raise RuntimeError(row["ours"].get("error", "no timing"))
    for peer, result in found.items():
        if peer.startswith("import:"):
            continue
        row["peers"][peer] = summary(result)
        if "seconds" in row["peers"][peer]:
            row["peers"][peer].update(compared(row["peers"][peer], row["ours"]))
    return row


def summary(result):
    """What the table needs of a framework: seconds a step (or a process), rounds, parity, memory."""
    kept = {"error": "error", "whole_error": "error", "parity": "parity", "parity_ok": "parity_ok",
            "fraction_of_limit": "limit", "whole_rss_mb": "memory", "whole_printed": "printed"}
    row = {name: result[key] for key, name in kept.items() if key in result}
    if "step_us" in result:
        row.update(seconds=result["step_us"] * 1e-6, rounds=result["rounds_us"])
    elif "whole_s" in result:
        row.update(seconds=result["whole_s"], rounds=result["whole_all_s"])
    return row


def compared(peer, ours):
    """The median of the rounds' ratios, which drift less than the rounds themselves, and how far those lie apart: the
    greatest through the least, without one extreme on each side where there are five or more."""
    ratios = sorted(a / b for a, b in zip(peer["rounds"], ours["rounds"]))
    inner = ratios[1:-1] if len(ratios) > 4 else ratios
    return {"ratio": statistics.median(ratios), "spread": inner[-1] / inner[0]}


def time_text(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def table_row(name, row):
    """Cells of a workload, the ratio against the best peer, and whether the rounds agree on it."""
    ratios = {peer: result["ratio"] for peer, result in row["peers"].items() if "ratio" in result}
    best = min(ratios, key=ratios.get)
    wanted, others = WANTED[name]
    wishes, met = [f">= {wanted:g}"], [ratios[best] >= wanted]
    for what, least in others.items():
        if what == "limit":
            found, wish = row["ours"].get("limit"), f"{least:.0%} of limit"
        else:
            found = min((value for peer, value in ratios.items() if peer.startswith(what)), default=None)
            wish = f"{what} >= {least:g}"
        wishes.append(wish)
        met.append(found and found >= least)
    met.append(row["ours"].get("parity_ok", True))
    is_settled = row["peers"][best]["spread"] <= UNSETTLED
    verdict = ("unsettled" if not is_settled else "not all measured" if None in met else "yes" if all(met) else "**no**")
    parity = row["ours"].get("parity")
    loss = row["ours"].get("printed", "-") if name == "cold_start" else "not compared" if parity is None else (
        f"{parity:.0e}" + ("" if row["ours"]["parity_ok"] else " **differs**"))
    memories = [result["memory"] for peer, result in row["peers"].items()
                if "memory" in result and (name == "cold_start" or peer.startswith("torch"))]
    memory = f"{row['ours']['memory']} / {min(memories)}" if memories and "memory" in row["ours"] else "-"
    cells = [name + (" (shared)" if row["shared"] else ""), time_text(row["ours"]["seconds"]),
             time_text(row["peers"][best]["seconds"]), best, f"{ratios[best]:.2f}", ", ".join(wishes),
             verdict, loss, memory, row["date"]]
    return cells, ratios[best], is_settled


def peer_tables(rows):
    """Markdown of all rows that were measured."""
    head = ["workload", "Thalweg", "best peer", "its name", "ratio", "wanted", "met", "loss parity", "peak MB", "date"]
    text = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    ratios, failures = [], []
    for name in WANTED:
        row = rows.get(name)
        if not row:
            continue
        if "error" in row or not any("ratio" in peer for peer in row["peers"].values()):
            failures.append(f"{name}: {row.get('error', 'no peer ran')}")
            continue
        cells, value, is_settled = table_row(name, row)
        ratios += [value] if is_settled else []
        text.append("| " + " | ".join(cells) + " |")
    if ratios:
        text += ["", f"Geometric mean of {len(ratios)} settled ratios: "
                 f"{math.exp(statistics.fmean(map(math.log, ratios))):.2f} (wanted: >= 2), least {min(ratios):.2f} "
                 "(wanted: none below 0.95)."]
    text += ["", "Against each peer (above 1: Thalweg is faster):", ""]
    for name in WANTED:
        peers = rows.get(name, {}).get("peers", {})
        parts = [f"{peer} {result['ratio']:.2f}" if "ratio" in result else f"{peer} failed"
                 for peer, result in sorted(peers.items(), key=lambda item: item[1].get("ratio", math.inf))]
        if parts:
            text.append(f"- {name}: {', '.join(parts)}")
    return text + [""] + failures


def machine():
    """CPU model, cores, instruction set."""
    model, flags = platform.machine(), []
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
            elif line.startswith("flags"):
                flags = line.split()
    except OSError:
        pass
    known = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_tile") if flag in flags]
    return f"{model}, {os.cpu_count()} cores, {', '.join(known) or 'no AVX2'}, {platform.system()}"


def write(store, options):
    STORE.write_text(json.dumps(store, indent=1) + "\n")
    text = ["# Results", "",
            "Written by `make bench` with `PEERS` (Scripts/bench.py): each workload beside the peers in one interleaved run of "
            "the harness, the same weights, batches and threads.", "",
            f"Machine: {store['machine']}; {store['threads']} threads."]
    if any(row.get("shared") for row in store["rows"].values()):
        text += ["", "**Rows marked \"shared\" were measured while other processes used the machine**: the ratio is the median "
                     "over rounds in which all took turns, the times are longer than on a quiet machine."]
    text += ["", "A row is unsettled, and counts for nothing, where the ratios of its rounds differ by more than a factor "
                 f"of {UNSETTLED}."]
    text += ["", "## Beside the peers", "",
             "The ratio is the median over the rounds of the peer's time through ours. Loss parity is the greatest relative "
             "difference of 20 losses (inference: of the output) from PyTorch's. Peak memory is that of a whole process: ours "
             "and the least of PyTorch's (cold_start: of all peers).", ""]
    text += peer_tables(store["rows"])
    for title, key in (("## Thalweg alone", "all"), ("## Micro-benchmarks", "micro"),
                       ("## Recording every step", "recording")):
        if key in store:
            text += [title, "", f"Measured {store[key]['date']}.", "", store[key]["text"].strip(), ""]
    (ROOT / "Benchmarks/RESULTS.md").write_text("\n".join(text).rstrip() + "\n")
    print("wrote Benchmarks/RESULTS.md")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default=os.environ.get("PEERS"), help="folder of the harness, a copy that may be written to")
    parser.add_argument("--only", help="comma-separated workloads beside the peers; not the tables of Thalweg alone")
    parser.add_argument("--fw", help="only these peers, comma-separated")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count()))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--secs", type=float, default=0.5, help="seconds a framework gets in a round")
    parser.add_argument("--seconds", type=float, help="seconds a row of Thalweg's own tables gets")
    parser.add_argument("--whole", action="store_true", help="whole processes of every workload too: peak memory (slow)")
    parser.add_argument("--repeats", type=int, default=3, help="of whole processes")
    parser.add_argument("--foreign", type=float, default=0.06)
    parser.add_argument("--patience", type=float, default=60)
    parser.add_argument("--retries", type=int, default=3)
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(WANTED)
    for name in names:
        if name not in WANTED:
            parser.error(f"no workload {name}; there are {', '.join(WANTED)}")
    store = json.loads(STORE.read_text()) if STORE.exists() else {}
    store.update(machine=machine(), threads=options.threads)
    store.setdefault("rows", {})
    if not options.only:
        for mode in ("all", "micro", "recording"):
            store[mode] = {"date": time.strftime("%Y-%m-%d"), "text": own(f"--{mode}", options)}
    if not options.peers:
        return
    for name in names:
        start = time.monotonic()
        try:
            row = paired(name, options)
            result = f"ratio {table_row(name, row)[1]:.2f}" if row["peers"] else "no peers"
        except (RuntimeError, ValueError) as error:
            row, result = {"error": str(error)}, f"failed: {error}"
        store["rows"][name] = row
        print(f"{time.monotonic() - start:6.0f} s  {name}: {result}", flush=True)
        STORE.write_text(json.dumps(store, indent=1) + "\n")
    print("\n" + "\n".join(peer_tables(store["rows"])))
    write(store, options)


main()
