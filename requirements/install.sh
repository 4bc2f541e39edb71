#!/bin/sh
# Installs botlens into .venv, from the pinned and hashed requirements beside this file.
#
#   requirements/install.sh run    what a user needs
#   requirements/install.sh dev    what the checks and the tests need besides
#   requirements/install.sh postgres   the driver of PostgreSQL, for whoever follows one or keeps accounts there
#   requirements/install.sh node   Node for the build of the web page, where the machine has none (61 MB)
#
# With uv where there is one; where there is none, or where it cannot, with venv and pip. PYTHON names another Python.
set -eu
cd "$(dirname "$0")/.."
what=$1
python=${PYTHON:-python3}
environment=.venv

fail() {
    printf 'Error: %s\n' "$*" >&2
    exit 1
}

check_python() {
    command -v "$python" >/dev/null || fail "There is no $python. Install Python 3.11 or newer, or name one: make PYTHON=python3.12 demo"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "botlens needs Python 3.11 or newer; $python is $("$python" -V). Name another: make PYTHON=python3.12 demo"
}

make_with_uv() {
    uv venv --quiet --allow-existing --python "$python" "$environment"
}

make_with_pip() {
    "$python" -m venv "$environment" ||
        fail "$python cannot make an environment. On Debian and Ubuntu: apt-get install python3-venv"
    # An environment that uv has made has no pip.
    "$environment/bin/python" -m pip --version >/dev/null 2>&1 || "$environment/bin/python" -m ensurepip >/dev/null
}

with_uv() {
    uv pip install --quiet --python "$environment/bin/python" "$@"
}

with_pip() {
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

install_all() { # by what
    "$1" --require-hashes -r "requirements/$what.txt" &&
        { [ "$what" != run ] || "$1" --no-deps --no-build-isolation -e .; }
}

check_python
case $what in
    run) echo "1. Making an environment in $environment ..." ;;
    dev) echo "Installing what the checks and the tests need besides ..." ;;
    postgres) echo "Installing the driver of PostgreSQL ..." ;;
    node) echo "This machine has no Node 20.19 or newer: installing one, for the build of the web page (61 MB) ..." ;;
    *) fail "There is no $what to install: run, dev, postgres or node." ;;
esac
if command -v uv >/dev/null && make_with_uv; then
    [ "$what" != run ] || echo "2. Installing what botlens needs to run, with uv (about 620 MB on disk, all of it in $environment) ..."
    install_all with_uv && exit 0
    echo "uv could not do it: once more, with pip ..."
fi
make_with_pip
[ "$what" != run ] || echo "2. Installing what botlens needs to run, with pip (about 620 MB on disk, all of it in $environment; a minute or two) ..."
install_all with_pip
