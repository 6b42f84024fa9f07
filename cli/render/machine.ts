/** Lines for machines: as the encoders make them, never coloured. */
import { encoders } from '../../src/index.ts';
import { gapText, type Renderer } from './renderer.ts';
import { safe } from '../safe.ts';

export type MachineFormat = keyof typeof encoders;

export const MACHINE_FORMATS: readonly MachineFormat[] = Object.keys(encoders) as MachineFormat[];

export function machineRenderer(format: MachineFormat, zone: 'local' | 'utc'): Renderer {
  const encode = encoders[format];
  return {
    forPeople: false,
    // JSON is safe by itself; elsewhere a line feed in a label would make a line of its own.
    event: (event, cursor) => safe(encode(event, { cursor, zone })),
    gap: gapText,
  };
}
