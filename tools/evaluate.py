"""How well a trained model understands labelled messages. Run in the dialogue environment by `declic eval`."""

import argparse
import asyncio
import logging
from collections import Counter, defaultdict
from pathlib import Path
from typing import Dict, List, Tuple

from rasa.core.agent import Agent
from rasa.shared.importers.utils import training_data_from_paths
from rasa.utils.log_utils import configure_structlog

WORST = 15
THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4)


async def evaluate(model: Path, files: List[str]) -> None:
    agent = Agent.load(str(model))
    examples = training_data_from_paths(files, "fr").intent_examples
    first = 0
    among_three = 0
    by_intent: Dict[str, List[bool]] = defaultdict(list)
    confusions: Counter = Counter()
    sample: Dict[Tuple[str, str], str] = {}
    scored: List[Tuple[float, bool]] = []
    for example in examples:
        wanted, text = example.get("intent"), example.get("text")
        parsed = await agent.parse_message(text)
        ranking = [entry for entry in parsed["intent_ranking"] if entry["name"] != "nlu_fallback"]
        got = ranking[0]["name"]
        right = got == wanted
        first += right
        among_three += wanted in [entry["name"] for entry in ranking[:3]]
        by_intent[wanted].append(right)
        scored.append((ranking[0]["confidence"], right))
        if not right:
            confusions[wanted, got] += 1
            sample[wanted, got] = text
    count = len(examples)
    print(f"{count} messages, {len(by_intent)} intents, model {model.name}")
    print(f"right first        {first / count:6.1%}")
    print(f"right among three  {among_three / count:6.1%}")
    print("\nconfidence at least   answered   right among those")
    for threshold in THRESHOLDS:
        kept = [right for confidence, right in scored if confidence >= threshold]
        print(f"{threshold:19.2f}   {len(kept) / count:8.1%}   {sum(kept) / max(1, len(kept)):17.1%}")
    print("\nlowest intents")
    for intent, rights in sorted(by_intent.items(), key=lambda item: sum(item[1]) / len(item[1]))[:WORST]:
        print(f"{sum(rights) / len(rights):6.0%}  {intent}")
    print("\nmost frequent confusions (meant, understood)")
    for (wanted, got), times in confusions.most_common(WORST):
        print(f"{times:3}  {wanted} / {got}: {sample[wanted, got]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    configure_structlog(logging.ERROR)
    asyncio.run(evaluate(arguments.model, [str(path) for path in sorted(arguments.folder.rglob("*.yml"))]))
