"""Sheets of strangers, read strictly; and sheets of ours, safe to open.

| module | what it holds |
|---|---|
| faults | why a cell, a row or a file is not taken, in both languages |
| cells | one cell: text, an amount, a day, an organisation |
| headings | which column means what, in English and Chinese |
| delimited | CSV: encodings, rows |
| workbook | XLSX: looked through before a library reads it |
| opening | either of them as a heading row and rows, with the file's digest |
| writing | CSV and XLSX without formulas |

Readers raise MalformedInput and nothing else. What makes a file unreadable refuses it whole; what is wrong with one
cell refuses its row (`BadCell`). Not here: what the rows are for (nodes.imports, nodes.reconciliation).
"""
