/** The output formats: from the value of `-o` to a renderer. */
import { usage } from '../exit.ts';
import type { Io } from '../io.ts';
import type { ColourChoice } from './colour.ts';
import { MACHINE_FORMATS, type MachineFormat, machineRenderer } from './machine.ts';
import type { Renderer } from './renderer.ts';
import type { TimeStyle } from './time.ts';

export interface OutputFlags {
  readonly output: string;
  readonly time?: TimeStyle | undefined;
  readonly utc?: boolean | undefined;
  readonly color: ColourChoice;
}

const HUMAN_FORMATS = ['text', 'wide'];

/** The formats by name, as `-o` takes them. */
export const FORMATS: readonly string[] = [...HUMAN_FORMATS, ...MACHINE_FORMATS];

/** Makes the renderer that the flags ask for, and loads that one alone. Rejects with a `Failure` when they make no sense. */
export async function createRenderer(
  { output, time, utc = false, color }: OutputFlags,
  io: Io,
): Promise<Renderer> {
  const template = output.includes('{{');
  if (!template && !FORMATS.includes(output)) {
    throw usage(
      `--output: unknown format '${output.slice(0, 80)}': known are ${FORMATS.join(', ')}, or a template such as ` +
        "'{{.Action}} {{.Actor.Attributes.name}}'",
    );
  }
  if (HUMAN_FORMATS.includes(output)) {
    const [{ textRenderer }, { chalkOf, colourLevel }] = await Promise.all([
      import('./people.ts'),
      import('./colour.ts'),
    ]);
    return textRenderer({
      chalk: chalkOf(colourLevel(color, io.env, io.stdout)),
      time: { style: time ?? 'short', utc, now: io.now },
      wide: output === 'wide',
      columns: () => (io.stdout.isTTY === true ? io.stdout.columns : undefined),
    });
  }
  if (time !== undefined) {
    throw usage(
      `--time is for people's formats (${HUMAN_FORMATS.join(', ')}); '${output.slice(0, 80)}' has a time of its own`,
    );
  }
  if (!template) return machineRenderer(output as MachineFormat, utc ? 'utc' : 'local');
  const { templateRenderer } = await import('./template.ts');
  return templateRenderer(output);
}
