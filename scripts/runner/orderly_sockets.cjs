// Preloaded into the kernel by its launcher, since tslab loses messages in two ways. It reads from its sockets while they
// are still being bound in another thread: a message that comes just then ends its loop for good, and the kernel lives on,
// deaf. And zeromq hands over 512 messages a turn of the event loop and refuses what follows, so that a cell that prints
// a thousand lines loses half of them and with them the word that it is done.
const { realpathSync } = require("node:fs");
const { createRequire } = require("node:module");

const tslab = process.argv.find((word) => /[\\/]tslab$/.test(word));
if (tslab !== undefined) {
  const { Publisher, Reply, Router } = createRequire(realpathSync(tslab))("zeromq");
  for (const kind of [Publisher, Reply, Router]) {
    const send = kind.prototype.send;
    Object.defineProperties(kind.prototype, {
      bind: {
        value(address) {
          if (kind === Publisher) this.sendHighWaterMark = 0; // a publisher drops what is above the mark
          bound(this, address);
        },
      },
      send: {
        value(message) {
          return inOrder(this, send, message);
        },
      },
    });
  }
}

/** Binds before the next message can come; a port that something else took ends the kernel with the reason. */
function bound(socket, address) {
  try {
    socket.bindSync(address);
  } catch (error) {
    console.error(`Cannot listen on ${address}: ${error.message}`);
    process.exit(1);
  }
}

const lines = new WeakMap();

/** Hands the message over at once, or after those that wait. */
function inOrder(socket, send, message) {
  const line = lines.get(socket) ?? { waiting: [], sent: Promise.resolve() };
  lines.set(socket, line);
  if (line.waiting.length === 0) {
    try {
      line.sent = send.call(socket, message);
      return line.sent;
    } catch (error) {
      if (error.code !== "EBUSY") throw error;
    }
  }
  line.waiting.push(message);
  if (line.waiting.length === 1) line.emptied = emptied(socket, send, line);
  return line.emptied;
}

async function emptied(socket, send, line) {
  await line.sent;
  while (line.waiting.length > 0) {
    if (!socket.closed) await send.call(socket, line.waiting[0]);
    line.waiting.shift();
  }
}
