/** `tidings page`: the page in a browser. */
import type { Command } from 'commander';
import { catchError, lastValueFrom, throwError } from 'rxjs';
import { askEngines } from '../../src/index.ts';
import { type Gateway, ListenError, openGateway } from '../../src/internal.ts';
import { EXIT, endedBy, Failure } from '../exit.ts';
import { type Io, say } from '../io.ts';
import { openBrowser, openerOf } from '../settings/browser.ts';
import { addPlaceOptions, type PlaceFlags, settle, type Settings } from '../settings/place.ts';
import { wholeNumber } from '../settings/number-option.ts';
import { failureOf } from '../source/event-stream.ts';

interface Flags extends PlaceFlags {
  readonly port?: string;
  readonly open: boolean;
}

const EXAMPLES = `
Examples:
  tidings page                                 the page of the daemon here
  tidings page -H https://host:7777            that of another daemon, with its token in TIDINGS_TOKEN
  tidings page --no-open --port 7070           on a server; then on your machine:
  ssh -L 7070:127.0.0.1:7070 server            and open the printed address there

The page listens on 127.0.0.1. The address works once: the browser that opens it first gets a session, which lasts
until this command ends. On the page, ? lists the keys.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  addPlaceOptions(
    command
      .option('--port <n>', 'port on 127.0.0.1 (default: any free port)')
      .option('--no-open', 'print the address only'),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags) => exit(await page(flags, io)));
}

async function page(flags: Flags, io: Io): Promise<number> {
  const port =
    flags.port === undefined ? 0 : wholeNumber('--port', flags.port, { least: 0, largest: 65_535 });
  const settings = await settle(flags, io);
  await checkDaemon(settings);
  const gateway = await listen(settings, port);
  const forget = show(gateway.address, flags.open, io);
  await new Promise<void>((resolve) => {
    if (io.signal.aborted) resolve();
    else io.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  forget();
  await gateway.close();
  return endedBy(io.signal);
}

/** Fails early: a page without a daemon would be empty. */
async function checkDaemon({ endpoint, token }: Settings): Promise<void> {
  await lastValueFrom(
    askEngines({ endpoint, token }).pipe(catchError((error: unknown) => throwError(() => failureOf(error)))),
  );
}

async function listen({ endpoint, token }: Settings, port: number): Promise<Gateway> {
  try {
    return await openGateway({ endpoint, token, port });
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    throw new Failure(EXIT.unavailable, `--port ${port}: ${error.message}`, { cause: error });
  }
}

/** Prints the address, and opens it where there is a browser. */
function show(address: string, wanted: boolean, io: Io): () => void {
  io.stdout.write(`${address}\n`);
  const opener = wanted ? openerOf(io.env) : undefined;
  if (opener === undefined) {
    say(io, 'open this address in a browser; it works once. Ctrl-C ends the page');
    return () => undefined;
  }
  say(io, 'opening the page in a browser; Ctrl-C ends it');
  return openBrowser(opener, address, () => say(io, `${opener} did not open it: open the address yourself`));
}
