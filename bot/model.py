"""The trained model: where it is, whether it matches the data, training it."""

import hashlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.settings import ROOT, Settings

DIALOGUE_PYTHON = ROOT / ".venv-dialogue" / "bin" / "python"
# what a model is made from; a change in any of it asks for a new one
SOURCES = ("config.yml", "domain", "nlu", "stories", "requirements/dialogue.txt")
SUFFIXES = {".yml", ".py", ".txt", ".csv"}
KEPT_MODELS = 3
PROGRESS_EVERY_S = 5.0


class NotSetUp(Exception):
    """Something that `make setup` makes is missing."""


class TrainingFailed(Exception):
    """Rasa could not train; the message says where its output is."""


def dialogue_environment() -> dict[str, str]:
    """What the dialogue environment's programs get: no setting of ours, hence no secret, and no telemetry."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",  # of libraries past their support, known and frozen
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TQDM_DISABLE": "1",
        "MPLCONFIGDIR": str(Path(os.environ.get("TMPDIR", "/tmp")) / "declic-matplotlib"),  # noqa: S108
    }


def require_dialogue_environment() -> None:
    """Raises NotSetUp with what to do."""
    if not DIALOGUE_PYTHON.exists():
        raise NotSetUp("The dialogue environment is not there: run `make setup` (it needs Python 3.10).")


def server_command(trained: Path, *, port: int) -> tuple[list[str], dict[str, str]]:
    """How to start the dialogue server, and its environment; DECLIC_ACTIONS_PORT is to be added to it."""
    command = [
        str(DIALOGUE_PYTHON), "-m", "rasa", "run", "--enable-api", "--interface", "127.0.0.1", "--port", str(port),
        "--model", str(trained), "--endpoints", "endpoints.yml", "--credentials", "credentials.yml", "--quiet",
    ]  # fmt: skip
    # the vectors of one message are too short for several threads to gain: they would only keep the cores busy waiting
    return command, dialogue_environment() | {
        "LOG_LEVEL": "WARNING",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def fingerprint() -> str:
    """Names the model that the present data gives."""
    digest = hashlib.sha256()
    for path in _source_files():
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def current_model(settings: Settings) -> Path:
    """Where the model for the present data is, or would be."""
    return settings.models / f"declic-{fingerprint()}.tar.gz"


def train(settings: Settings, say: Callable[[str], None]) -> Path:
    """Train a model from the present data unless there is one; old ones beyond the last few are removed.

    Raises:
        NotSetUp: the dialogue environment is missing.
        TrainingFailed: Rasa refused the data.
    """
    model = current_model(settings)
    if model.exists():
        return model
    require_dialogue_environment()
    settings.models.mkdir(parents=True, exist_ok=True)
    name = f"training-{os.getpid()}"
    log = settings.models / "training.log"
    started_at = time.monotonic()
    say("Training the model: there is none for the present data. It takes about a minute.")
    with log.open("wb") as output:
        command = [
            str(DIALOGUE_PYTHON), "-m", "rasa", "train",
            "--data", "nlu", "stories", "--domain", "domain", "--config", "config.yml",
            "--out", str(settings.models), "--fixed-model-name", name, "--force",
        ]  # fmt: skip
        training = subprocess.Popen(
            command, cwd=ROOT, env=dialogue_environment(), stdout=output, stderr=subprocess.STDOUT
        )
        while True:
            try:
                code = training.wait(PROGRESS_EVERY_S)
                break
            except subprocess.TimeoutExpired:
                say(f"  still training, {time.monotonic() - started_at:.0f} s")
            except BaseException:
                training.kill()
                raise
    trained = settings.models / f"{name}.tar.gz"
    if code != 0 or not trained.exists():
        raise TrainingFailed(f"Training failed: the last lines of {log} say why.")
    trained.replace(model)  # at once: a process never sees half a model
    say(f"Trained in {time.monotonic() - started_at:.0f} s.")
    for old in sorted(settings.models.glob("declic-*.tar.gz"), key=lambda path: path.stat().st_mtime)[:-KEPT_MODELS]:
        old.unlink(missing_ok=True)
    return model


def check_data() -> None:
    """Raises TrainingFailed with Rasa's own words when phrases, rules, stories and domain do not fit together."""
    require_dialogue_environment()
    command = [
        str(DIALOGUE_PYTHON), "-m", "rasa", "data", "validate", "--fail-on-warnings",
        "--data", "nlu", "stories", "--domain", "domain", "--config", "config.yml",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, env=dialogue_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise TrainingFailed(f"the training data is not in order:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")


def _source_files() -> Iterator[Path]:
    for source in SOURCES:
        path = ROOT / source
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.suffix in SUFFIXES)
        else:
            yield path
