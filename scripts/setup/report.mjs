import { passingCaches } from "./project.mjs";

/** Tells what is to be done, and then how it goes: one line per finished step, and on a terminal one live line below. */
export class Report {
  #running = new Map();
  #started = Date.now();
  #live = process.stdout.isTTY ? setInterval(() => this.#draw(), 250) : undefined;

  announce(steps, { npm_config_cache: npmCache }) {
    const megabytes = (field) => Math.round(steps.reduce((sum, step) => sum + (step[field] ?? 0), 0) / 1e6);
    const names = steps.map(({ title, download }) => (download ? `${title} ${Math.round(download / 1e6)} MB` : title));
    console.log(`Set-up: ${names.join(", ")}.`);
    if (megabytes("download") > 0) {
      const isKept = npmCache !== passingCaches.npm_config_cache && steps.some(({ name }) => name === "packages");
      const beside = isKept ? `; npm keeps its downloads in ${npmCache} too` : "";
      console.log(
        `It downloads about ${megabytes("download")} MB and keeps about ${megabytes("disk")} MB in this folder${beside}.`,
      );
    }
  }

  begin(step) {
    this.#running.set(step.name, { title: step.title, total: step.download, bytes: 0, since: Date.now() });
  }

  bytes(step, bytes) {
    const entry = this.#running.get(step.name);
    if (entry) entry.bytes = Math.max(entry.bytes, bytes);
  }

  end(step, adopted) {
    const { since } = this.#running.get(step.name);
    this.#running.delete(step.name);
    const how = adopted ? " (already here)" : "";
    this.#print(`${((Date.now() - since) / 1000).toFixed(1).padStart(6)} s  ${step.title}${how}`);
  }

  close(message) {
    clearInterval(this.#live);
    if (message) this.#print(`${message} in ${((Date.now() - this.#started) / 1000).toFixed(1)} s.`);
    else this.#print();
  }

  #print(line) {
    if (this.#live) process.stdout.write("\r\x1b[K");
    if (line) console.log(line);
  }

  #draw() {
    const parts = [...this.#running.values()].map(({ title, total, bytes, since }) => {
      const seconds = Math.round((Date.now() - since) / 1000);
      return bytes > 0 && total ? `${title} ${bar(Math.min(1, bytes / total))}` : `${title} ${seconds} s`;
    });
    const width = (process.stdout.columns ?? 80) - 1;
    process.stdout.write(`\r\x1b[K${parts.join(" | ").slice(0, width)}`);
  }
}

function bar(share) {
  const width = 10;
  const filled = Math.round(share * width);
  return `[${"#".repeat(filled)}${".".repeat(width - filled)}] ${Math.round(share * 100)}%`;
}
