# One image for web, worker and migrate; they differ by command only:
#   web      (the default command)
#   worker   flask --app lti_tool worker
#   migrate  flask --app lti_tool db upgrade
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements-uv.lock requirements.lock ./
RUN python -m venv /uv \
    && /uv/bin/pip install --no-cache-dir --require-hashes -r requirements-uv.lock \
    && /uv/bin/uv venv --python python3 /app/.venv \
    && /uv/bin/uv pip sync --python /app/.venv/bin/python --no-cache --require-hashes --compile-bytecode requirements.lock

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /app --no-create-home mtl
WORKDIR /app
COPY --from=build /app/.venv /app/.venv
COPY gunicorn.conf.py ./
COPY config config
COPY static static
COPY migrations migrations
COPY lti_tool lti_tool
RUN install -d -o mtl -g mtl /app/var && /app/.venv/bin/python -m compileall -q lti_tool
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
VOLUME /app/var
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
CMD ["gunicorn", "lti_tool.wsgi:app", "--bind", "0.0.0.0:8000"]
