"""What trained models make of messages. Run in the dialogue environment by `declic nlu replay`.

Reads JSON lines `{"id": …, "text": …}` from the standard input; each model is loaded in turn and writes, for each
message, a JSON line `{"model": 0, "id": …, "ranking": [[intent, probability], …], "doubt": "", "wishes": [intent, …]}`
to the standard output, `model` being its place on the command line.
"""

import argparse
import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Any, Dict, List

from rasa.core.agent import Agent
from rasa.utils.log_utils import configure_structlog

RANKED = 3


async def read(model: Path, messages: List[Dict[str, Any]], place: int) -> None:
    agent = Agent.load(str(model))
    for message in messages:
        parsed = await agent.parse_message(message["text"])
        found = {
            "model": place,
            "id": message["id"],
            "ranking": [[entry["name"], entry["confidence"]] for entry in parsed["intent_ranking"][:RANKED]],
            "doubt": parsed.get("doubt", ""),
            "wishes": [wish["intent"]["name"] for wish in parsed.get("wishes", ())],
        }
        print(json.dumps(found), flush=False)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=Path, nargs="+")
    arguments = parser.parse_args()
    configure_structlog(logging.ERROR)
    messages = [json.loads(line) for line in sys.stdin]
    for place, model in enumerate(arguments.models):
        await read(model, messages, place)


if __name__ == "__main__":
    asyncio.run(main())
