"""${message}"""

import sqlalchemy as sa
from alembic import op

from monitor.store.types import Id, Json, Numbers, UtcDateTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
