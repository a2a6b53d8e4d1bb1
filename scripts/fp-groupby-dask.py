#!/usr/bin/python3
"""A group-by of CSV files over the workers of a Dask cluster.

    fp-groupby-dask.py --scheduler tcp://HOST:8786 --by k --agg v:sum big.csv > answer.csv
    fp-groupby-dask.py --workers 4 --by k --agg v:sum big.csv > answer.csv

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

Needs python3-distributed.  The files must have the same paths on every worker.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from distributed import Client, LocalCluster, as_completed


def run(program, arguments, output, *_after):
    """One run of fp-groupby; returns the file it wrote."""
    command, *rest = arguments
    done = subprocess.run(
        [program, command, "-o", output, *rest],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip() or f"{program} ended with {done.returncode}")
    return output


def options():
    """The command line."""
    p = argparse.ArgumentParser(
        description=__doc__.split("\n", 1)[0],
        epilog="The other options are those of fp-groupby partial.",
    )
    p.add_argument("files", nargs="+", metavar="FILE")
    p.add_argument("--scheduler", metavar="ADDRESS", help="of a running cluster")
    p.add_argument("--scheduler-file", metavar="FILE", help="that it wrote")
    p.add_argument("--workers", type=int, default=2, help="else this many processes here (default 2)")
    p.add_argument("--shards", type=int, help="default: four a worker")
    p.add_argument("--parts", type=int, help="default: one a worker")
    p.add_argument("--work", metavar="DIR", help="a folder that all workers share (default: a temporary one)")
    p.add_argument("--program", default="fp-groupby", help="where fp-groupby is")
    p.add_argument("-o", "--output", help="where the answer goes (default: standard output)")
    p.add_argument("--by", action="append", required=True)
    p.add_argument("--agg", action="append", required=True)
    p.add_argument("--na", action="append", default=[])
    p.add_argument("--delimiter")
    for flag in ("--fast", "--no-sort", "--keep-missing", "--round-trip"):
        p.add_argument(flag, action="store_true")
    return p.parse_args()


def reading(o):
    """How the files are read: the options of both passes."""
    given = [f"--na={text}" for text in o.na]
    if o.delimiter:
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


def finish(name, futures):
    """Wait for a round; says how far it is, for people."""
    for done, future in enumerate(as_completed(futures), 1):
        future.result()
        print(f"{name} {done}/{len(futures)}", file=sys.stderr, flush=True)
    return [f.result() for f in futures]


def answer(client, o, work):
    """The files whose merge is the answer."""

    def submit(arguments, name, *after):
        path = os.path.join(work, name)
        return client.submit(run, o.program, arguments, path, *after, retries=2, pure=False)

    files = ["--"] + [os.path.abspath(f) for f in o.files]
    shards = range(1, o.shards + 1)
    part = [["partial", f"--shard={i}/{o.shards}", *reading(o)] for i in shards]
    found = finish("types", [submit(p + files, f"types-{i}") for i, p in zip(shards, part)])
    types = run(o.program, ["merge", "--state", "--", *found], os.path.join(work, "types"))
    second = [f"--types={types}", *query(o), *files]
    rows = finish("rows", [submit(p + second, f"rows-{i}") for i, p in zip(shards, part)])
    if o.fast or o.parts == 1:
        return rows
    wanted = range(1, o.parts + 1)
    return finish(
        "answers",
        [submit(["merge", f"--part={p}", "--", *rows], f"answers-{p}") for p in wanted],
    )


def main():
    """Connect, work, merge."""
    o = options()
    work = o.work or tempfile.mkdtemp(prefix="fp-groupby-")
    cluster = None
    try:
        if not o.scheduler and not o.scheduler_file:
            cluster = LocalCluster(
                n_workers=o.workers, threads_per_worker=1, dashboard_address=None
            )
        with Client(o.scheduler or cluster, scheduler_file=o.scheduler_file) as client:
            n = max(1, len(client.scheduler_info()["workers"]))
            o.shards = o.shards or 4 * n
            o.parts = o.parts or n
            last = answer(client, o, work)
        if o.output:
            run(o.program, ["merge", "--", *last], o.output)
        else:
            subprocess.run([o.program, "merge", "--", *last], check=True)
    except (RuntimeError, OSError, subprocess.CalledProcessError) as e:
        sys.exit(f"fp-groupby-dask.py: {e}")
    finally:
        if cluster:
            cluster.close()
        if not o.work:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
