"""How well trained models understand labelled messages. Run in the dialogue environment by `declic eval`.

Each model is loaded in turn and reads every message of the folder (files as those of tests/nlu). Figures are printed
side by side; a page with the confusion matrices as pictures is written.
"""

import argparse
import asyncio
import base64
import html
import io
import logging
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Tuple

import matplotlib
import numpy as np
from rasa.core.agent import Agent
from rasa.shared.importers.utils import training_data_from_paths
from rasa.utils.log_utils import configure_structlog
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

matplotlib.use("Agg")
from matplotlib import pyplot

WORST = 25
LOW = 0.7
OUT_OF_SCOPE = "out_of_scope"
SAFETY = ("distress", "harassment", "danger_at_work", "money_emergency")
QUESTION_CLASS = "question_class"
BINS = np.arange(0, 1.01, 0.1)


@dataclass
class Read:
    """What one model made of the folder, message by message."""

    name: str
    meant: List[str] = field(default_factory=list)
    texts: List[str] = field(default_factory=list)
    rankings: List[List[str]] = field(default_factory=list)
    confidence: List[float] = field(default_factory=list)
    doubt: List[str] = field(default_factory=list)
    ms: List[float] = field(default_factory=list)
    line_class: List[str] = field(default_factory=list)
    line_read: List[str] = field(default_factory=list)

    @property
    def first(self) -> List[str]:
        return [ranking[0] for ranking in self.rankings]


async def read(model: Path, files: List[str]) -> Read:
    agent = Agent.load(str(model))
    data = training_data_from_paths(files, "fr")
    found = Read(model.name)
    for example in data.intent_examples:
        text = example.get("text")
        before = time.perf_counter()
        parsed = await agent.parse_message(text)
        found.ms.append((time.perf_counter() - before) * 1000)
        found.meant.append(example.get("intent"))
        found.texts.append(text)
        found.rankings.append([entry["name"] for entry in parsed["intent_ranking"] if entry["name"] != "nlu_fallback"])
        found.confidence.append(parsed["intent_ranking"][0]["confidence"])
        found.doubt.append(parsed.get("doubt", ""))
    for table in data.lookup_tables:
        kind, _, name = table["name"].partition("/")
        if kind == QUESTION_CLASS:
            for line in table["elements"]:
                parsed = await agent.parse_message(line)
                found.line_class.append(name)
                found.line_read.append(parsed.get(QUESTION_CLASS, {}).get("name", ""))
    return found


def figures(found: Read) -> Dict[str, str]:
    """Name → value, as printed."""
    meant, first = np.array(found.meant), np.array(found.first)
    right = meant == first
    confidence = np.array(found.confidence)
    strange, refused = meant == OUT_OF_SCOPE, first == OUT_OF_SCOPE
    doubt = np.array([bool(each) for each in found.doubt])
    calls = np.isin(meant, SAFETY)
    rows = {
        "messages": f"{len(meant)}",
        "right first": _percent(right.mean()),
        "right among three": _percent(np.mean([want in got[:3] for want, got in zip(meant, found.rankings)])),
        "macro-F1": _percent(f1_score(meant, first, average="macro", zero_division=0)),
        f"intents under {LOW:.0%}": str(sum(share < LOW for _, share, _ in by_intent(found))),
        "calibration error": _percent(calibration_error(confidence, right)),
    }
    for name in SAFETY:
        if (meant == name).any():
            rows[f"recall {name}"] = _percent((first[meant == name] == name).mean())
    if calls.any():
        rows["calls for help read as one"] = _percent(np.isin(first[calls], SAFETY).mean())
        rows["others read as one"] = _percent(np.isin(first[~calls], SAFETY).mean())
    if strange.any():
        rows["out of scope: recall"] = _percent(refused[strange].mean())
        rows["out of scope: precision"] = _percent(strange[refused].mean()) if refused.any() else "–"
        rows["in scope, refused"] = _percent(refused[~strange].mean())
    rows["asked back"] = _percent(doubt.mean())
    rows["right, when not asked back"] = _percent(right[~doubt].mean())
    rows["ms per message, p50"] = f"{np.median(found.ms):.1f}"
    if found.line_class:
        score = f1_score(found.line_class, found.line_read, average="macro", zero_division=0)
        rows[f"question_class macro-F1 ({len(found.line_class)} lines)"] = _percent(score)
    return rows


def _percent(share: float) -> str:
    return f"{share:.1%}"


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Mean distance between how sure the model is and how often it is right, in ten bins of confidence."""
    bins = np.clip(np.digitize(confidence, BINS) - 1, 0, len(BINS) - 2)
    return float(
        sum(
            (bins == each).mean() * abs(right[bins == each].mean() - confidence[bins == each].mean())
            for each in set(bins)
        )
    )


def by_intent(found: Read) -> List[Tuple[str, float, int]]:
    """(intent, share right first, messages), the lowest first."""
    rights: Dict[str, List[bool]] = defaultdict(list)
    for meant, first in zip(found.meant, found.first):
        rights[meant].append(meant == first)
    return sorted(((name, sum(each) / len(each), len(each)) for name, each in rights.items()), key=lambda row: row[1])


def confusions(found: Read) -> List[Tuple[str, str, int, str]]:
    """(meant, understood, times, an example), the most frequent first."""
    times: Counter = Counter()
    example: Dict[Tuple[str, str], str] = {}
    for meant, first, text in zip(found.meant, found.first, found.texts):
        if meant != first:
            times[meant, first] += 1
            example[meant, first] = text
    return [(*pair, count, example[pair]) for pair, count in times.most_common()]


def show(models: List[Read]) -> None:
    tables = [figures(found) for found in models]
    width = max(len(name) for name in tables[0]) + 2
    column = max(12, *(len(found.name) + 2 for found in models)) if len(models) > 1 else 12
    if len(models) > 1:
        print(" " * width + "".join(f"{found.name:>{column}}" for found in models))
    else:
        print(f"model {models[0].name}")
    for name in tables[0]:
        print(f"{name:{width}}" + "".join(f"{table.get(name, '–'):>{column}}" for table in tables))
    for found in models:
        print(f"\n{found.name}: confidence, how many messages, how many of them right")
        confidence = np.array(found.confidence)
        right = np.array(found.meant) == np.array(found.first)
        for low, high in zip(BINS, BINS[1:]):
            here = (confidence >= low) & (confidence < high + (high >= 1))
            if here.any():
                print(f"  {low:.1f} to {high:.1f}   {here.sum():5}   {right[here].mean():6.1%}")
        print("lowest intents")
        for name, share, count in by_intent(found)[:10]:
            print(f"  {share:6.1%} of {count:3}  {name}")
        print("most frequent confusions (meant / understood)")
        for meant, first, count, example in confusions(found)[:WORST]:
            print(f"  {count:3}  {meant} / {first}: {example[:100]}")
        lines = Counter(pair for pair in zip(found.line_class, found.line_read) if pair[0] != pair[1])
        if lines:
            print("question classes most often confused")
            for (meant, first), count in lines.most_common(8):
                print(f"  {count:3}  {meant} / {first}")


def picture(meant: List[str], read_as: List[str]) -> str:
    """The confusion matrix as a PNG in base64: a row per meaning, a column per reading, in shares of the row."""
    names = sorted(set(meant) | set(read_as))
    matrix = confusion_matrix(meant, read_as, labels=names, normalize="true")
    side = max(5.0, len(names) * 0.19)
    figure, axes = pyplot.subplots(figsize=(side, side))
    axes.imshow(matrix, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_xlabel("understood")
    axes.set_ylabel("meant")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
    pyplot.close(figure)
    return base64.b64encode(buffer.getvalue()).decode()


def page(models: List[Read]) -> str:
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>Déclic: what is understood</title>"
        "<style>body{font:16px/1.5 sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem}"
        "table{border-collapse:collapse}td,th{padding:.2rem .8rem;border-bottom:1px solid #ddd;text-align:left}"
        "img{max-width:100%}</style><h1>What is understood</h1>"
    ]
    tables = [figures(found) for found in models]
    parts.append("<table><tr><th>" + "".join(f"<th>{html.escape(found.name)}" for found in models))
    for name in tables[0]:
        parts.append(f"<tr><td>{html.escape(name)}" + "".join(f"<td>{table.get(name, '–')}" for table in tables))
    parts.append("</table>")
    for found in models:
        parts.append(f"<h2>{html.escape(found.name)}</h2><h3>Each intent</h3><table>")
        parts.append("<tr><th>intent<th>precision<th>recall<th>F1<th>messages")
        names = sorted(set(found.meant))
        scores = precision_recall_fscore_support(found.meant, found.first, labels=names, zero_division=0)
        for name, precision, recall, f1, count in zip(names, *scores):
            parts.append(f"<tr><td>{name}<td>{precision:.0%}<td>{recall:.0%}<td>{f1:.0%}<td>{count}")
        parts.append("</table><h3>Confusions</h3><table><tr><th>meant<th>understood<th>times<th>for instance")
        for meant, first, count, example in confusions(found):
            parts.append(f"<tr><td>{meant}<td>{first}<td>{count}<td>{html.escape(example)}")
        parts.append("</table><h3>All intents</h3>")
        parts.append(f'<img alt="confusion matrix" src="data:image/png;base64,{picture(found.meant, found.first)}">')
        if found.line_class:
            image = picture(found.line_class, found.line_read)
            parts.append(f'<h3>Question classes</h3><img alt="confusion matrix" src="data:image/png;base64,{image}">')
    return "\n".join(parts)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("page", type=Path)
    parser.add_argument("models", type=Path, nargs="+")
    arguments = parser.parse_args()
    configure_structlog(logging.ERROR)
    files = [str(path) for path in sorted(arguments.folder.rglob("*.yml"))]
    models = [await read(model, files) for model in arguments.models]
    show(models)
    arguments.page.parent.mkdir(parents=True, exist_ok=True)
    arguments.page.write_text(page(models), encoding="utf-8")
    print(f"\nAll of it, with the confusion matrix as a picture: {arguments.page}")


if __name__ == "__main__":
    asyncio.run(main())
