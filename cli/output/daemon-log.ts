/** The daemon's log: lines of JSON for machines, sentences for people. */
import type { Log } from '../../src/index.ts';
import { safe } from '../safe.ts';

/** Destination of the lines. */
interface LogStream {
  write(text: string): unknown;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Makes a log that writes messages of that level or above. */
export async function createLog(format: LogFormat, level: LogLevel, stream: LogStream): Promise<Log> {
  return format === 'text' ? textLog(level, stream) : await jsonLog(level, stream);
}

/** `tidings: docker (unix:///run/docker.sock): connected, its events arrive`: the format of all messages of the command. */
function textLog(lowest: LogLevel, stream: LogStream): Log {
  const say =
    (level: LogLevel): Log['info'] =>
    (fields, text) => {
      if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(lowest)) return;
      const error = fields['err'] instanceof Error ? `: ${fields['err'].stack ?? fields['err'].message}` : '';
      const mark = level === 'error' ? 'error: ' : '';
      stream.write(`tidings: ${mark}${safe(text + error)}\n`);
    };
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
}

async function jsonLog(level: LogLevel, stream: LogStream): Promise<Log> {
  // Its default export is the whole library, both as a package and in a bundle.
  const { default: pino } = await import('pino');
  const formatters = { level: (label: string) => ({ level: label }) };
  const log: Log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, stream);
  return log;
}
