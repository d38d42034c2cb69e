import { spawn } from "node:child_process";
import os from "node:os";

/**
 * Runs a program on this terminal and resolves to its exit code (128 + signal number if a signal ended it).
 *
 * Ctrl-C in a terminal reaches the child by itself. An interrupt sent to this process alone is passed on, and one
 * that was sent to both counts once in a child that stops at the first. `interruptAs` is the signal that an interrupt is
 * passed on as.
 */
export function runInForeground(command, args, { interruptAs = "SIGINT", ...options }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: "inherit" });
    const pass = (signal) => {
      if (signal !== "SIGINT") child.kill(signal);
      else if (!process.stdin.isTTY) child.kill(interruptAs);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, pass);
    child.on("error", (error) => {
      console.error(`Cannot start ${command}: ${error.message}`);
      resolve(1);
    });
    child.on("close", (code, signal) => {
      for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(name, pass);
      resolve(signal ? 128 + os.constants.signals[signal] : code);
    });
  });
}
