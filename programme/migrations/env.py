"""Alembic runs our migrations on the connection that `declic db migrate` hands over."""

from alembic import context

from programme.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    compare_type=True,
    # Procrastinate's tables live beside ours and have migrations of their own
    include_object=lambda _object, name, *_: not (name or "").startswith("procrastinate_"),
)
with context.begin_transaction():
    context.run_migrations()
