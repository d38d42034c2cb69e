"""A data set of three loans and three books, and lists of three kinds with nulls in them, as Parquet and Arrow IPC (file and stream), by pyarrow.

Writes columnar_pyarrow.json beside this file.

    python columnar_pyarrow.py
"""

import base64
import datetime as dt
import json
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

utc = lambda *at: dt.datetime(*at, tzinfo=dt.timezone.utc)
loans = pa.table({
    "reader": pa.array([7, 2**53 + 1, 7], pa.int64()), "isbn": pa.array(["b-1", "b-2", "b-2"]).dictionary_encode(), "stars": pa.array([4.5, 3, 1], pa.float32()),
    "lent": pa.array([utc(2020, 1, 1), utc(2020, 1, 2, 0, 0, 1), utc(1969, 12, 31)], pa.timestamp("us", "UTC")), "day": pa.array([dt.date(2020, 1, 1), dt.date(2020, 1, 2), dt.date(1970, 1, 2)]),
    "unread": pa.array([[1.0], [2.0], [3.0]]),
})  # fmt: skip
books = pa.table({
    "isbn": ["b-1", "b-2", "b-3"], "it's \"title\"": ["Ulysses", "Stoner,\n A Life", "Iliad"], "year": pa.array([1922, None, 762], pa.int16()),
    "subjects": pa.array([["novel", "irish"], [], None], pa.list_(pa.string())), "blurb": pa.array([None, "It's", "Anger."]),
})  # fmt: skip
words = [["novel", None, "irish"], [None, None], ["war", "epic", None]]
pairs = [["novel", "irish"], None, ["war", None]]
lists = pa.table({
    "isbn": ["b-1", "b-2", "b-3"], "list": pa.array(words, pa.list_(pa.string())), "large": pa.array(words, pa.large_list(pa.string())),
    "pair": pa.array(pairs, pa.list_(pa.string(), 2)),
})  # fmt: skip


def written(table):
    parquet, file, stream = pa.BufferOutputStream(), pa.BufferOutputStream(), pa.BufferOutputStream()
    pq.write_table(table, parquet)
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    encode = lambda sink: base64.b64encode(sink.getvalue().to_pybytes()).decode()
    return {"parquet": encode(parquet), "arrow": encode(file), "arrows": encode(stream)}


pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({"loans": written(loans), "books": written(books), "lists": written(lists)}))
