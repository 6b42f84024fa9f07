/** The commands: a new one is a new file and one line here. */
import { Command } from 'commander';
import type { Io } from '../io.ts';

interface CommandModule {
  /**
   * Adds options, help and action; the action calls `exit` with the exit code, or throws a
   * `Failure`.
   */
  define(command: Command, io: Io, exit: (code: number) => void): void;
}

export interface CommandEntry {
  readonly name: string;
  /** One line for `tidings --help`. */
  readonly summary: string;
  /** Loads the command on demand, so that other commands start faster. */
  load(): Promise<CommandModule>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'events',
    summary: 'follow live events, or print past ones',
    load: () => import('./events.ts'),
  },
  {
    name: 'serve',
    summary: 'run the daemon',
    load: () => import('./serve.ts'),
  },
  {
    name: 'send',
    summary: 'send an event to the daemon',
    load: () => import('./send.ts'),
  },
  {
    name: 'journal',
    summary: 'inspect, verify, export, import and prune the recorded history',
    load: () => import('./journal.ts'),
  },
  {
    name: 'ps',
    summary: 'list containers, now or at a past time',
    load: () => import('./ps.ts'),
  },
  {
    name: 'why',
    summary: "explain a container's last death",
    load: () => import('./why.ts'),
  },
  {
    name: 'replay',
    summary: 'replay a recording, as fast as it was or faster',
    load: () => import('./replay.ts'),
  },
  {
    name: 'report',
    summary: 'summarize a period: deaths, crash loops, outages, gaps',
    load: () => import('./report.ts'),
  },
  {
    name: 'top',
    summary: 'watch containers on the whole screen',
    load: () => import('./top.ts'),
  },
  {
    name: 'page',
    summary: 'open the page: lanes over time, events and states in a browser',
    load: () => import('./page.ts'),
  },
  {
    name: 'wait',
    summary: 'wait for a container to exit, run, be healthy or be removed',
    load: () => import('./wait.ts'),
  },
  {
    name: 'expect',
    summary: 'check that events occur as expected, for scripts',
    load: () => import('./expect.ts'),
  },
  {
    name: 'engines',
    summary: 'list the followed engines, and their state',
    load: () => import('./engines.ts'),
  },
  {
    name: 'rules',
    summary: 'check a file of rules, and try its alerts',
    load: () => import('./rules.ts'),
  },
  {
    name: 'forward',
    summary: 'check, watch and try the forwarders of events to sinks',
    load: () => import('./forward.ts'),
  },
  {
    name: 'config',
    summary: 'show the settings, and the source of each',
    load: () => import('./config.ts'),
  },
  {
    name: 'completion',
    summary: 'print a script that completes commands in bash, zsh or fish',
    load: async () => {
      const { defineCompletion } = await import('./completion.ts');
      return {
        define: (command, io, exit) => defineCompletion(command, io, exit, commands, definitionOf(io)),
      };
    },
  },
];

/** Defines commands without running them. */
function definitionOf(io: Io): (name: string) => Promise<Command | undefined> {
  return async (name) => {
    const module = await commands.find((entry) => entry.name === name)?.load();
    const command = new Command(name);
    module?.define(command, io, () => undefined);
    return module === undefined ? undefined : command;
  };
}
