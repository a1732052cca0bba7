"""The counsellors' console: server-rendered pages in French, for those of the staff who have an account."""
