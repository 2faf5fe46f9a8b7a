"""Workbooks for tests: honest ones by the library, hostile ones by hand, part by part."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/sharedStrings.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET_RELATION = f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
ROOT_RELATION = f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
WORKBOOK = (
    f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
STRINGS = f'<sst xmlns="{MAIN}"><si><t>due</t></si></sst>'


def write_workbook(path: Path, rows: Iterable[Sequence[Any]], more: Mapping[str, Iterable[Sequence[Any]]] = {}) -> Path:
    """An honest workbook; `more`: further sheets by name."""
    workbook = openpyxl.Workbook(write_only=True)
    for name, content in ({"payables": rows} | dict(more)).items():
        sheet = workbook.create_sheet(name)
        for row in content:
            sheet.append(list(row))
    workbook.save(path)
    return path


def write_parts(path: Path, sheet: str = "", **changes: str | bytes) -> Path:
    """A workbook of these parts; `sheet` is what stands in its sheetData, others replace whole parts by short names."""
    parts: dict[str, str | bytes] = {
        "types": CONTENT_TYPES, "root": RELATIONS % ROOT_RELATION, "workbook": WORKBOOK, "strings": STRINGS,
        "relations": RELATIONS % SHEET_RELATION,
        "sheet": f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>',
    }  # fmt: skip
    names = {
        "types": "[Content_Types].xml", "root": "_rels/.rels", "workbook": "xl/workbook.xml",
        "strings": "xl/sharedStrings.xml", "relations": "xl/_rels/workbook.xml.rels",
        "sheet": "xl/worksheets/sheet1.xml",
    }  # fmt: skip
    named = {names[short]: content for short, content in parts.items()}
    named |= {names.get(name, name): content for name, content in changes.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in named.items():
            archive.writestr(name, content)
    return path


def read_part(data: bytes, name: str) -> str:
    """A part of a workbook as text."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()
