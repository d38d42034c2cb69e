import { progressText } from "./progressBar";
import type { NotebookEvent } from "./runNotebook";

/** Where lines go; a terminal also gets a line that rewrites itself. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const millisecondsBetweenLines = 15_000;

/**
 * Shows what a notebook run is doing: notebook, cell, progress with its time left. On a terminal progress rewrites one line;
 * elsewhere (a log, CI) a line is printed at most every 15 seconds.
 */
export function terminalView(
  title: string,
  screen: Screen,
  now: () => number = Date.now,
): (event: NotebookEvent) => void {
  let cells = 0;
  let lastLine = 0;
  let open = false;
  const line = (text: string): void => {
    screen.write(`${open ? "\r\u001b[K" : ""}${text}\n`);
    open = false;
  };
  const passing = (text: string): void => {
    if (screen.isTTY === true) {
      screen.write(`\r\u001b[K${text.slice(0, (screen.columns ?? 100) - 1)}`);
      open = true;
    } else if (now() - lastLine >= millisecondsBetweenLines) {
      lastLine = now();
      line(text);
    }
  };
  return (event) => {
    switch (event.event) {
      case "notebook":
        cells = event.cells;
        return line(title);
      case "cell":
        return passing(`  cell ${event.cell} of ${cells}: ${event.first.trim().slice(0, 60)}`);
      case "progress":
        return passing(
          `  cell ${event.cell} of ${cells}: ${progressText(event.state, event.state.seconds, event.state.from)}`,
        );
      case "cellDone":
        return event.seconds >= 5
          ? line(`  cell ${event.cell} of ${cells} took ${event.seconds.toFixed(0)} s`)
          : undefined;
      case "done":
        return event.ok ? line(`  done in ${event.seconds.toFixed(0)} s`) : undefined;
      case "stream":
      case "failure":
        return undefined;
      default:
        return event satisfies never;
    }
  };
}
