"""What the gRPC faces of all domains share: handlers from a service's descriptor, and errors as statuses.

A handler is given a message (in a stream the bytes of each, for `parse_request`: what does not decode is refused in its
place) and answers with a message, or with the serialised bytes of one. It refuses with `Refusal` details only through
`abort_refused`; every other error of ours becomes the status that fits it.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped] # published without types

from hefu.v1 import node_pb2 as pb
from ledger.errors import MalformedInput
from ledger.proofs import NotFound
from ledger.store.port import HistoryNotKept
from nodes.link import LinkFailure
from nodes.logs import get_log
from nodes.refusals import MALFORMED_CODES

M = TypeVar("M", bound=Message)
STATUS_DETAILS = "grpc-status-details-bin"


def build_handlers(service: ServiceDescriptor, servicer: object) -> grpc.GenericRpcHandler:
    """Handlers for every method that the service declares: GetVoucher is answered by `servicer.get_voucher`."""
    methods = {
        method.name: _build_handler(method, getattr(servicer, to_snake_case(method.name))) for method in service.methods
    }
    return grpc.method_handlers_generic_handler(service.full_name, methods)


def to_snake_case(name: str) -> str:
    """GetVoucher → get_voucher."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).removeprefix("_")


def serialise(answer: Message | bytes) -> bytes:
    """A message's bytes; bytes pass unread."""
    return answer if isinstance(answer, bytes) else answer.SerializeToString()


def parse_request(message: type[M], data: bytes) -> M:
    """A request from its bytes. Raises MalformedInput; gRPC's own decoding would end the call with UNKNOWN."""
    try:
        return message.FromString(data)
    except DecodeError:
        raise MalformedInput("not a message of this kind", message.DESCRIPTOR.name) from None


async def abort_refused(call: Any, receipt: pb.Receipt) -> NoReturn:
    """End a unary call with a numbered refusal: google.rpc.Status whose details are the Refusal and the Receipt."""
    refusal = receipt.refusal
    is_malformed = refusal.code in MALFORMED_CODES
    code = grpc.StatusCode.INVALID_ARGUMENT if is_malformed else grpc.StatusCode.FAILED_PRECONDITION
    status = Status(code=code.value[0], message=f"{refusal.name} ({refusal.code}): {refusal.english}")
    for detail in (refusal, receipt):
        packed = AnyMessage()
        packed.Pack(detail)
        status.details.append(packed)
    await call.abort(code, status.message, ((STATUS_DETAILS, status.SerializeToString()),))
    raise RuntimeError("abort does not return")


async def answer_or_abort(call: Any, answer: Awaitable[Any]) -> Any:
    """The answer; a question that has none ends the call with its status. A defect of ours is INTERNAL and an alarm."""
    try:
        found = await answer
    except MalformedInput as failure:
        await call.abort(grpc.StatusCode.INVALID_ARGUMENT, str(failure))
    except NotFound as failure:
        await call.abort(grpc.StatusCode.NOT_FOUND, str(failure))
    except HistoryNotKept as failure:
        await call.abort(grpc.StatusCode.OUT_OF_RANGE, str(failure))
    except LinkFailure as failure:
        await call.abort(grpc.StatusCode[failure.status], failure.message)
    except (grpc.aio.AbortError, GeneratorExit):
        raise
    except Exception as failure:  # noqa: BLE001 - a defect in one question must not end the node
        get_log().error("a question met a defect", alarm=True, exc_info=failure)
        await call.abort(grpc.StatusCode.INTERNAL, "a defect of the node; its operator finds it in the log")
    if found is None:
        await call.abort(grpc.StatusCode.NOT_FOUND, "there is nothing of this name")
    return found


def _build_handler(method: MethodDescriptor, behaviour: Callable[..., Any]) -> Any:
    if method.client_streaming:
        return grpc.stream_stream_rpc_method_handler(behaviour, None, serialise)
    message: type[Message] = GetMessageClass(method.input_type)

    async def parse_and_answer(data: bytes, call: Any) -> Any:
        return await behaviour(parse_request(message, data), call)

    async def answer(data: bytes, call: Any) -> Any:
        return await answer_or_abort(call, parse_and_answer(data, call))

    return grpc.unary_unary_rpc_method_handler(answer, None, serialise)
