"""Measuring whole turns, as a person waits for them: chat API, dialogue server, actions, database."""

import asyncio
import statistics
import time
import uuid
from dataclasses import dataclass

import httpx

# eight turns of one person: questions, a fragment, the workshops
CONVERSATION = (
    "slt",
    "c payé combien en alternance ?",
    "18 ans",
    "je peux commencer le cfa sans patron ?",
    "c'est quoi la période d'essai",
    "y a quoi comme ateliers",
    "mon patron m'a pas payé ce mois-ci",
    "merci",
)


@dataclass(frozen=True)
class Measure:
    """Of ``clients`` people who write at the same time; times in milliseconds."""

    clients: int
    turns: int
    turns_per_second: float
    p50_ms: float
    p95_ms: float


async def measure(url: str, *, clients: int, conversations: int) -> Measure:
    """Have ``clients`` people hold ``conversations`` conversations each. Raises httpx.HTTPError."""
    started_at = time.perf_counter()
    async with httpx.AsyncClient(base_url=f"{url}/api/chat", timeout=60, trust_env=False) as http:
        batches = await asyncio.gather(*(_one_client(http, conversations) for _ in range(clients)))
    elapsed_s = time.perf_counter() - started_at
    times_ms = [each for batch in batches for each in batch]
    return Measure(
        clients=clients,
        turns=len(times_ms),
        turns_per_second=len(times_ms) / elapsed_s,
        p50_ms=statistics.median(times_ms),
        p95_ms=statistics.quantiles(times_ms, n=20)[-1],
    )


async def _one_client(http: httpx.AsyncClient, conversations: int) -> list[float]:
    times_ms = []
    for _ in range(conversations):
        opened = (await http.post("/sessions")).raise_for_status().json()
        headers = {"Authorization": f"Bearer {opened['token']}"}
        for text in CONVERSATION:
            before = time.perf_counter()
            answer = await http.post("/messages", headers=headers, json={"id": str(uuid.uuid4()), "text": text})
            answer.raise_for_status()
            times_ms.append((time.perf_counter() - before) * 1000)
    return times_ms
