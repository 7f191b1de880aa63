# Two images: `app` for web, worker, sender, jobs and beat; `browser` has a Chromium besides, which nobody else needs.
# `sh docker/pin_images.sh` writes the digest behind the tag: it is only known where the registry can be asked.
FROM python:3.11-slim-bookworm AS app

RUN useradd --system --uid 10001 --home-dir /app tsunagi

WORKDIR /app
COPY requirements/app.txt requirements/app.txt
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements/app.txt
COPY . .
ENV DJANGO_SETTINGS_MODULE=config.settings STATIC_ROOT=/app/staticfiles TSUNAGI_VAR=/app/var PYTHONUNBUFFERED=1
# Placeholders let the settings load; nothing is kept of them.
RUN python -m scripts.messages --compile \
 && DATABASE_URL=postgresql://build@/build SECRET_KEY=only-while-the-image-is-built-0123456789abcdef \
    FIELD_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= python manage.py collectstatic --noinput \
 && mkdir -p var /cells && chown -R tsunagi var /cells && chmod 700 var
USER tsunagi
CMD ["gunicorn", "config.wsgi", "-c", "python:config.serving", "--bind", "0.0.0.0:8000", "--workers", "4", "--threads", "4"]

FROM app AS browser
USER root
RUN apt-get update \
 && apt-get install -y --no-install-recommends chromium fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements/browser.txt
USER tsunagi

# What `docker build .` makes.
FROM app
