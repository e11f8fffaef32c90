"""errors.json: tests of significance by SciPy, and confident learning written out with NumPy.

Confident learning follows Northcutt, Jiang and Chuang 2021, section 3: thresholds are mean self-confidences, an example counts for the
likeliest class among those that reach their threshold, and rows of the confident joint are scaled to the labels' counts.
"""

import json
import os

import numpy as np
from scipy import stats

rng = np.random.default_rng(11)
document = {"fisher": [], "ranks": [], "discoveries": [], "labels": []}

for hits, count, total_hits, total in [
    (3, 5, 4, 20), (0, 5, 4, 20), (5, 5, 5, 9), (30, 100, 120, 1000), (12, 20, 300, 2000), (1, 1, 1, 2), (900, 1500, 2300, 16281),
    (4, 10, 4, 10), (60, 300, 2290, 16281),
]:
    rest = [[hits, count - hits], [total_hits - hits, total - count - total_hits + hits]]
    document["fisher"].append({
        "hits": hits, "count": count, "totalHits": total_hits, "total": total,
        "p": float(stats.fisher_exact(rest, alternative="greater").pvalue)})

for size, first, decimals in [(40, 12, 3), (60, 20, 0), (200, 30, 1), (25, 24, 2)]:
    values = np.round(rng.standard_normal(size) + (np.arange(size) < first) * 0.6, decimals)
    test = stats.mannwhitneyu(values[:first], values[first:], alternative="greater", method="asymptotic")
    document["ranks"].append({
        "values": values.tolist(), "count": first, "ranks": stats.rankdata(values).tolist(), "p": float(test.pvalue)})

for values in [[0.01, 0.04, 0.03, 0.005, 0.5], [0.2], [0.9, 0.9, 0.001], rng.uniform(0, 1, 12).round(3).tolist()]:
    document["discoveries"].append({"p": values, "adjusted": stats.false_discovery_control(values).tolist()})


def confident(y, p):
    classes = p.shape[1]
    thresholds = [p[y == k, k].mean() if (y == k).any() else None for k in range(classes)]
    joint = np.zeros((classes, classes))
    suspects = []
    for row in range(len(y)):
        reached = [k for k in range(classes) if thresholds[k] is not None and p[row, k] >= thresholds[k]]
        if not reached:
            continue
        best = max(reached, key=lambda k: p[row, k])
        joint[y[row], best] += 1
        if best != y[row]:
            suspects.append((row, best, p[row, best] - p[row, y[row]]))
    for k in range(classes):
        total, labels = joint[k].sum(), (y == k).sum()
        joint[k] = joint[k] / total * labels if total else np.where(np.arange(classes) == k, labels, 0)
    suspects.sort(key=lambda s: (-s[2], s[0]))
    return {
        "classes": classes, "wanted": y.tolist(), "probabilities": p.flatten().tolist(), "thresholds": thresholds,
        "joint": joint.tolist(), "rows": [s[0] for s in suspects], "suggestions": [int(s[1]) for s in suspects],
        "rate": float((joint.sum() - np.trace(joint)) / len(y))}


for count, classes, flipped in [(60, 3, 0.15), (40, 2, 0.1), (30, 4, 0.0)]:
    truth = rng.integers(0, classes, count)
    scores = rng.standard_normal((count, classes)) + 3 * np.eye(classes)[truth]
    p = np.round(np.exp(scores) / np.exp(scores).sum(1, keepdims=True), 3)
    p[:, 0] = np.round(1 - p[:, 1:].sum(1), 3)
    y = np.where(rng.uniform(size=count) < flipped, (truth + 1) % classes, truth)
    if classes == 4:
        y[y == 3] = 0
    document["labels"].append(confident(y, p))

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "errors.json")
with open(path, "w") as file:
    json.dump(document, file, separators=(",", ":"), allow_nan=False)
    file.write("\n")
print(f"errors.json: {os.path.getsize(path)} bytes")
