"""custval beside its peers: the same work on the same files, whole process against whole process, in turn. See ../README.md."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from measure import Contender, race, report

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
COHORT = PROJECT / "data" / "cdnow.csv"
CALIBRATION_END = "1997-09-30"
# The last day that make_log.py writes.
OBSERVATION_END = "2024-12-30"
MODELS = ["bg-nbd", "pareto-nbd"]


def script(name, *arguments):
    return [sys.executable, str(HERE / name), *map(str, arguments)]


def peer(name, *arguments):
    return script(f"peers/{name}", *arguments)


def log_of(args, rows, id_bytes, order):
    """A log of make_log.py, made where it is not there yet."""
    log = args.folder / f"log-{rows}-{args.customers}-{id_bytes}-{order}.csv"
    if not log.exists():
        shape = ["--rows", rows, "--customers", args.customers, "--id-bytes", id_bytes, "--order", order]
        part = log.with_suffix(".part")
        subprocess.run(script("make_log.py", part, *shape), check=True)
        part.rename(log)
    return log


def summary_of(args, log, output, *options):
    """The command that summarises a log."""
    command = [args.custval, "summary", log, "--time-unit", "week", "--as-of", OBSERVATION_END, "--format", "csv"]
    return list(map(str, [*command, "--output", output, *options]))


def packed(args):
    """The same log behind gzip and as Parquet, against DuckDB and Polars."""
    log = log_of(args, args.rows, 8, "date")
    made = {".csv.gz": lambda part: gzip(log, part), ".parquet": lambda part: subprocess.run(script("make_parquet.py", log, part), check=True)}
    for suffix, make in made.items():
        path = log.with_suffix(suffix)
        if not path.exists():
            part = path.with_suffix(".part")
            make(part)
            part.rename(path)
        outputs = {name: args.folder / f"summary-{name}.csv" for name in ("custval", "duckdb", "polars")}
        contenders = [
            Contender("custval", [summary_of(args, path, outputs["custval"], "--threads", args.threads)]),
            Contender("DuckDB", [peer("duckdb_summary.py", path, outputs["duckdb"], args.threads, OBSERVATION_END, "text", "any")]),
            Contender("Polars, streaming", [peer("polars_summary.py", path, outputs["polars"], args.threads, OBSERVATION_END, "text", "any")]),
        ]
        if suffix == ".csv.gz":
            contenders.append(Contender("`gzip -dc`", [["gzip", "-dc", str(path)]]))
        race(contenders, args.repeats)
        report(f"Summary: {args.rows:,} rows as `{suffix}`, {path.stat().st_size / 1e6:,.0f} MB", contenders)
        subprocess.run(script("agree.py", "summaries", *outputs.values()), check=True)


def gzip(log, part):
    with open(log, "rb") as source, open(part, "wb") as file:
        subprocess.run(["gzip", "-6"], stdin=source, stdout=file, check=True)


def dialects(args):
    """The same rows as others write them, against the plain ones."""
    rows = min(args.rows, 5_000_000)
    log = log_of(args, args.rows, 8, "date")
    contenders = []
    for dialect in ("plain", "quoted", "comma", "windows-1252", "local"):
        path = args.folder / f"dialect-{rows}-{dialect}.csv"
        if not path.exists():
            part = path.with_suffix(".part")
            subprocess.run(script("make_dialect.py", log, part, rows, dialect), check=True)
            part.rename(path)
        command = summary_of(args, path, args.folder / "summary-custval.csv", "--threads", args.threads)
        contenders.append(Contender(dialect, [command]))
    race(contenders, args.repeats)
    report(f"Dialects of {rows:,} rows", contenders)


def scale(args):
    """From a million rows to a hundred million of the same customers: time and memory, on one thread and on all."""
    print("\n### Scale\n\n| rows | order | threads | memory | wall | processor | million rows a second | peak memory | `wc -l` |")
    print("|---|---|---|---|---|---|---|---|---|")
    for order in ("date", "shuffled"):
        for rows in (1_000_000, 10_000_000, 20_000_000, 100_000_000):
            log = args.folder / f"scale-{rows}-{order}.csv"
            made = ["generate", "--only", "transactions", "--rows", rows, "--customers", min(args.customers, rows // 2), "--order", order]
            if not log.exists():
                subprocess.run(list(map(str, [args.custval, *made, "--output", log, "--quiet"])), check=True)
            lines = Contender("wc", [["wc", "-l", str(log)]])
            runs = []
            for threads, memory in ((args.threads, None), (1, None), (args.threads, "512MiB")):
                options = ["--threads", threads, *(["--memory", memory] if memory else [])]
                command = list(map(str, [args.custval, "summary", log, "--format", "csv", "--output", args.folder / "summary-custval.csv", *options]))
                runs.append((threads, memory, Contender(str(threads), [command])))
            race([lines, *(run for _, _, run in runs)], args.repeats)
            for threads, memory, run in runs:
                wall = statistics.median(run.seconds)
                cells = [f"{rows:,}", order, threads, memory or "", f"{wall:.2f} s", f"{statistics.median(run.processor_seconds):.2f} s"]
                cells += [f"{rows / wall / 1e6:.1f}", f"{run.peak_bytes / 2**20:,.0f} MiB", f"{statistics.median(lines.seconds):.2f} s"]
                print(f"| {' | '.join(map(str, cells))} |", flush=True)
            log.unlink()


def summaries(args):
    """The customer summary of a large log, against DuckDB and Polars from Python, and `wc -l` as the floor."""
    for id_bytes in args.id_bytes:
        for order in args.order:
            log = log_of(args, args.rows, id_bytes, order)
            outputs = {name: args.folder / f"summary-{name}.csv" for name in ("custval", "duckdb", "polars")}
            ours = summary_of(args, log, outputs["custval"], "--threads", args.threads)
            contenders = [
                Contender("custval", [ours]),
                Contender("DuckDB", [peer("duckdb_summary.py", log, outputs["duckdb"], args.threads, OBSERVATION_END, "text", "any")]),
                Contender("Polars, streaming", [peer("polars_summary.py", log, outputs["polars"], args.threads, OBSERVATION_END, "text", "any")]),
                Contender("`wc -l`", [["wc", "-l", str(log)]]),
            ]
            # The same table as ours, which stands in the order of its customers.
            for name, title in (("duckdb", "DuckDB, by customer"), ("polars", "Polars, by customer")):
                outputs[f"{name}-sorted"] = args.folder / f"summary-{name}-sorted.csv"
                read = [log, outputs[f"{name}-sorted"], args.threads, OBSERVATION_END, "text", "customer"]
                contenders.append(Contender(title, [peer(f"{name}_summary.py", *read)]))
            if id_bytes == 8:
                # Ids of eight digits, which a peer may be told are numbers.
                for name in ("duckdb", "polars"):
                    outputs[f"{name}-integer"] = args.folder / f"summary-{name}-integer.csv"
                    read = [log, outputs[f"{name}-integer"], args.threads, OBSERVATION_END, "integer", "any"]
                    title = {"duckdb": "DuckDB, ids as integers", "polars": "Polars, ids as integers"}[name]
                    contenders.append(Contender(title, [peer(f"{name}_summary.py", *read)]))
            race(contenders, args.repeats)
            size = log.stat().st_size / 1e6
            title = f"Summary: {args.rows:,} rows, {size:,.0f} MB, ids of {id_bytes} bytes, "
            report(title + ("in date order" if order == "date" else "shuffled"), contenders)
            subprocess.run(script("agree.py", "summaries", *outputs.values()), check=True)


def models(args):
    """BG/NBD and Pareto/NBD fitted to the whole CDNOW cohort and its customers scored, against Lifetimes."""
    summary = args.folder / "cdnow-summary.csv"
    subprocess.run(peer("lifetimes_summary.py", COHORT, summary, CALIBRATION_END), check=True)
    ours, theirs = args.folder / "scores-custval", args.folder / "scores-lifetimes"

    def custval(model):
        command = [args.custval, "clv", COHORT, "--calibration-end", CALIBRATION_END, "--model", model, "--time-unit", "week"]
        command += ["--horizon", "39w", "--format", "csv", "--overwrite", "--threads", args.threads]
        return list(map(str, [*command, "--output", f"{ours}-{model}.csv"]))

    def lifetimes(*names):
        return peer("lifetimes_score.py", summary, theirs, *names)

    for names in [[MODELS[0]], [MODELS[1]], MODELS]:
        contenders = [
            Contender("custval, from the log", [custval(name) for name in names]),
            Contender("Lifetimes, from a ready summary", [lifetimes(*names)]),
        ]
        race(contenders, args.repeats)
        report(f"Fit and score, CDNOW, 23,570 customers: {' and '.join(names)}", contenders)
        for name in names:
            subprocess.run(script("agree.py", "scores", name, f"{ours}-{name}.csv", f"{theirs}-{name}.csv"), check=True)


def made(args, name, program, *shape):
    """A file of the folder, made by one of the programs beside this one where it is not there yet."""
    path = args.folder / name
    if not path.exists():
        part = path.with_suffix(".part")
        subprocess.run([args.lifelines, str(HERE / program), *map(str, shape[:1]), str(part), *map(str, shape[1:])], check=True)
        part.rename(path)
    return path


def cox(args):
    """A Cox regression of a million customers, their tenures distinct or whole months, against lifelines."""
    for tenures in ("distinct", "tied"):
        path = args.folder / f"durations-{tenures}.csv"
        if not path.exists():
            subprocess.run([args.lifelines, str(HERE / "make_durations.py"), str(path), "--tenures", tenures], check=True)
        ours = [args.custval, "survival", path, "--cox", "age,price,tickets,annual,promotion", "--table", "cox"]
        ours += ["--format", "csv", "--threads", args.threads, "--quiet", "--output", args.folder / "cox-custval.csv"]
        theirs = [args.lifelines, str(HERE / "peers" / "lifelines_cox.py"), str(path), str(args.folder / "cox-lifelines.csv")]
        contenders = [Contender("custval, with the test of proportionality", [list(map(str, ours))]), Contender("lifelines", [theirs])]
        race(contenders, args.repeats)
        report(f"Cox regression of 1,000,000 customers, five covariates, {tenures} tenures", contenders)
        for file in ("cox-custval.csv", "cox-lifelines.csv"):
            print((args.folder / file).read_text())


def contracts(args):
    """Churn, survival and cohorts of ten million contracts, against the bare reading of their file."""
    path = made(args, "contracts.csv", "make_customers.py", "contracts")
    common = ["--format", "csv", "--quiet", "--threads", args.threads, "--output", args.folder / "contracts-result.csv"]

    def custval(name, *options):
        return Contender(f"`custval {name}`", [list(map(str, [args.custval, name, path, *options, *common]))])

    read = Contender("reading alone: Polars", [[args.lifelines, str(HERE / "peers/polars_read.py"), str(path), str(args.threads)]])
    contenders = [read, custval("churn"), custval("survival"), custval("cohort")]
    race(contenders, args.repeats)
    report("10,000,000 contracts", contenders)


def curve(args):
    """The curve, bands, Gini and grid of ten million customers, against Polars and DuckDB from Python."""
    path = made(args, "profits.csv", "make_customers.py", "profits")

    def custval(name, *options):
        command = [args.custval, name, path, *options, "--format", "csv", "--quiet", "--threads", args.threads]
        return list(map(str, [*command, "--output", args.folder / f"{name}-custval.csv"]))

    def theirs(name):
        return [[args.lifelines, str(HERE / f"peers/{name}_hook.py"), str(path), str(args.folder / f"hook-{name}.csv"), str(args.threads)]]

    contenders = [
        Contender("custval, two processes", [custval("hook"), custval("portfolio")]),
        Contender("Polars", theirs("polars")),
        Contender("DuckDB", theirs("duckdb")),
    ]
    race(contenders, args.repeats)
    report("The Hook curve and the grid of 10,000,000 customers", contenders)


def allocate(args):
    """A ledger to customers by 30 activities, against the same allocation in SQL by DuckDB."""
    folder = args.folder / f"costs-{args.rows}-{args.customers}"
    if not folder.exists():
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        subprocess.run(script("make_costs.py", part, "--events", args.rows, "--customers", args.customers), check=True)
        part.rename(folder)
    ours, theirs = args.folder / "costs-custval.csv", args.folder / "costs-duckdb.csv"

    def custval(*options):
        command = [args.custval, "allocate", folder / "costing.toml", "--quiet", "--threads", args.threads, *options]
        return list(map(str, [*command, "--output", ours, "--overwrite"]))

    contenders = [Contender("custval", [custval()]), Contender("DuckDB", [peer("duckdb_allocate.py", folder, theirs, args.threads)])]
    race(contenders, args.repeats)
    size = (folder / "activities.csv").stat().st_size / 1e6
    report(f"Allocation to {args.customers:,} customers: {args.rows:,} events, {size:,.0f} MB, 30 activities", contenders)
    subprocess.run(custval("--table", "wide"), check=True)
    subprocess.run(peer("duckdb_allocate.py", folder, theirs, args.threads, "each"), check=True)
    subprocess.run(script("agree.py", "costs", ours, theirs), check=True)


def start(args):
    """How long the tool takes to say what it can do."""
    contender = Contender("`custval --help`", [[str(args.custval), "--help"]])
    race([contender], 10 * args.repeats)
    report("Start", [contender])


def build(args):
    """A release build from nothing, and what comes out; ten minutes, so only when asked for."""
    target = args.folder / "cold-build"
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cargo", "fetch", "--locked"], check=True, cwd=PROJECT)
    settings = {**os.environ, "CARGO_TARGET_DIR": str(target)}
    begin, before = time.perf_counter(), os.times()
    subprocess.run(["cargo", "build", "--release", "--locked"], check=True, cwd=PROJECT, env=settings)
    minutes, after = (time.perf_counter() - begin) / 60, os.times()
    processor = (after.children_user + after.children_system - before.children_user - before.children_system) / 60
    size = (target / "release" / "custval").stat().st_size / 1e6
    print(f"\n### Build\n\nA cold release build takes {minutes:.1f} minutes, {processor:.1f} processor-minutes;", end=" ")
    print(f"the stripped binary has {size:.1f} MB.")
    shutil.rmtree(target)


WORK = {
    "summary": summaries, "packed": packed, "dialects": dialects, "scale": scale, "models": models, "cox": cox,
    "contracts": contracts, "curve": curve, "allocate": allocate, "start": start, "build": build,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", nargs="*", help=f"what to compare: {', '.join(WORK)} (default: all but scale and build)")
    parser.add_argument("--custval", type=Path, required=True, help="the binary")
    parser.add_argument("--lifelines", default=sys.executable, help="Python with lifelines and a newer numpy")
    parser.add_argument("--folder", type=Path, required=True, help="where logs and results go")
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--id-bytes", type=int, nargs="+", default=[8, 36], help="of the logs of `summary`")
    parser.add_argument("--order", nargs="+", default=["date", "shuffled"], help="of the logs of `summary`")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    unknown = [name for name in args.work if name not in WORK]
    if unknown:
        parser.error(f"no such work: {', '.join(unknown)}")
    for name in args.work or [name for name in WORK if name not in ("scale", "build")]:
        WORK[name](args)


main()
