/** The output formats: makes a renderer from the value of `-o`. */
import type { ContainerState } from '../../operators/index.ts';
import { usage } from '../exit.ts';
import type { Io } from '../io.ts';
import type { ColourChoice } from './colour.ts';
import { MACHINE_FORMATS, type MachineFormat, machineRenderer } from './machine.ts';
import type { Renderer } from './renderer.ts';
import type { Theme } from './theme.ts';
import type { ThemeChoice } from './theme-choice.ts';
import type { TimeStyle } from './time-text.ts';

export interface OutputFlags {
  readonly output: string;
  readonly time?: TimeStyle | undefined;
  readonly utc?: boolean | undefined;
  readonly color: ColourChoice;
  readonly theme?: ThemeChoice | undefined;
  /** `false`: lines are not cut to the terminal. */
  readonly trunc?: boolean | undefined;
}

const HUMAN_FORMATS = ['text', 'wide'];

/** The names of the formats in `-o`. */
export const FORMATS: readonly string[] = [...HUMAN_FORMATS, ...MACHINE_FORMATS, 'html'];

/** Tests for a format for people. */
export function isForPeople(output: string): boolean {
  return HUMAN_FORMATS.includes(output);
}

/** The colours for standard output. */
export async function loadTheme(
  { color, theme = 'auto' }: Pick<OutputFlags, 'color' | 'theme'>,
  io: Io,
): Promise<Theme> {
  const [{ colourLevel }, { createTheme, themeOf }] = await Promise.all([
    import('./colour.ts'),
    import('./theme.ts'),
  ]);
  return createTheme(colourLevel(color, io.env, io.stdout), themeOf(theme, io.env));
}

/**
 * Makes the renderer that the flags select, and loads only that one.
 *
 * @param seed containers that run already
 * @throws Failure if the flags contradict each other, or the format is unknown
 */
export async function createRenderer(
  flags: OutputFlags,
  io: Io,
  seed?: Promise<Iterable<ContainerState>>,
): Promise<Renderer> {
  const { output, time, utc = false, trunc } = flags;
  const template = output.includes('{{');
  if (!template && !FORMATS.includes(output)) {
    throw usage(
      `--output: unknown format '${output.slice(0, 80)}': known are ${FORMATS.join(', ')}, or a template such as ` +
        "'{{.Action}} {{.Actor.Attributes.name}}'",
    );
  }
  if (isForPeople(output)) {
    const [{ textRenderer }, { glyphsFor }, theme, containers] = await Promise.all([
      import('./people.ts'),
      import('./glyphs.ts'),
      loadTheme(flags, io),
      seed,
    ]);
    return textRenderer({
      theme,
      glyphs: glyphsFor(io.env),
      time: { style: time ?? 'short', utc, now: io.now },
      wide: output === 'wide',
      columns: () => (io.stdout.isTTY === true && trunc !== false ? io.stdout.columns : undefined),
      seed: containers,
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
