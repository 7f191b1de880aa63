#!/bin/sh
# point_shop.sh SHOP CELL: from now on the door leads the shop's requests to that cell, "cell2". The map is written
# aside and put in place at one stroke.
set -eu
MAP=${CELLS_MAP:-/cells/shops.map}
shop=${1:?a shop} cell=${2:?a cell}
case $shop in *[!-a-zA-Z0-9_]*) echo "no address of a shop: $shop" >&2; exit 2 ;; esac
case $cell in cell[0-9]*) ;; *) echo "no cell: $cell" >&2; exit 2 ;; esac
case ${cell#cell} in *[!0-9]*) echo "no cell: $cell" >&2; exit 2 ;; esac

# Words of nginx itself are shops only behind a backslash.
case $shop in default|hostnames|include|volatile) shop="\\$shop" ;; esac

{
  [ ! -e "$MAP" ] || while read -r line; do
    [ "${line%% *}" = "$shop" ] || printf '%s\n' "$line"
  done < "$MAP"
  printf '%s %s;\n' "$shop" "$cell"
} > "$MAP.new"
mv "$MAP.new" "$MAP"
