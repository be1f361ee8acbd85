"""Rewrites a log of make_log.py as somebody else exports it: python make_dialect.py LOG OUTPUT ROWS DIALECT

quoted        every field in quotes
comma         `1234,56`, and semicolons between fields
windows-1252  an id with a letter that takes a byte beyond ASCII
local         `31.03.2024`
"""

import itertools
import sys


def quoted(customer, date, amount):
    return f'"{customer}","{date}","{amount}"'


def comma(customer, date, amount):
    return f"{customer};{date};{amount.replace('.', ',')}"


def windows_1252(customer, date, amount):
    return f"é{customer},{date},{amount}"


def local(customer, date, amount):
    return f"{customer},{date[8:]}.{date[5:7]}.{date[:4]},{amount}"


def plain(customer, date, amount):
    return f"{customer},{date},{amount}"


def main():
    log, output, rows, dialect = sys.argv[1:]
    write = {"plain": plain, "quoted": quoted, "comma": comma, "windows-1252": windows_1252, "local": local}[dialect]
    header = {"quoted": '"customer_id","date","amount"', "comma": "customer_id;date;amount"}
    with open(log) as source, open(output, "w", encoding="windows-1252") as file:
        next(source)
        file.write(header.get(dialect, "customer_id,date,amount") + "\n")
        for line in itertools.islice(source, int(rows)):
            file.write(write(*line.rstrip("\n").split(",")) + "\n")


main()
