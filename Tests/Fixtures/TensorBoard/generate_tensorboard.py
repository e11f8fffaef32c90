"""Writes scalars.tfevents with TensorBoard's own messages and record format (pip install tensorboard).

With a folder as argument it reads the event files in it instead and prints what TensorBoard finds there:
    python generate_tensorboard.py runs/digits-1/tensorboard/train
"""

import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

TIME = 1700000000.25


def record(event):
    data = event.SerializeToString()
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked_crc32c(length)) + data + struct.pack("<I", masked_crc32c(data))


def scalars(step, values):
    return Event(
        wall_time=TIME + step, step=step,
        summary=Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values]))


if len(sys.argv) > 1:
    found = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
    found.Reload()
    for tag in sorted(found.Tags()["scalars"]):
        print(tag, [(point.step, round(point.value, 6)) for point in found.Scalars(tag)])
else:
    events = [
        Event(wall_time=TIME, file_version="brain.Event:2"),
        Event(wall_time=TIME, step=200, session_log=SessionLog(status=SessionLog.START)),
        scalars(0, [("cost", 2.5), ("accuracy", 0.125)]),
        scalars(300, [("cost", float("nan"))]),
        scalars(1 << 40, [("Größe/λ", -1e-30)]),
    ]
    with open(__file__.rsplit("/", 1)[0] + "/scalars.tfevents", "wb") as file:
        for event in events:
            file.write(record(event))
