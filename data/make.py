"""Writes cdnow.csv and cdnow_sample.csv beside this file from the two text files of the CDNOW data.

    python3 data/make.py CDNOW_master.txt CDNOW_sample.txt

Takes each field as text, so that ids keep their zeros and amounts their cents; only the date changes its form.
"""

import sys
from pathlib import Path

HEADER = "customer_id,date,cds,amount"


def clean(source, customer_field, first_line):
    """The lines of one source file as CSV, in its order."""
    lines = source.read_text(encoding="ascii").splitlines()[first_line:]
    for line in lines:
        fields = line.split()
        day, cds, amount = fields[-3:]
        yield f"{fields[customer_field]},{day[:4]}-{day[4:6]}-{day[6:]},{cds},{amount}"


def main():
    master, sample = map(Path, sys.argv[1:])
    here = Path(__file__).parent
    # The master file has a header; the sample has none, and gives the id within the sample as a second field.
    for name, source, first_line in [("cdnow.csv", master, 1), ("cdnow_sample.csv", sample, 0)]:
        text = "\n".join([HEADER, *clean(source, 0, first_line)]) + "\n"
        (here / name).write_text(text, encoding="ascii", newline="\n")


main()
