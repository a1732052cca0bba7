"""What we add to Rasa. Runs in the dialogue environment (Python 3.10)."""
