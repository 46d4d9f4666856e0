#!/bin/sh
# Makes .venv from uv.lock on a machine that has a shell and some Python. Changes nothing outside this folder (and uv's cache).
#
#   scripts/bootstrap.sh run    what the application needs
#   scripts/bootstrap.sh dev    the same and what tests and checks need
#
# A stamp in .venv remembers the lock file it was made from, so the second time takes a few milliseconds.
# One environment serves both: `dev` adds to `run`, and `run` takes nothing away from `dev` (--inexact).
set -eu
cd "$(dirname "$0")/.."

wanted=${1:-dev}
case $wanted in run | dev) ;; *) echo "usage: $0 run|dev" >&2; exit 2 ;; esac
if [ "$wanted" = run ]; then groups=--no-dev; else groups=; fi
tools=var/tools
lock=$(cksum <uv.lock)

works() { "$@" >/dev/null 2>&1; }
new_enough() { works "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))'; }

stamped() { # .venv is whole, and was made from this lock file, for this purpose or for the larger one
  for purpose in "$wanted" dev; do
    [ "$(cat ".venv/.made-for-$purpose" 2>/dev/null)" = "$lock" ] && works .venv/bin/python -c '' && return 0
  done
  return 1
}

# 3.13 is what the tests run on; any other from 3.12 on will do. Names on PATH may be pyenv's shims that lead nowhere: try them.
find_python() {
  for name in python3.13 python3.14 python3.12 python3 python; do
    if new_enough "$name"; then command -v "$name"; return; fi
  done
  for series in 3.13 3.14 3.12; do
    for path in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/$series.*/bin/python3; do
      if new_enough "$path"; then echo "$path"; return; fi
    done
  done
}

find_uv() {
  if works uv --version; then command -v uv; elif works $tools/bin/uv --version; then echo $tools/bin/uv; fi
}

# Into a private folder, with whatever Python has pip or venv.
get_uv() {
  mkdir -p $tools
  for python in "$python_found" python3 python; do
    [ -n "$python" ] || continue
    if works "$python" -m venv --clear $tools && works $tools/bin/python -m pip install --quiet 'uv>=0.9,<1'; then return; fi
    rm -rf $tools
    if works "$python" -m pip install --quiet --target $tools 'uv>=0.9,<1'; then return; fi
  done
  echo "uv is needed and could not be installed with pip. Install it (https://docs.astral.sh/uv/) and run this again." >&2
  exit 1
}

if stamped; then exit 0; fi

python_found=$(find_python)
uv=$(find_uv)
if [ -z "$uv" ]; then
  echo "Fetching uv into $tools …" >&2
  get_uv
  uv=$(find_uv)
fi
if [ -z "$python_found" ]; then
  echo "No Python 3.12 or newer here; uv fetches one." >&2
  python_found=3.13
fi

echo "Making .venv from uv.lock ($python_found) …" >&2
# An environment that is there and new enough stays, whichever Python made it.
if new_enough .venv/bin/python; then python_found=.venv/bin/python; fi
UV_PROJECT_ENVIRONMENT=.venv "$uv" sync --quiet --frozen --no-install-project --inexact --python "$python_found" $groups
echo "$lock" >".venv/.made-for-$wanted"
