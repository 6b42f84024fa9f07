/** `--exec` with real commands. */
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Io } from '../../../cli/io.ts';
import { Exec } from '../../../cli/output/exec.ts';
import type { EngineEvent } from '../../../src/index.ts';
import { event } from '../../support/events.ts';

const of = (name: string): EngineEvent => ({ seq: 1, ...event({ name, action: 'die' }) });

function exec(command: string): { readonly made: Exec; said(): string } {
  let text = '';
  const stderr = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  return { made: new Exec(command, { stderr, asides: new Set() } as unknown as Io), said: () => text };
}

async function ran(
  command: string,
  ...names: readonly string[]
): Promise<{ failures: number; said: string }> {
  const { made, said } = exec(command);
  for (const name of names) made.run(of(name), 'a:1');
  await made.idle();
  return { failures: made.failures, said: said() };
}

describe('--exec', () => {
  it('passes placeholders as arguments, never through a shell', async () => {
    const hostile = '$(touch /tmp/x) `id`; rm -rf "$HOME" \'a\' * \n&& b';
    const args = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
    const { failures, said } = await ran(
      `${process.execPath} -e '${args}' -- {{.Name}} '{{.Action}}-x'`,
      hostile,
    );
    expect(failures).toBe(0);
    expect(JSON.parse(said)).toEqual([hostile, 'die-x']);
  });

  it('gives the event as JSON on stdin, and writes escapes of the output out', async () => {
    const script = 'process.stdin.on("data", (d) => console.log("\\x1b[2J" + JSON.parse(d).name))';
    expect((await ran(`${process.execPath} -e '${script}'`, 'web')).said).toBe('\\x1b[2Jweb\n');
  });

  it('reports each failure, and runs the next command', async () => {
    expect(await ran(`sh -c 'test "$0" = good || exit 3' {{.Name}}`, 'good', 'bad', 'good')).toEqual({
      failures: 1,
      said: `tidings: --exec: 'sh -c test "$0" = good || exit 3 bad' ended with 3\n`,
    });
    const { failures, said } = await ran('/nosuch/program {{.Name}}', 'web', 'web');
    expect(failures).toBe(2);
    expect(said).toMatch(/^tidings: --exec: '\/nosuch\/program web' cannot be started: .*ENOENT/);
  });

  it('runs a few at a time, and pauses the stream while many wait', async () => {
    const { made } = exec('true');
    const paused: boolean[] = [];
    made.paused.subscribe((each) => paused.push(each));
    for (let i = 0; i < 70; i++) made.run(of('web'), 'a:1');
    expect(paused).toEqual([false, true]);
    await made.idle();
    expect({ paused, failures: made.failures }).toEqual({ paused: [false, true, false], failures: 0 });
  });

  it.each([
    ['{{.Name}} x', /^--exec: the program is '{{.Name}}': an event may not choose it/],
    ["notify 'x", /^--exec: invalid command: ' is missing/],
    ['notify {{.Nosuch}}', /^--exec: .*Nosuch/],
    ['', /^--exec: no command/],
  ])('refuses %j', (command, message) => {
    expect(() => exec(command)).toThrow(message);
  });
});
