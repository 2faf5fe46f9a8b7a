# A node of Hefu with its engine, run by nobody in particular: `docker compose up` (docker-compose.yml).

# The engine, of the version that nodes/engines/cometbft/settings.py pins; without C, it needs no library.
FROM golang:1.26 AS engine
ARG ENGINE_VERSION=0.38.25
RUN CGO_ENABLED=0 GOFLAGS=-trimpath GOBIN=/built \
    go install github.com/cometbft/cometbft/cmd/cometbft@v${ENGINE_VERSION}

# What Python needs, by its hashes; setuptools, which makes the package, from the list of the tools.
FROM python:3.11-slim AS build
RUN python -m venv /opt/hefu
WORKDIR /opt/hefu/source
COPY requirements/ requirements/
RUN sed -n '/^setuptools==/,/# via/p' requirements/dev.txt > /tmp/setuptools.txt \
    && /opt/hefu/bin/pip install --no-cache-dir --require-hashes --requirement requirements/runtime.txt \
    && /opt/hefu/bin/pip install --no-cache-dir --require-hashes --requirement /tmp/setuptools.txt
COPY . .
RUN /opt/hefu/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable .

FROM python:3.11-slim
RUN useradd --uid 10001 --home-dir /node --shell /usr/sbin/nologin hefu \
    && install --directory --owner=hefu --group=hefu --mode=0700 /node
COPY --from=engine /built/cometbft /usr/local/bin/cometbft
COPY --from=build /opt/hefu /opt/hefu
ENV PATH=/opt/hefu/bin:$PATH PYTHONUNBUFFERED=1
USER hefu
WORKDIR /node
VOLUME /node
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=4 CMD ["hefu", "node", "status"]
ENTRYPOINT ["hefu"]
CMD ["node", "start", "/node/data"]
