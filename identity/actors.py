"""Who may say a command at all, by how many say it and by role. The rest stands beside each command."""

from hefu.v1 import identity_pb2 as pb
from identity import rejections as because
from identity.records import is_role
from ledger.context import Context
from ledger.errors import Rejection


def require_alone(context: Context) -> None:
    """Refuse NOT_ALONE."""
    if len(context.organisations) != 1:
        raise Rejection(because.NOT_ALONE)


def require_registrar(context: Context) -> None:
    """Refuse NOT_ALONE, NOT_REGISTRAR."""
    require_alone(context)
    if not is_role(context, context.actor, pb.REGISTRAR):
        raise Rejection(because.NOT_REGISTRAR)
