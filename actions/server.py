"""The Rasa action server: our actions behind rasa-sdk's HTTP application, on this machine only."""

import logging
import warnings
from datetime import date
from zoneinfo import ZoneInfo

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor

from actions import fragments, notebook, pay, practice, topics, workshops
from actions.door import Context
from actions.questions import answered
from programme.assistant import Assistant
from programme.clock import clock
from programme.database import engine_for, session_factory_for
from programme.knowledge import index

ACTIONS = (
    topics.AnswerTopic,
    topics.AskBack,
    topics.Repeat,
    topics.Restart,
    pay.Pay,
    practice.Practice,
    notebook.LogContact,
    notebook.MyContacts,
    fragments.Inform,
    workshops.ListWorkshops,
    workshops.AskToBook,
    workshops.AskToCancel,
    workshops.MyBookings,
    workshops.Confirm,
    workshops.Decline,
)


def serve(
    *, database_url: str, port: int, zone: ZoneInfo, today: date | None = None, public_url: str | None = None
) -> None:
    """Answer the dialogue server until stopped; ``today`` stands for the clock's day in answers.

    ``public_url`` is where the site can be reached from a phone, for links in channels outside of it.

    Raises:
        ContentError: the content does not load.
    """
    # the dialogue server is Rasa 3.6, this SDK 3.21: tried together, the protocol is the same
    warnings.filterwarnings("ignore", message=r".*version of .*rasa.* (and|SDK).*")
    assistant = Assistant.load(zone, on=today or clock().astimezone(zone).date())
    session_factory = session_factory_for(engine_for(database_url))
    with session_factory.begin() as session:
        index(session, assistant.answers)
    context = Context(assistant, session_factory, today, answered, public_url)
    executor = ActionExecutor()
    for action in ACTIONS:
        executor.register_action(action(context))
    logging.getLogger("sanic.access").setLevel(logging.WARNING)
    app = create_app(executor, cors_origins=None)
    app.run(host="127.0.0.1", port=port, single_process=True, access_log=False, motd=False)
