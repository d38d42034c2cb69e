"""Runs a notebook in a Jupyter kernel, cell by cell, and says on stdout what happens, one JSON object a line.

Stock runners lose what the TypeScript kernel says: it answers failures with a status and text on stderr, without an
error message or traceback. This one stops at the first reply that is not "ok", keeps what was made until then, numbers
the cells, ties each cell's outputs to the hash of its source and leaves out what changes from run to run.
"""

import argparse
import hashlib
import json
import os
import queue
import re
import signal
import sys
import tempfile
import time

from jupyter_client.manager import KernelManager

PROGRESS = "@progress "
ANSI = re.compile(r"\x1b\[[0-9;]*m")
STARTUP_SECONDS = 90
STARTS = 3  # a port may be taken between its choice and the kernel's start
SETTLE_SECONDS = 0.3  # tslab drops what reaches it within 200 ms of a failure
INTERRUPT_SECONDS = 15
LEAST_ALIKE = 8  # characters of code by which a line is told


def emit(event, **fields):
    print(json.dumps({"event": event, **fields}, ensure_ascii=False), flush=True)


class Failure(Exception):
    def __init__(self, reason, kind="error"):
        super().__init__(reason)
        self.kind = kind


class Interrupts:
    """Counts SIGINT and SIGTERM; a terminal and a wrapper may both send one, so a second within a second is the same."""

    def __init__(self):
        self.count = 0
        self.last = 0.0
        signal.signal(signal.SIGINT, self.note)
        signal.signal(signal.SIGTERM, self.note)
        self.parent = os.getppid()

    def note(self, *_):
        now = time.monotonic()
        if now - self.last > 1:
            self.count += 1
        self.last = now

    def pending(self):
        if os.getppid() != self.parent:
            self.count += 1
        return self.count > 0


class Outputs:
    """Outputs of one cell as nbformat keeps them; updates of a display reach whichever cell it stands in."""

    displays = {}

    def __init__(self, number):
        self.number = number
        self.list = []
        self.partial = ""
        self.stderr = ""

    def take(self, kind, content):
        if kind == "stream":
            self.stream(content["name"], content["text"])
        elif kind in ("display_data", "execute_result"):
            output = {"output_type": "display_data", "data": content["data"], "metadata": content.get("metadata", {})}
            self.list.append(output)
            name = content.get("transient", {}).get("display_id")
            if name:
                Outputs.displays[name] = output
        elif kind == "update_display_data":
            output = Outputs.displays.get(content.get("transient", {}).get("display_id"))
            if output:
                output.update(data=content["data"], metadata=content.get("metadata", {}))

    def stream(self, name, text):
        if name == "stderr":
            self.stderr += text
            self.store(name, text)
            return
        self.partial += text
        *lines, self.partial = self.partial.split("\n")
        kept = "".join(line + "\n" for line in lines if not self.progress(line))
        if self.partial and not PROGRESS.startswith(self.partial[: len(PROGRESS)]):
            kept, self.partial = kept + self.partial, ""
        self.store(name, kept)

    def progress(self, line):
        if not line.startswith(PROGRESS):
            return False
        emit("progress", cell=self.number, state=json.loads(line[len(PROGRESS) :]))
        return True

    def flush(self):
        if self.partial and not self.progress(self.partial):
            self.store("stdout", self.partial)
        self.partial = ""

    def store(self, name, text):
        if not text:
            return
        emit("stream", cell=self.number, name=name, text=text)
        last = self.list[-1] if self.list else None
        if last and last["output_type"] == "stream" and last["name"] == name:
            last["text"] += text
        else:
            self.list.append({"output_type": "stream", "name": name, "text": text})


def as_lines(text):
    return text.splitlines(keepends=True)


def canonical(output):
    """The output as it is stored: texts as lists of lines, so that a difference shows as lines."""
    if output["output_type"] == "stream":
        return {**output, "text": as_lines(output["text"])}
    data = {
        mime: as_lines(value) if isinstance(value, str) and mime.startswith("text/") else value
        for mime, value in output["data"].items()
    }
    return {**output, "data": data}


def source_of(cell):
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def source_hash(source):
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def write_notebook(path, notebook):
    partial = f"{path}.{os.getpid()}.partial"
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(partial, "w", encoding="utf-8") as file:
        json.dump(notebook, file, indent=1, sort_keys=True, ensure_ascii=False)
        file.write("\n")
    os.replace(partial, path)


class Session:
    """One kernel and the notebook that runs in it."""

    def __init__(self, args, interrupts):
        self.args = args
        self.interrupts = interrupts
        self.deadline = time.monotonic() + args.total_seconds
        self.log = tempfile.TemporaryFile()

    def start(self):
        for left in reversed(range(STARTS)):
            try:
                return self.launch()
            except RuntimeError as error:
                if left == 0 or self.manager.is_alive():
                    raise Failure(f"the kernel did not start: {error}. {self.kernel_log()}".strip(), "kernel") from error
                self.stop()

    def launch(self):
        self.manager = KernelManager(kernel_name=self.args.kernel)
        env = {**os.environ, "RECLM_PARAMETERS": self.args.parameters, "RECLM_PROGRESS": "lines"}
        preload = json.dumps(os.path.join(os.path.dirname(os.path.abspath(__file__)), "quote_failed_line.cjs"))
        env["NODE_OPTIONS"] = f"{env.get('NODE_OPTIONS', '')} --require {preload}".strip()
        folder = os.path.dirname(os.path.abspath(self.args.notebook))
        self.manager.start_kernel(cwd=folder, env=env, stdout=self.log, stderr=self.log)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=STARTUP_SECONDS)

    def stop(self):
        if hasattr(self, "client"):
            self.client.stop_channels()
        if hasattr(self, "manager") and self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)

    def kernel_log(self):
        self.log.seek(0)
        return ANSI.sub("", self.log.read().decode(errors="replace")).strip()[-2000:]

    def run(self, source, outputs):
        """Executes one cell; returns its execution count."""
        message = self.client.execute(source, store_history=True, allow_stdin=False, stop_on_error=True)
        limit = min(self.deadline, time.monotonic() + self.args.cell_seconds)
        reply, idle, stopped = None, False, None
        while not (reply and idle):
            reply = reply or self.reply_to(message)
            idle = self.take_output(message, outputs, 0.1) or idle
            if stopped is None:
                stopped = self.reason_to_stop(limit)
                if stopped:
                    self.manager.interrupt_kernel()
                    limit = time.monotonic() + INTERRUPT_SECONDS
            elif time.monotonic() > limit:
                raise stopped
            if not self.manager.is_alive():
                raise Failure(f"the kernel died. {self.kernel_log()}".strip(), "kernel")
        if stopped:
            raise stopped
        if reply["status"] != "ok":
            end = time.monotonic() + SETTLE_SECONDS
            while time.monotonic() < end:
                self.take_output(message, outputs, 0.05)
            raise Failure(ANSI.sub("", outputs.stderr).strip() or f"the kernel replied \"{reply['status']}\"")
        return reply["execution_count"]

    def reason_to_stop(self, limit):
        if self.interrupts.pending():
            return Failure("interrupted", "interrupted")
        if time.monotonic() > limit:
            whole = limit == self.deadline
            seconds = self.args.total_seconds if whole else self.args.cell_seconds
            return Failure(f"the {'notebook' if whole else 'cell'} took longer than its {seconds:g} seconds", "timeout")
        return None

    def reply_to(self, message):
        try:
            reply = self.client.get_shell_msg(timeout=0)
        except queue.Empty:
            return None
        return reply["content"] if reply["parent_header"].get("msg_id") == message else None

    def take_output(self, message, outputs, seconds):
        """Handles what the kernel published; True once it says that this cell is over."""
        try:
            while True:
                published = self.client.get_iopub_msg(timeout=seconds)
                kind, content = published["header"]["msg_type"], published["content"]
                if kind == "status":
                    own = published["parent_header"].get("msg_id") == message
                    if own and content["execution_state"] == "idle":
                        return True
                else:
                    outputs.take(kind, content)
                seconds = 0
        except queue.Empty:
            return False


def line_of(error, source):
    """The cell's line that an error names: by number for type errors, by its text for errors at run time.

    Run-time errors count the lines of the compiled cell, so what they quote is looked up in the source.
    """
    found = re.search(r"^(\d+):\d+ - ", error, re.M)
    if found:
        return int(found.group(1))
    quoted = re.match(r"evalmachine\.<anonymous>:\d+\n(.*)\n( *)\^", error)
    if not quoted:
        return None
    line, column = quoted.group(1), len(quoted.group(2))
    return line_of_code(line[column:], source) or line_of_code(line, source)


def line_of_code(compiled, source):
    """The only line of the source where this piece of compiled code begins, as far as compiling left it alike."""
    text = re.sub(r"\(0, \w+_\d+\.(\w+)\)", r"\1", compiled)
    text = re.sub(r"\bexports\.(tsLastExpr = )?|\b\w+_\d+\.", "", text)
    wanted = re.sub(r"\s", "", text)
    places = [(at, char) for at, char in enumerate(source) if not char.isspace()]
    dense = "".join(char for _, char in places)
    if not wanted:
        return None
    for length in range(len(wanted), min(len(wanted), LEAST_ALIKE) - 1, -1):
        if dense.count(wanted[:length]) == 1:
            return source.count("\n", 0, places[dense.index(wanted[:length])][0]) + 1
        if wanted[:length] in dense:
            return None
    return None


def message_of(error):
    """The error without what is in no reader's hand: the compiled line and the frames of the kernel and of Node."""
    text = re.sub(r"^evalmachine\.<anonymous>:\d+\n.*?\n\n", "", error, flags=re.S)
    text = re.sub(r"^\d+:\d+ - ", "", text)
    inner = re.compile(r"^\s+at .*(node:|evalmachine|quote_failed_line|[/\\]tslab[/\\])")
    return "\n".join(line for line in text.splitlines() if not inner.match(line)).strip() or error


def execute(args, notebook, session):
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for cell in cells:
        cell["outputs"], cell["execution_count"] = [], None
        cell["metadata"] = {name: value for name, value in cell.get("metadata", {}).items() if name == "tags"}
    emit("notebook", path=args.notebook, cells=len(cells))
    session.start()
    for number, cell in enumerate(cells, 1):
        source, outputs, started = source_of(cell), Outputs(number), time.monotonic()
        emit("cell", cell=number, first=next((line for line in source.splitlines() if line.strip()), ""))
        try:
            cell["execution_count"] = session.run(source, outputs) if source.strip() else None
            cell["metadata"]["reclm"] = {"executed": source_hash(source)}
        except Failure as failure:
            error = str(failure)
            line, text = line_of(error, source), message_of(error)
            emit("failure", path=args.notebook, cell=number, line=line, kind=failure.kind, error=text)
            return False
        finally:
            outputs.flush()
            cell["outputs"] = outputs.list
        emit("cellDone", cell=number, seconds=round(time.monotonic() - started, 3))
        if session.interrupts.pending():
            emit("failure", path=args.notebook, cell=number, line=None, kind="interrupted", error="interrupted")
            return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebook")
    parser.add_argument("--output", required=True)
    parser.add_argument("--kernel", default="tslab")
    parser.add_argument("--parameters", default="{}")
    parser.add_argument("--cell-seconds", type=float, default=float("inf"))
    parser.add_argument("--total-seconds", type=float, default=float("inf"))
    args = parser.parse_args()
    started = time.monotonic()
    with open(args.notebook, encoding="utf-8") as file:
        notebook = json.load(file)
    session = Session(args, Interrupts())
    finished = False
    try:
        finished = execute(args, notebook, session)
    except Failure as failure:
        emit("failure", path=args.notebook, cell=0, line=None, kind=failure.kind, error=str(failure))
    finally:
        session.stop()
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"] = [canonical(output) for output in cell["outputs"]]
        write_notebook(args.output, notebook)
    emit("done", ok=finished, seconds=round(time.monotonic() - started, 3), output=args.output)
    return 0 if finished else 1


if __name__ == "__main__":
    sys.exit(main())
