# One image for web, worker, sender, beat and the browser worker.
FROM python:3.11-slim-bookworm

RUN apt-get update \
 && apt-get install -y --no-install-recommends chromium fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /app tsunagi

WORKDIR /app
COPY requirements/app.txt requirements/app.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/app.txt
COPY . .
ENV DJANGO_SETTINGS_MODULE=config.settings STATIC_ROOT=/app/staticfiles TSUNAGI_VAR=/app/var PYTHONUNBUFFERED=1
# Placeholders let the settings load; nothing is kept of them.
RUN python -m scripts.messages --compile \
 && DATABASE_URL=postgresql://build@/build SECRET_KEY=only-while-the-image-is-built-0123456789abcdef \
    FIELD_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= python manage.py collectstatic --noinput \
 && mkdir -p var && chown -R tsunagi var
USER tsunagi
CMD ["gunicorn", "config.wsgi", "-c", "python:config.serving", "--bind", "0.0.0.0:8000", "--workers", "4", "--threads", "4"]
