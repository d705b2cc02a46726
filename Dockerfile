# The bot, with no build tools in its final layer. Build: docker build -t ftbot .
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY sdk sdk
COPY ftbot ftbot
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir '.[postgres]'

FROM python:3.12-slim
# git follows merged specs (FTBOT_WATCH_BRANCH).
RUN apt-get update && apt-get install --yes --no-install-recommends git && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 10001 ftbot
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 FTBOT_HOST=0.0.0.0 FTBOT_WORKSPACE=/workspace
WORKDIR /workspace
USER ftbot
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('FTBOT_PORT', '3000')}/livez\", timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["ftbot", "serve"]
