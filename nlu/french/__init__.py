"""French as young people type it, without Rasa: shared by the dialogue server (Python 3.10) and the actions."""
