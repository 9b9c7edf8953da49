# Sourced by run.sh beside it: sets PYTHON to one that has the packages of a requirements.txt. That is
# the one that PYTHON names already, or else one in an environment of its own below a temporary folder,
# so that nothing is installed anywhere else.
#
#     . ../venv.sh; need_python REQUIREMENTS FOLDER

need_python() {
    if [ -n "${PYTHON:-}" ]; then
        return
    fi
    if ! python3 -m venv "$2/venv"; then
        echo "python3 cannot make an environment (on Debian: apt-get install -y python3-venv)" >&2
        exit 2
    fi
    PYTHON=$2/venv/bin/python
    if ! "$PYTHON" -m pip install --quiet --disable-pip-version-check --requirement "$1"; then
        echo "pip cannot install what $1 names: is the package index reachable?" >&2
        exit 2
    fi
}
