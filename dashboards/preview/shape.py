"""The transformations that the dashboards use, as Grafana does them, and series out of rows."""

import collections

from preview.sources import Table


def transformed(panel, tables):
    """What a panel draws of the tables that its targets gave."""
    for one in panel.get("transformations", []):
        tables = [TRANSFORMATIONS[one["id"]](tables, one["options"])]
    return tables


def _merge(tables, _options):
    """Rows with the same labels become one."""
    merged, columns = {}, []
    for table in tables:
        keys = [name for name in table.columns if not name.startswith("Value")]
        columns += [name for name in table.columns if name not in columns]
        for row in table.rows:
            cells = dict(zip(table.columns, row))
            merged.setdefault(tuple(cells[key] for key in keys), {}).update(cells)
    return Table(columns, [[row.get(name) for name in columns] for row in merged.values()], set())


def _organize(tables, options):
    """Renames columns and leaves some out."""
    (table,) = tables
    kept = [index for index, name in enumerate(table.columns) if not options["excludeByName"].get(name)]
    names = [options["renameByName"].get(table.columns[index], table.columns[index]) for index in kept]
    return Table(names, [[row[index] for index in kept] for row in table.rows], table.times)


def _grouping_to_matrix(tables, options):
    """A row for each value of one column, a column for each value of another."""
    (table,) = tables
    row, column, value = (table.columns.index(options[name]) for name in ("rowField", "columnField", "valueField"))
    matrix = collections.defaultdict(dict)
    for cells in table.rows:
        matrix[cells[row]][cells[column]] = cells[value]
    across = list(dict.fromkeys(cells[column] for cells in table.rows))
    rows = [[name, *(cells.get(one, 0) for one in across)] for name, cells in matrix.items()]
    return Table([f"{options['rowField']}\\{options['columnField']}", *across], rows, set())


TRANSFORMATIONS = {"merge": _merge, "organize": _organize, "groupingToMatrix": _grouping_to_matrix}


def series(table):
    """Name of a series -> its points, of a table that has a column of moments: one for each text and each number in a row."""
    if not table.rows:
        return {}
    (time, *_) = (index for index, name in enumerate(table.columns) if name in table.times)
    texts = [index for index, cell in enumerate(table.rows[0]) if isinstance(cell, str)]
    numbers = [index for index, cell in enumerate(table.rows[0]) if index != time and not isinstance(cell, str)]
    found = collections.defaultdict(list)
    for row in table.rows:
        for number in numbers:
            words = [row[text] for text in texts] + ([table.columns[number]] if len(numbers) > 1 or not texts else [])
            found[" ".join(words)].append((row[time], row[number]))
    return dict(found)
