"""`python -m sandbox --var DIR --line-port 8011 --cart-port 8012` runs both servers until Ctrl-C or SIGTERM."""

import argparse
import asyncio
from pathlib import Path

from sandbox.serving import HOST, run_servers


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="sandbox", description="LINEシミュレーターとデモカートを起動します。"
    )
    parser.add_argument(
        "--var", type=Path, default=Path("var"), help="sandbox.json を置くフォルダー"
    )
    parser.add_argument("--host", default=HOST, help="127.0.0.1 以外は使えません")
    parser.add_argument("--line-port", type=int, default=8011)
    parser.add_argument("--cart-port", type=int, default=8012)
    parser.add_argument("--smtp-port", type=int, default=0)
    parser.add_argument("--dns-port", type=int, default=0)
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        help="デモカートのデータの種（最初の起動のときだけ）",
    )
    parser.add_argument(
        "--size",
        type=int,
        default=1500,
        help="デモカートの顧客数（最初の起動のときだけ）",
    )
    parser.add_argument(
        "--record",
        choices=["full", "counts"],
        default="full",
        help="counts は数だけを記録します",
    )
    options = parser.parse_args()
    asyncio.run(run_servers(**vars(options)))


if __name__ == "__main__":
    main()
