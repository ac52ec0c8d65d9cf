"""Makes cases.json: reconciled forecasts of small trees, by an independent implementation.

Python 3.11, numpy 2.2.6, hierarchicalforecast 1.5.3:

    pip install numpy==2.2.6 hierarchicalforecast==1.5.3
    python tests/golden/reconcile/make.py > tests/golden/reconcile/cases.json

For each tree, base forecasts and errors are drawn with a fixed seed. `structure` and `variance` are what
hierarchicalforecast's MinTrace(method="wls_struct" and "wls_var") make of them; they are compared here with the dense
formula S (S' W^-1 S)^-1 S' W^-1 before they are written. `non_negative` is the same weighted problem under y >= 0 of the
leaves, solved by enumeration of the active sets.
"""

import itertools
import json

import numpy as np
from hierarchicalforecast.methods import MinTrace

TREES = {
    "two_levels": [None, 0, 0, 0, 0],
    "three_levels": [None, 0, 0, 0, 1, 1, 2, 2, 2, 3],
    "uneven": [None, 0, 0, 1, 1, 3, 3, 0],
}


def summing(parents):
    """Nodes x leaves, and the leaves."""
    inner = {p for p in parents if p is not None}
    leaves = [n for n in range(len(parents)) if n not in inner]
    matrix = np.zeros((len(parents), len(leaves)))
    for column, leaf in enumerate(leaves):
        node = leaf
        while node is not None:
            matrix[node, column] = 1.0
            node = parents[node]
    return matrix, leaves


def dense(matrix, variances, base):
    inverse = np.diag(1.0 / variances)
    return matrix @ np.linalg.solve(matrix.T @ inverse @ matrix, matrix.T @ inverse @ base)


def non_negative(matrix, variances, base):
    """The best of all active sets: few leaves, so each is tried."""
    best = None
    columns = matrix.shape[1]
    for size in range(columns + 1):
        for free in itertools.combinations(range(columns), size):
            leaves = np.zeros(columns)
            if free:
                part = matrix[:, free]
                inverse = np.diag(1.0 / variances)
                leaves[list(free)] = np.linalg.solve(part.T @ inverse @ part, part.T @ inverse @ base)
            if (leaves < -1e-9).any():
                continue
            values = matrix @ leaves
            cost = float(((values - base) ** 2 / variances).sum())
            if best is None or cost < best[0] - 1e-12:
                best = (cost, values)
    return best[1]


def main():
    random = np.random.default_rng(20260917)
    cases = []
    for name, parents in TREES.items():
        matrix, leaves = summing(parents)
        # hierarchicalforecast wants the leaves last; `order` puts the nodes so.
        order = [n for n in range(len(parents)) if n not in leaves] + leaves
        truth = matrix @ random.uniform(2.0, 60.0, len(leaves))
        base = truth * random.uniform(0.7, 1.3, len(parents))
        sizes = np.sqrt(truth) * random.uniform(0.5, 2.0, len(parents))
        errors = random.normal(0.0, 1.0, (len(parents), 24)) * sizes[:, None]
        squares = (errors**2).mean(axis=1)
        history = np.tile(truth[:, None], (1, 24))
        found = {}
        for key, method, variances in [
            ("structure", "wls_struct", matrix.sum(axis=1)),
            ("variance", "wls_var", squares),
        ]:
            answer = MinTrace(method=method).fit_predict(
                S=matrix[order],
                y_hat=base[order][:, None],
                y_insample=history[order],
                y_hat_insample=(history - errors)[order],
            )["mean"][:, 0]
            values = np.empty(len(parents))
            values[order] = answer
            expected = dense(matrix, variances, base)
            assert np.allclose(values, expected, rtol=1e-7), (name, key, values, expected)
            found[key] = expected
        low = base.copy()
        low[leaves[0]] = -0.5 * abs(low[leaves[0]])
        low[0] *= 0.6
        found["non_negative"] = non_negative(matrix, squares, low)
        cases.append(
            {
                "name": name,
                "parents": parents,
                "base": base.tolist(),
                "squares": squares.tolist(),
                "low": low.tolist(),
                **{key: values.tolist() for key, values in found.items()},
            }
        )
    print(json.dumps(cases, indent=1))


main()
