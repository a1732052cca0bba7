"""The programme: its data and its rules. Nothing here knows Telegram, FastAPI or Rasa."""
