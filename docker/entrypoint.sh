#!/bin/sh
# web | live | worker | beat | migrate | any command of manage.py
set -eu
case ${1:-web} in
web)
  exec granian --interface wsgi --host 0.0.0.0 --port 8000 --workers "${WEB_WORKERS:-2}" --blocking-threads 4 \
    --workers-kill-timeout 10 --respawn-failed-workers --no-access-log --log-level warning readiness.wsgi:application
  ;;
live) exec python manage.py live --host 0.0.0.0 --port 8000 ;;
worker) exec celery -A readiness.celery worker --concurrency "${WORKER_PROCESSES:-2}" --loglevel warning ;;
beat) exec celery -A readiness.celery beat --schedule /tmp/beat-schedule --pidfile= --loglevel warning ;;
migrate)
  python manage.py migrate --noinput
  python manage.py createcachetable
  exec python manage.py checklist install
  ;;
*) exec python manage.py "$@" ;;
esac
