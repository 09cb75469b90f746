#!/usr/bin/env bash
# Checks the Python and JavaScript sources with ruff and eslint; extra words are for ruff, as in
# `scripts/lint.sh --fix`. ruff goes into .lint/, since Debian 12 has none; eslint is the page's.
set -euo pipefail
cd "$(dirname "$0")/.."
ruff=0.17.6

scripts/setup.sh --lint --npm
if [ "$(.lint/bin/ruff --version 2>/dev/null)" != "ruff $ruff" ]; then
  python=$(command -v /usr/bin/python3 || command -v python3)
  "$python" -m venv --clear .lint
  .lint/bin/pip install --quiet --disable-pip-version-check "ruff==$ruff"
fi
if [ ! -x report/node_modules/.bin/eslint ] || [ report/package-lock.json -nt report/node_modules/.package-lock.json ]; then
  (cd report && npm ci --silent)
fi

.lint/bin/ruff check --quiet "$@" scripts tests benchmarks .ci
(cd report && npm run --silent lint)
echo "no findings"
