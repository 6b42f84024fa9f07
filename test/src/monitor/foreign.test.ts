/** Writers that are not ours: a program in C against iSulad's struct, Python, a shell. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { IncomingEvent } from '../../../src/event.ts';
import { type Monitor, openMonitor } from '../../../src/monitor/monitor.ts';
import { CONTAINER_STATES } from '../../../src/monitor/state-codes.ts';
import { record } from '../../support/record.ts';
import { stateDirectory } from '../../support/state-directory.ts';
import { findTool } from '../../support/tools.ts';

const cc = findTool('cc') ?? '';
const python = findTool('python3') ?? '';

/**
 * The struct of iSulad's `event_type.h`, and a sender as its own, which writes a record a state.
 */
const SENDER = `
  #include <fcntl.h>
  #include <stdio.h>
  #include <stdlib.h>
  #include <string.h>
  #include <unistd.h>
  typedef enum { CONTAINER_EVENT, IMAGE_EVENT } msg_event_type_t;
  typedef enum { MONITORD_MSG_STATE, MONITORD_MSG_PRIORITY, MONITORD_MSG_EXIT_CODE } msg_type_t;
  struct monitord_msg {
    msg_type_t type;
    msg_event_type_t event_type;
    char name[65];
    char args[255];
    char extra_annations[255];
    int value;
    int exit_code;
    int pid;
  };
  int main(int argc, char **argv) {
    int states = atoi(argv[2]);
    for (int state = 0; state < states; state++) {
      struct monitord_msg msg = { .type = MONITORD_MSG_STATE, .event_type = CONTAINER_EVENT,
                                  .value = state, .pid = 9007, .exit_code = 0 };
      strncpy(msg.name, argv[3], sizeof(msg.name) - 1);
      strncpy(msg.extra_annations, "signal=9", sizeof(msg.extra_annations) - 1);
      int fd = open(argv[1], O_WRONLY | O_NONBLOCK);
      if (fd < 0 || write(fd, &msg, sizeof(msg)) != sizeof(msg)) return 1;
      close(fd);
    }
    printf("%zu", sizeof(struct monitord_msg));
    return 0;
  }`;

type Until = (enough: (events: readonly IncomingEvent[]) => boolean) => Promise<readonly IncomingEvent[]>;

async function open(): Promise<{ monitor: Monitor; directory: string; until: Until }> {
  const directory = stateDirectory();
  const monitor = await openMonitor({ directory });
  onTestFinished(() => monitor.close());
  const lists = record(monitor.events);
  const until: Until = async (enough) => (await lists.until((_, all) => enough(all.flat()))).flat();
  return { monitor, directory, until };
}

const id = 'c0ffee'.repeat(10) + 'c0de';

describe('the monitor reads', () => {
  it.skipIf(cc === '')("a C program's struct, whatever its state", async () => {
    const { monitor, directory, until } = await open();
    const source = join(directory, 'sender.c');
    const program = join(directory, 'sender');
    writeFileSync(source, SENDER);
    execFileSync(cc, ['-o', program, source]);
    const states = CONTAINER_STATES.length;
    expect(execFileSync(program, [monitor.path, String(states), id], { encoding: 'utf8' })).toBe('596');
    const events = await until(({ length }) => length === states);
    expect(events.map(({ action }) => action)).toEqual(CONTAINER_STATES);
    for (const { action, attributes, ...event } of events) {
      const ends = action === 'die';
      expect(event).toMatchObject({ type: 'container', id, name: id });
      expect(attributes).toEqual({ signal: '9', pid: '9007', ...(ends ? { exitCode: '0' } : {}) });
    }
    expect(monitor.status).toMatchObject({ records: states, gaps: 0 });
  });

  it.skipIf(python === '')("Python's struct of an image", async () => {
    const { monitor, until } = await open();
    const code = `import os, struct, sys
fd = os.open(sys.argv[1], os.O_WRONLY)
for value in range(7):
    os.write(fd, struct.pack("<ii65s255s255sxiii", 0, 1, b"busybox:latest", b"", b"", value, 0, 0))`;
    execFileSync(python, ['-c', code, monitor.path]);
    const events = await until(({ length }) => length === 7);
    expect(events.map(({ action }) => action)).toEqual([
      'load',
      'remove',
      'pull',
      'login',
      'logout',
      'import',
      'tag',
    ]);
    expect(events[0]).toMatchObject({ type: 'image', id: 'busybox:latest', name: 'busybox:latest' });
    expect(events.map(({ attributes }) => attributes)).toEqual(events.map(() => ({})));
  });

  it("a shell's lines, between garbage from the same", async () => {
    const { monitor, until } = await open();
    const line =
      '{"type":"network","action":"connect","id":"n1","attributes":{"container":"web"},"source":{"engine":"mine"}}';
    const script = `
      echo '${line}' > "$1"
      head -c 5000 /dev/zero > "$1"
      head -c 1000 /dev/urandom | tr '\\0\\n\\r{' xxxx > "$1"
      printf '${line}' > "$1"
      echo > "$1"`;
    execFileSync('/bin/sh', ['-c', script, 'sh', monitor.path]);
    const isLine = ({ action }: IncomingEvent): boolean => action === 'connect';
    const events = await until((all) => all.filter(isLine).length === 2);
    expect(events[0]).toMatchObject({
      ...{ type: 'network', id: 'n1', name: 'n1', attributes: { container: 'web' } },
      source: { engine: 'mine', endpoint: `fifo://${monitor.path}` },
    });
    expect(monitor.status).toMatchObject({ records: 0, lines: 2, discardedBytes: 6000 });
  });
});
