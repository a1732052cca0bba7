"""The doors: web chat, Telegram, worker, command line. Each asks one service and says what it answered."""
