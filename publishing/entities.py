"""docs/tables.md: the published tables and how they join, drawn from the models' YAML. `python -m
publishing.entities` writes it again."""

from __future__ import annotations

from dataclasses import dataclass

from core.data_folder import DBT_PROJECT
from publishing.keys import ForeignKey, keys_of, mart_models

PAGE = DBT_PROJECT.parent / "docs" / "tables.md"
HEAD = """# Các bảng công bố · The published tables

Mỗi bảng với các cột làm khóa (PK) và các cột nối sang bảng danh mục (FK). Số đo của từng bảng: [dictionary.md](dictionary.md). ·
Each table with the columns of its key (PK) and the columns that join it to a dimension (FK). What it measures: [dictionary.md](dictionary.md).

Nối bằng cột khóa (`…_key`, ngày, tháng), không nối bằng mã: một mã có nhiều dòng theo thời gian, một khóa chỉ có một dòng. Khóa trống: không có dòng nào để nối. ·
Join by the key columns (`…_key`, a day, a month), never by a code: a code has several rows over time, a key has one. A key that is NULL has no row to join.

Không sửa trang này: `make docs` viết lại từ `dbt_project/models/marts/*.yml`. · Not written by hand: `make docs` writes it from `dbt_project/models/marts/*.yml`.
"""


@dataclass(frozen=True)
class Entity:
    """A published table. `key`: its primary key, or the columns of its grain where one may be
    unknown; `types`: column -> type, every column in order; `foreign`: what joins it to others."""

    name: str
    description: str
    key: tuple[str, ...]
    types: dict[str, str]
    foreign: tuple[ForeignKey, ...]


def read_entities() -> list[Entity]:
    """The marts, by name. A mart without the test `one_row_per` is a ValueError: nobody has said
    what one row of it is."""
    found = []
    for model in mart_models():
        keys = [
            test["one_row_per"]["arguments"]["columns"]
            for test in model.get("data_tests", [])
            if "one_row_per" in test
        ]
        if len(keys) != 1:
            raise ValueError(f"{model['name']} has {len(keys)} tests `one_row_per`, not one")
        types = {column["name"]: column["data_type"] for column in model["columns"]}
        declared = keys_of(model)
        found.append(
            Entity(
                model["name"],
                model["description"],
                declared.primary or tuple(keys[0]),
                types,
                declared.foreign,
            )
        )
    return sorted(found, key=lambda entity: entity.name)


def joins(entities: list[Entity]) -> list[tuple[str, str, str]]:
    """(dimension, table, column) for every foreign key that a contract declares."""
    return [
        (key.to_table, entity.name, key.column) for entity in entities for key in entity.foreign
    ]


def page(entities: list[Entity]) -> str:
    """The page: a diagram, then one line for each table."""
    joined = joins(entities)
    lines = [HEAD, "```mermaid", "erDiagram"]
    lines += [f"    {dimension} ||--o{{ {table} : {column}" for dimension, table, column in joined]
    for entity in entities:
        foreign = [column for _, table, column in joined if table == entity.name]
        lines.append(f"    {entity.name} {{")
        for column in [*entity.key, *(column for column in foreign if column not in entity.key)]:
            marks = ", ".join(
                mark
                for mark, has in (("PK", column in entity.key), ("FK", column in foreign))
                if has
            )
            lines.append(f"        {entity.types[column]} {column} {marks}")
        lines.append("    }")
    lines += [
        "```",
        "",
        "| Bảng · Table | Một dòng là gì · What it holds | Cột · Columns |",
        "|---|---|--:|",
    ]
    lines += [
        f"| `{entity.name}` | {entity.description} | {len(entity.types)} |" for entity in entities
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(read_entities()), encoding="utf-8")


if __name__ == "__main__":
    main()
