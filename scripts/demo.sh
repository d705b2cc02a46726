#!/usr/bin/env bash
# The whole way once: pull a model, validate, plan, train, evaluate, compare, report and call what was tuned.
set -uo pipefail
cd "$(dirname "$0")/.."

if [ -n "${FAST:-}" ]; then
    name=tickets-fast minutes=2
else
    name=tickets minutes=4
fi
spec=specs/tickets/$name.yaml

show() {  # echo an ft command as one would type it, then run it
    printf '\n\033[1m$ %s\033[0m\n' "$(printf '%q ' "$@" | sed 's/ $//')"
    "$@"
}

must() {
    show "$@" && return
    local code=$?
    case $code in
        130 | 143) echo; echo "Stopped. Nothing is lost: make demo${FAST:+ FAST=1} goes on from where it was." ;;
        *) echo; echo "Stopped: the command above ended with exit code $code (docs/exit-codes.md says what that means)." ;;
    esac
    exit "$code"
}

cat <<END
This fine-tunes a real language model on this machine and compares it honestly with what prompting alone can do.
  takes      about $minutes minutes on two idle cores, up to 2 GB of memory; no account, no GPU
  downloads  the model SmolLM2-135M-Instruct once, 93 MB, checked by its hash
  safe       to interrupt: the same command goes on from where it was
Each command is shown before it runs; you can type the same ones.
END

must ft models pull smollm2-135m-instruct
must ft validate "$spec"
must ft plan "$spec"

show ft apply "$spec" --wait --yes
applied=$?
case $applied in
    0) ;;
    16) echo; echo "The gate did not pass, so nothing was promoted. The report shows why." ;;
    19) echo; echo "The comparison cannot tell, so nothing was promoted. The report shows how sure it could be." ;;
    130 | 143) echo; echo "Stopped. Nothing is lost: make demo${FAST:+ FAST=1} goes on from where it was."; exit $applied ;;
    *) echo; echo "The run did not end well (exit code $applied; docs/exit-codes.md). make demo tries again."; exit $applied ;;
esac

must ft report "$spec"

if [ "$applied" -ne 0 ]; then
    exit "$applied"
fi

must ft complete "$name@production" --versus base "$TICKET"

cat <<END

Next:
  make demo${FAST:+ FAST=1} TICKET="..."          call it again, on a ticket of yours; nothing is trained twice
  ft compare $spec      the figures again
  ft resolve $name@production              what an application gets: the model, its prompt, its proof
  specs/tickets/README.md                  the case, its data and how it was split
  docs/cli.md and docs/python.md           the same from the shell and from Python
  .venv/bin/ftbot play                     the bot in your browser, without Slack or an account
(ft lives in .venv/bin: source .venv/bin/activate puts it on your path.)
END
