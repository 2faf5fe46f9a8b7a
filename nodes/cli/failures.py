"""How each error ends: one line on stderr (a numbered refusal: one in each language), and an exit code.

1: the ledger refused. 2: wrong usage, unreadable, unreachable, wrong passphrase, and any defect of ours.
"""

import json
import sys
from typing import Any

from typer import TyperException

from ledger.errors import MalformedInput
from nodes.cli.streams import complain, needs_ascii
from nodes.cli.values import BadValue

# Fields whose option, or argument, has another name.
OPTIONS = {
    "voucher": "VOUCHER", "package": "PACKAGE", "number": "NUMBER", "organisation": "ORG", "public_key": "PUBLIC_KEY",
    "payee": "--to", "receiver": "--to", "bank": "--to", "face_fen": "--amount", "registration_number": "--number",
    "fingerprints": "--invoices", "payees": "--payee", "keys": "--registration", "key": "--registration",
    "policy": "--policy or --persons", "roles": "--role", "valid_until_ms": "--valid-for", "signatures": "--key",
    "list": "CRL", "this_update_ms": "CRL", "revoked": "--serial or the keys", "reason_digest": "--reason",
    "document_digest": "--document", "credential": "SUBJECT, --kind and --person", "expires_at_ms": "--expires",
    "now_ms": "TIME", "proposal": "PROPOSAL", "change": "the change", "change_digest": "--change", "ballot": "--yes",
    "holder": "--to", "items": "VOUCHER", "vouchers": "VOUCHER", "voucher_class": "--class", "line": "LINE or --line",
    "banks": "--bank", "documents": "--document", "is_quoted": "--quoted", "pledgor": "ORG",
    "kinds": "--command", "until_on": "--until", "agent": "AGENT", "principal": "PRINCIPAL",
}  # fmt: skip
REFUSED = 1
UNUSABLE = 2


def explain(error: BaseException) -> dict[str, Any] | None:
    """The error as flat fields, `exit_code` among them; None where it is none that a user can cause."""
    if isinstance(error, BadValue):
        return fault("bad value 输入有误", str(error))
    if isinstance(error, MalformedInput):
        return fault("unreadable 无法识别", str(error))
    if isinstance(error, TyperException):
        return fault("usage 用法错误", error.format_message())
    if isinstance(error, UnicodeEncodeError):  # an argument of other bytes, which no message can hold
        return fault("bad value 输入有误", "what was given is not UTF-8 text")
    if isinstance(error, OSError):
        return fault("unreadable 无法读写", f"{error.filename}: {error.strerror}" if error.filename else str(error))
    return _explain_by_name(error)


def _explain_by_name(error: BaseException) -> dict[str, Any] | None:
    # By name, because whoever only verifies imports neither gRPC nor the key files.
    name = type(error).__name__
    if name == "Refused":
        return _explain_refused(error)
    if name == "Unreachable":
        return fault("unreachable 节点无法连接", f"{error}; is it running, and is --node right?")
    if name == "Undecided":
        return fault("undecided 结果未知", f"{error}; ask for it with hefu tx get before you sign anew")
    if name == "OtherNetwork":
        return fault("other network 网络不一致", f"{error}; nothing was signed for it")
    if name == "CallFailed":
        if getattr(error, "status", "") == "NOT_FOUND":
            return fault("not found 未找到", str(error)) | {"exit_code": REFUSED}
        return fault("call failed 调用失败", str(error))
    if name == "NotYourRequest":
        return fault("not your request 与请求不符", f"{error}; nothing was signed")
    if name == "DecodeError":
        return fault("unreadable 无法识别", "what the node answered is not a message of this version")
    if name == "WrongPassphrase":
        return fault("passphrase 口令错误", str(error))
    return None


def _explain_refused(error: Any) -> dict[str, Any]:
    what = option_name(error.field_name) if error.field_name else "it"
    return {
        "exit_code": REFUSED, "error": "refused 拒绝", "code": error.code, "name": error.name,
        "command_index": error.command_index, "field": error.field, "field_name": error.field_name,
        "english": error.english, "chinese": error.chinese,
        "advice": f"Nothing was changed; correct {what} and sign again.",
    }  # fmt: skip


def option_name(field_name: str) -> str:
    """The option with which a field is most likely given: due_on → --due-on."""
    name = field_name.rpartition(".")[2]
    if name in OPTIONS:
        return OPTIONS[name]
    for unit in ("_fen", "_ms", "_commitment"):
        name = name.removesuffix(unit)
    return "--" + name.replace("_", "-")


def show(found: dict[str, Any], as_json: bool) -> None:
    """Write an explained error to stderr."""
    if as_json:
        lines = [json.dumps(found, ensure_ascii=needs_ascii(sys.stderr), sort_keys=True)]
    elif "code" in found:
        place = f"command {found['command_index']}" + (f", field {found['field_name']}" if found["field_name"] else "")
        head = f"{found['code']} {found['name']} ({place})"
        lines = [
            f"refused {head}: {found['english']} {found['advice']}",
            f"拒绝 {head}: {found['chinese']} 状态未改变, 更正后请重新签署。",
        ]
    else:
        lines = [f"{found['error']}: {one_line(found['english'])}"]
    complain("\n".join(lines) + "\n")


def one_line(text: str) -> str:
    """The text without line breaks and control characters, so that a stranger's words stay on their line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def fault(kind: str, message: str) -> dict[str, Any]:
    """An error that is no refusal, as flat fields."""
    return {"exit_code": UNUSABLE, "error": kind, "english": message}
