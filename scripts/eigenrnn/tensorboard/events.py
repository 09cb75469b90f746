"""Files of events, as TensorBoard reads them. The same results give the same bytes. Needs the package tensorboard."""

import io
import pathlib
from typing import Any, Dict, Iterator, List, Set

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
from tensorboard.plugins.hparams import summary_v2 as hparams
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from eigenrnn.output import replace_atomically

from . import series
from .runs import Run

FILE = "events.out.tfevents.eigenrnn"
_STATUS = {"finished": api_pb2.STATUS_SUCCESS}  # else STATUS_FAILURE


def _content(events: List[Event]) -> bytes:
    buffer = io.BytesIO()
    writer = RecordWriter(buffer)
    for event in [Event(file_version="brain.Event:2", wall_time=events[0].wall_time), *events]:
        writer.write(event.SerializeToString(deterministic=True))
    return buffer.getvalue()


def _start(run: Run, seconds: float) -> Summary:
    """The settings in a fixed order, which TensorBoard does not give them."""
    summary = hparams.hparams_pb(series.settings(run), start_time_secs=seconds)
    plugin = summary.value[0].metadata.plugin_data
    data = plugin_data_pb2.HParamsPluginData.FromString(plugin.content)
    plugin.content = data.SerializeToString(deterministic=True)
    return summary


def _end(status: str, seconds: float) -> Summary:
    ended = plugin_data_pb2.SessionEndInfo(
        status=_STATUS.get(status, api_pb2.STATUS_FAILURE), end_time_secs=seconds
    )
    data = plugin_data_pb2.HParamsPluginData(session_end_info=ended)
    value = Summary.Value(
        tag=metadata.SESSION_END_INFO_TAG,
        metadata=metadata.create_summary_metadata(data),
        tensor=metadata.NULL_TENSOR,
    )
    return Summary(value=[value])


def _events_of(run: Run) -> Iterator[Event]:
    at = series.times(run)
    last = max(at.values())
    yield Event(wall_time=at[0], summary=_start(run, at[0]))
    yield Event(wall_time=at[0], summary=text_pb("run", series.account(run)))
    for epoch, tag, value in sorted(series.scalars(run), key=lambda scalar: scalar.epoch):
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        yield Event(wall_time=at.get(epoch, last), step=epoch, summary=summary)
    for epoch, tag, values in series.moduli(run):
        yield Event(wall_time=at.get(epoch, last), step=epoch, summary=histogram_pb(tag, values))
    yield Event(wall_time=last, summary=_end(run.result["status"], last))


def content_of(run: Run) -> bytes:
    return _content(list(_events_of(run)))


def overview(runs: List[Run]) -> bytes:
    """The settings and metrics that the table of HPARAMS has."""
    values: Dict[str, Set[Any]] = {}
    for run in runs:
        for name, value in series.settings(run).items():
            values.setdefault(name, set()).add(value)
    tags = dict.fromkeys(tag for run in runs for tag in series.test_tags(run))
    begin = min(series.times(run)[0] for run in runs)
    summary = hparams.hparams_config_pb(
        hparams=[hparams.HParam(name, hparams.Discrete(sorted(there))) for name, there in values.items()],
        metrics=[hparams.Metric(tag) for tag in tags],
        time_created_secs=begin,
    )
    return _content([Event(wall_time=begin, summary=summary)])


def write(folder: pathlib.Path, contents: Dict[str, bytes]) -> None:
    """A file for each run, by its name, in folders below this one; our files of other runs go. What does not change
    is not touched: a TensorBoard may be reading it."""
    wanted = {folder / name / FILE: content for name, content in contents.items()}
    for path in folder.rglob(FILE):
        if path not in wanted:
            path.unlink()
    for path, content in wanted.items():
        if not path.exists() or path.read_bytes() != content:
            replace_atomically(path, lambda temporary, content=content: temporary.write_bytes(content))
