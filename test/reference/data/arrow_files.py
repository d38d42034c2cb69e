"""A data set of two users and three items in Arrow IPC files, and files of other forms, by pyarrow (26.0.1).

Writes arrow_files.json (files in base64) beside this file. With a folder that saveDataset wrote, prints what pyarrow reads there.

    python arrow_files.py [FOLDER]
"""

import base64
import io
import json
import pathlib
import sys

import pyarrow as pa
import pyarrow.feather as feather


def file_of(table, batch=None, compression=None, stream=False):
    sink = io.BytesIO()
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table, max_chunksize=batch)
    return base64.b64encode(sink.getvalue()).decode()


if len(sys.argv) > 1:
    for name in ("interactions", "users", "catalogue"):
        print(name, feather.read_table(pathlib.Path(sys.argv[1]) / f"{name}.arrow", memory_map=False).to_pydict())
    sys.exit()

users = pa.table({"id": pa.array(["ann", "bo"], pa.utf8())})
pairs = {
    "user": pa.array([1, 0, 1, 0], pa.int32()),
    "item": pa.array([2, 0, 1, 2], pa.int32()),
    "time": pa.array([881250949.0, 0.5, -1.0, 3e9], pa.float64()),
    "rating": pa.array([4.5, 1.0, 3.0, 5.0], pa.float32()),
}
words = pa.list_(pa.field("item", pa.utf8(), nullable=False))
catalogue = pa.table(
    {
        "id": pa.array(["10", "9", "2"], pa.utf8()),
        "title": pa.array(["Amélie", "Heat", "東京物語"], pa.utf8()),
        "year": pa.array([2001, None, 1953], pa.int32()),
        "categories": pa.array([["Comedy", "Romance"], [], ["Drama"]], words),
        "abstract": pa.array([None, "Two men.", ""], pa.utf8()),
    }
)
table = pa.table(pairs)
wide = pa.table({**pairs, "user": pairs["user"].cast(pa.int64())})
expected = {
    "users": file_of(users),
    "catalogue": file_of(catalogue),
    "interactions": file_of(table, batch=3),  # two record batches
    "int64": file_of(wide),
    "stream": file_of(table, stream=True),
    "compressed": file_of(table, compression="lz4"),
    "dictionary": file_of(pa.table({"id": users["id"].dictionary_encode()})),
    "large": file_of(pa.table({"id": users["id"].cast(pa.large_utf8())})),
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(expected, indent=1) + "\n")
