from bench.stage import Table


def run(table: Table) -> None: ...
