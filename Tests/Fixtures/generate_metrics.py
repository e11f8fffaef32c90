"""metrics.json: metrics of classifications and regressions, computed by scikit-learn (1.9).

Every case holds what was wanted and predicted, weights of examples or null, and the metrics by Thalweg's names; null where
scikit-learn finds them undefined. The calibration error has no function there: it is written out below.
"""

import json
import os
import warnings

import numpy as np
from sklearn import metrics as m
from sklearn.calibration import calibration_curve
from sklearn.utils.stats import _weighted_percentile

warnings.simplefilter("ignore")
rng = np.random.default_rng(5)
cases = []


def number(value):
    value = float(value)
    return value if np.isfinite(value) else None


def calibration_error(confidence, right, weights, bins=15):
    weights = np.ones(len(right)) if weights is None else weights
    places = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], confidence)
    total = 0.0
    for place in range(bins):
        mine = (places == place) & (weights > 0)
        if mine.any():
            said = np.average(confidence[mine], weights=weights[mine])
            total += weights[mine].sum() * abs(said - np.average(right[mine], weights=weights[mine]))
    return total / weights.sum()


def over_classes(score, y, p, w, needs_negatives):
    """The mean over the classes for which the score is defined: scikit-learn's own mean where all are."""
    values = []
    for place in range(p.shape[1]):
        mine = (y == place) if w is None else (y == place)[w > 0]
        if mine.any() and (not needs_negatives or not mine.all()):
            values.append(score(y == place, p[:, place], sample_weight=w))
    return np.mean(values) if values else np.nan


def classification(name, y, p, w=None):
    y, p = np.asarray(y), np.asarray(p, dtype=float)
    w = None if w is None else np.asarray(w, dtype=float)
    classes = p.shape[1]
    binary = classes == 2
    labels = list(range(classes))
    answered = (p[:, 1] > 0.5).astype(int) if binary else p.argmax(1)
    expected = {
        "accuracy": m.accuracy_score(y, answered, sample_weight=w),
        "balanced-accuracy": m.balanced_accuracy_score(y, answered, sample_weight=w),
        "log-loss": m.log_loss(y, p, sample_weight=w, labels=labels),
        "brier": m.brier_score_loss(y, p, sample_weight=w, labels=labels),
        "kappa": m.cohen_kappa_score(y, answered, sample_weight=w),
        "matthews": m.matthews_corrcoef(y, answered, sample_weight=w),
    }
    for average in ["micro", "macro", "weighted"]:
        scores = m.precision_recall_fscore_support(y, answered, average=average, sample_weight=w)
        for title, value in zip(["precision", "recall", "f1"], scores):
            expected[f"{title}-{average}"] = value
    each = m.precision_recall_fscore_support(y, answered, labels=labels, sample_weight=w)
    present = set(y) | set(answered)
    for title, values in zip(["precision", "recall", "f1"], each):
        for place in labels:
            expected[f"{title}:c{place}"] = values[place] if place in present else np.nan
        expected[title] = values[1] if binary else expected[f"{title}-macro"]
    complete = len(set(y if w is None else y[w > 0])) == classes
    if binary:
        expected["roc-auc"] = m.roc_auc_score(y, p[:, 1], sample_weight=w) if complete else np.nan
        expected["pr-auc"] = m.average_precision_score(y, p[:, 1], sample_weight=w) if (y == 1).any() else np.nan
        expected["calibration-error"] = calibration_error(p[:, 1], y == 1, w)
    else:
        for k in [1, 2, 3]:
            expected[f"top-{k}"] = m.top_k_accuracy_score(y, p, k=k, labels=labels, sample_weight=w)
        if complete:
            expected["roc-auc"] = m.roc_auc_score(y, p, multi_class="ovr", average="macro", sample_weight=w)
            expected["pr-auc"] = m.average_precision_score(y, p, average="macro", sample_weight=w)
        else:
            expected["roc-auc"] = over_classes(m.roc_auc_score, y, p, w, True)
            expected["pr-auc"] = over_classes(m.average_precision_score, y, p, w, False)
        expected["calibration-error"] = calibration_error(p.max(1), answered == y, w)
    case = {
        "name": name, "classes": classes, "wanted": y.tolist(), "probabilities": p.flatten().tolist(),
        "weights": None if w is None else w.tolist(), "expected": {k: number(v) for k, v in expected.items()},
        "confusion": m.confusion_matrix(y, answered, labels=labels, sample_weight=w).astype(float).tolist(),
    }
    if binary and w is None and complete:
        share, said = calibration_curve(y, p[:, 1], n_bins=10)
        case["curve"] = {"share": share.tolist(), "probability": said.tolist()}
    cases.append(case)


def regression(name, y, p, w=None):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    w = None if w is None else np.asarray(w, dtype=float)
    errors = np.abs(p - y).reshape(len(y), -1)
    ones = np.ones(len(y)) if w is None else w

    def percentile(q):
        return np.mean([_weighted_percentile(e, ones, q, average=True) for e in errors.T])

    expected = {
        "rmse": np.sqrt(m.mean_squared_error(y, p, sample_weight=w)),
        "mae": m.mean_absolute_error(y, p, sample_weight=w),
        "mape": m.mean_absolute_percentage_error(y, p, sample_weight=w),
        "r2": m.r2_score(y, p, sample_weight=w),
        "median-absolute-error": m.median_absolute_error(y, p, sample_weight=w),
        "absolute-error-p90": percentile(90), "absolute-error-p25": percentile(25),
        "absolute-error-p0": percentile(0), "absolute-error-p100": percentile(100),
    }
    cases.append({
        "name": name, "classes": 0, "wanted": y.flatten().tolist(), "predicted": p.flatten().tolist(),
        "outputs": errors.shape[1], "weights": None if w is None else w.tolist(),
        "expected": {k: number(v) for k, v in expected.items()},
    })


def drawn(count, classes, decimals, sharpness=2.0):
    """Classes and probabilities that know something of them; few decimals make ties."""
    y = rng.integers(0, classes, count)
    scores = rng.standard_normal((count, classes)) + sharpness * np.eye(classes)[y]
    p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    p = np.floor(p * 10**decimals) / 10**decimals
    p[:, 0] = np.round(1 - p[:, 1:].sum(1), decimals)
    return y, p


def weights(count):
    w = np.round(rng.uniform(0.1, 3, count), 2)
    w[::7] = 0
    return w


y, p = drawn(60, 2, 3)
classification("binary", y, p)
classification("binary, weighted", y, p, weights(60))
y, p = drawn(50, 2, 1, 1.0)
classification("binary, ties", y, p)
classification("binary, ties, weighted", y, p, weights(50))
classification("binary, only negatives", np.zeros(6, int), p[:6])
classification("binary, only positives", np.ones(6, int), p[:6])
classification("binary, one example", [1], [[0.3, 0.7]])
classification("binary, all answers alike", [0, 1, 1, 0], [[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
classification("binary, perfect and certain", [0, 1, 1], [[1, 0], [0, 1], [0, 1]])
classification("binary, wrong and certain", [1, 0, 1], [[1, 0], [0, 1], [0, 1]])
classification("binary, one score", [0, 1, 1, 0, 1], [[0.5, 0.5]] * 5)
y, p = drawn(80, 4, 3)
classification("multiclass", y, p)
classification("multiclass, weighted", y, p, weights(80))
y, p = drawn(60, 5, 1, 1.0)
classification("multiclass, ties", y, p)
classification("multiclass, ties, weighted", y, p, weights(60))
y, p = drawn(40, 4, 3, 1.0)
y[y == 2] = 1
classification("multiclass, one class missing", y, p)
classification("multiclass, one class missing, weighted", y, p, weights(40))
classification("multiclass, one example", [2], [[0.2, 0.5, 0.3]])
classification("multiclass, one class", [1, 1, 1], [[0.2, 0.5, 0.3]] * 3)
many, few = drawn(300, 3, 2, 3.0)
classification("multiclass, sharp", many, few)

y = np.round(rng.standard_normal(40) * 10, 2)
p = np.round(y + rng.standard_normal(40) * 3, 1)
regression("regression", y, p)
regression("regression, weighted", y, p, weights(40))
regression("regression, odd count", y[:33], p[:33])
regression("regression, one example", [2.0], [3.5])
regression("regression, one example met", [2.0], [2.0])
regression("regression, constant target", [4.0, 4.0, 4.0], [4.0, 5.0, 3.0])
regression("regression, constant target met", [4.0, 4.0], [4.0, 4.0])
regression("regression, zeros", [0.0, 0.0, 1.0, 2.0], [0.0, 1e-9, 1.5, 2.0])
y = np.round(rng.standard_normal((30, 3)) * [1, 10, 100], 3)
p = np.round(y + rng.standard_normal((30, 3)) * [0.5, 3, 50], 3)
regression("regression, three outputs", y, p)
regression("regression, three outputs, weighted", y, p, weights(30))

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "metrics.json")
with open(path, "w") as file:
    json.dump(cases, file, separators=(",", ":"), allow_nan=False)
    file.write("\n")
print(f"metrics.json: {len(cases)} cases, {os.path.getsize(path)} bytes")
