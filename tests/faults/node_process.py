"""A real node in processes of its own, that is ended by SIGKILL."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import grpc

from hefu.v1 import node_pb2 as pb
from hefu.v1.node_pb2_grpc import LedgerServiceStub


class NodeProcess:
    """`hefu node start` in a session of its own. Whatever is left of it is killed at the end."""

    def __init__(self, directory: Path, processes: int) -> None:
        command = [sys.executable, "-m", "nodes.cli", "node", "start", str(directory)]
        environment = {**os.environ, "HEFU_NODE_PROCESSES": str(processes), "HEFU_NODE_LOG_LEVEL": "error"}
        self._log = (directory / "stderr.log").open("ab")
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._log, env=environment, start_new_session=True, text=True
        )
        assert self._process.stdout is not None
        told = self._process.stdout.readline()
        if "port" not in told:
            self.close()
            raise RuntimeError(f"the node did not start: {(directory / 'stderr.log').read_text(encoding='utf-8')}")
        self._channel = grpc.insecure_channel(f"127.0.0.1:{told.split()[-1]}")
        self.ledger = LedgerServiceStub(self._channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()
        self.close()

    def close(self) -> None:
        """Kill what is left, and wait for it."""
        self.kill_all()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()

    def wait(self) -> int:
        """The status with which the door ends by itself."""
        return self._process.wait()

    def kill_all(self) -> None:
        """SIGKILL for door and kernel at once."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    def kill_kernel(self) -> None:
        """SIGKILL for the kernel alone; the door is left behind."""
        for child in self._list_children():
            os.kill(child, signal.SIGKILL)

    def submit(self, batches: Sequence[Sequence[bytes]]) -> Iterator[Sequence[pb.Receipt]]:
        """The receipts of each batch over one stream, until there are no more or the node is gone."""
        requests = (pb.SubmitBatch(transactions=batch) for batch in batches)
        try:
            for answer in self.ledger.SubmitStream(requests):
                yield answer.receipts
        except grpc.RpcError as lost:
            if lost.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
                raise

    def _list_children(self) -> list[int]:
        """The processes that the node started, as the system tells."""
        found = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text(encoding="ascii")
        return [int(child) for child in found.split()]
