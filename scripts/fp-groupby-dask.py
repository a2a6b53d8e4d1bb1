#!/usr/bin/python3
"""A group-by of CSV files over the workers of a Dask cluster.

Three rounds of small tasks, each one run of fp-groupby that reads files and writes one
file into a folder all machines share (--work):

    types    partial --shard I/N            what each shard knows of the columns' types
    rows     partial --shard I/N --by ...   its rows, dealt out to parts by their keys
    answers  merge --part P                 the groups of one part, whole

The last merge runs here.  Every task gives the same octets whenever and wherever it
runs, and its file appears whole or not at all; so when a worker dies, Dask runs its
tasks again elsewhere and the answer does not change.  It is that of `fp-groupby groupby`
on one machine, bit for bit; with --fast (running values instead of rows, no third
round) float sums are within the bound that the manual states.

Exit status: that of fp-groupby when it refused something, 4 when the cluster failed.
"""
import argparse
import asyncio
import concurrent.futures
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HELP_END = """
The other options are those of fp-groupby partial.  Workers need the same paths to FILE
and DIR, and fp-groupby; Debian's package of Dask is python3-distributed.

  fp-groupby-dask.py --workers 4 --by city --agg sales:sum sales.csv > answer.csv
  fp-groupby-dask.py --scheduler tcp://host:8786 --work /shared -o answer.csv \\
      --by k --agg v:median --agg n=size /shared/big.csv
"""


class Failure(Exception):
    """Ends the run: the words, and the exit status."""

    def __init__(self, words, status=4):
        super().__init__(words, status)


def run(program, arguments, output):
    """One run of fp-groupby.  Returns (words, status) of what it refused, which is no use
    to try again; raises when it failed otherwise."""
    command, *rest = arguments
    done = subprocess.run(
        [program, command, "-o", output, *rest],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    words = done.stderr.strip() or f"{program} ended with {done.returncode}"
    if done.returncode in (0, 2, 3):
        return words, done.returncode
    raise RuntimeError(words)


def check(words, status):
    """What a run returned."""
    if status != 0:
        raise Failure(words, status)


def positive(text):
    """A number from 1."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def options():
    """The command line."""
    p = argparse.ArgumentParser(
        usage="%(prog)s [OPTION...] --by COLUMN --agg COLUMN:HOW FILE...",
        description=__doc__.split("\n", 1)[0],
        epilog=HELP_END,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("files", nargs="+", metavar="FILE")
    p.add_argument("--scheduler", metavar="ADDRESS", help="of a running cluster")
    p.add_argument("--scheduler-file", metavar="FILE", help="that it wrote")
    p.add_argument("--workers", metavar="N", type=positive, default=2, help="else so many processes here (default 2)")
    p.add_argument("--patience", metavar="S", type=positive, default=60, help="give up after S seconds without a worker (60)")
    p.add_argument("--shards", metavar="N", type=positive, help="cut the text into N (default: four a worker)")
    p.add_argument("--parts", metavar="N", type=positive, help="answer the groups in N (default: one a worker)")
    p.add_argument("--work", metavar="DIR", help="states go to a new folder here (default: TMPDIR)")
    p.add_argument("--program", metavar="PATH", default=os.environ.get("FP_GROUPBY", "fp-groupby"), help="where fp-groupby is")
    p.add_argument("-o", "--output", metavar="FILE", default="-", help="where the answer goes")
    p.add_argument("--by", metavar="COLUMN", action="append", required=True)
    p.add_argument("--agg", metavar="COLUMN:HOW", action="append", required=True)
    p.add_argument("--na", metavar="TEXT", action="append", default=[])
    p.add_argument("--delimiter", metavar="TEXT")
    for flag in ("--fast", "--no-sort", "--keep-missing", "--round-trip"):
        p.add_argument(flag, action="store_true")
    return p.parse_args()


def reading(o):
    """How the files are read: the options of both passes."""
    given = [f"--na={text}" for text in o.na]
    if o.delimiter is not None:
        given.append(f"--delimiter={o.delimiter}")
    if o.round_trip:
        given.append("--round-trip")
    return given


def query(o):
    """What is asked: the options of the second pass."""
    given = [f"--by={name}" for name in o.by] + [f"--agg={term}" for term in o.agg]
    for flag in ("fast", "no_sort", "keep_missing"):
        if getattr(o, flag):
            given.append("--" + flag.replace("_", "-"))
    if not o.fast:
        given.append(f"--parts={o.parts}")
    return given


class Cluster:
    """Rounds of tasks on the workers of a client."""

    def __init__(self, client, patience):
        self.client = client
        self.patience = patience

    def workers(self):
        """How many there are now."""
        return len(self.client.scheduler_info()["workers"])

    def round(self, name, tasks):
        """Run the tasks; says how far it is, for people.  Returns the files they wrote."""
        from distributed import TimeoutError as NothingYet
        from distributed import wait

        futures = [self.client.submit(run, *task, retries=2, pure=False) for task in tasks]
        left = set(futures)
        finished = 0
        last_seen = time.monotonic()
        while left:
            try:
                done, left = wait(left, timeout=1, return_when="FIRST_COMPLETED")
            except NothingYet:
                done = ()
            for future in done:
                try:  # what it returned is with the worker, which may be gone meanwhile
                    check(*future.result(timeout=5))
                except NothingYet:
                    left = left | {future}
                    continue
                finished += 1
                print(f"{name} {finished}/{len(futures)}", file=sys.stderr, flush=True)
            if self.workers() > 0:
                last_seen = time.monotonic()
            elif time.monotonic() - last_seen > self.patience:
                raise Failure(f"no worker is left ({name}: {finished} of {len(futures)} tasks done)")
        return [task[2] for task in tasks]


def answer(cluster, o, work):
    """The files whose merge is the answer."""

    def tasks(name, commands):
        return [(o.program, c, os.path.join(work, f"{name}-{i}")) for i, c in enumerate(commands, 1)]

    files = ["--"] + [os.path.abspath(f) for f in o.files]
    first = [["partial", f"--shard={i}/{o.shards}", *reading(o)] for i in range(1, o.shards + 1)]
    found = cluster.round("types", tasks("types", [c + files for c in first]))
    types = os.path.join(work, "types")
    check(*run(o.program, ["merge", "--state", "--", *found], types))
    second = [f"--types={types}", *query(o), *files]
    rows = cluster.round("rows", tasks("rows", [c + second for c in first]))
    if o.fast or o.parts == 1:
        return rows
    wanted = [["merge", f"--part={p}", "--", *rows] for p in range(1, o.parts + 1)]
    return cluster.round("answers", tasks("answers", wanted))


def connect(o):
    """A client of the cluster that the options name, or of one here."""
    try:
        from distributed import Client
    except ImportError as e:
        raise Failure(f"{e} (Debian's package is python3-distributed)") from e
    if o.scheduler or o.scheduler_file:
        return Client(o.scheduler, scheduler_file=o.scheduler_file)
    return Client(n_workers=o.workers, threads_per_worker=1, dashboard_address=None, silence_logs=logging.ERROR)


def work_on(o, work):
    """The whole run, with states in the folder."""
    with connect(o) as client:
        cluster = Cluster(client, o.patience)
        n = max(1, cluster.workers())
        o.shards = o.shards or 4 * n
        o.parts = o.parts or n
        last = answer(cluster, o, work)
    check(*run(o.program, ["merge", "--", *last], o.output))


def main():
    """Connect, work, merge; whatever happens, the states go."""
    o = options()
    logging.disable(logging.CRITICAL)  # Dask's words; what matters is said once, below
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work = None
    try:
        work = tempfile.mkdtemp(prefix="fp-groupby-", dir=o.work)
        work_on(o, work)
    except KeyboardInterrupt:
        sys.exit(130)
    except Failure as e:
        words, status = e.args
    except (concurrent.futures.CancelledError, asyncio.CancelledError):
        words, status = "the connection to the scheduler was lost", 4
    except (OSError, RuntimeError) as e:
        words, status = e, 4
    except Exception as e:  # Dask has many: lost connections, cancelled futures, killed workers
        words, status = f"{type(e).__name__}: {e}", 4
    else:
        return
    finally:
        if work:
            shutil.rmtree(work, ignore_errors=True)
    print(f"fp-groupby-dask.py: {words}", file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()
