#!/usr/bin/env bash
# Checks the Python and JavaScript sources with ruff and eslint, and the C++ ones' formatting; extra
# words are for ruff, as in `scripts/lint.sh --fix`. ruff and clang-format go into .lint/: Debian 12 has
# no ruff, and every release of clang-format formats in its own way. eslint is the page's.
set -euo pipefail
cd "$(dirname "$0")/.."
ruff=0.17.6 clang_format=14.0.6

scripts/setup.sh --lint --npm
made_of="ruff==$ruff clang-format==$clang_format"
if [ "$(cat .lint/made_of 2>/dev/null)" != "$made_of" ]; then
  python=$(command -v /usr/bin/python3 || command -v python3)
  "$python" -m venv --clear .lint
  .lint/bin/pip install --quiet --disable-pip-version-check $made_of
  echo "$made_of" >.lint/made_of
fi
if [ ! -x report/node_modules/.bin/eslint ] || [ report/package-lock.json -nt report/node_modules/.package-lock.json ]; then
  (cd report && npm ci --silent)
fi

.lint/bin/ruff check --quiet "$@" scripts tests benchmarks .ci
(cd report && npm run --silent lint)
git ls-files '*.cpp' '*.h' | xargs .lint/bin/clang-format --dry-run -Werror
echo "no findings"
