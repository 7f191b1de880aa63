"""会員の取り込み: a file is uploaded, its columns mapped, checked without changing anything, loaded, taken back.

decoding → reading → columns/mapping → checking → judging → loading → undoing; console/jobs.py carries the long parts.
"""
