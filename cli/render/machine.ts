/** Lines for machines, from the encoders, without colour. */
import { encoders } from '../../src/index.ts';
import { gapText, type Renderer } from './renderer.ts';
import { safe } from '../safe.ts';

export type MachineFormat = keyof typeof encoders;

export const MACHINE_FORMATS: readonly MachineFormat[] = Object.keys(encoders) as MachineFormat[];

export function machineRenderer(format: MachineFormat, zone: 'local' | 'utc'): Renderer {
  const encode = encoders[format];
  return {
    forPeople: false,
    // JSON is safe by itself; in other formats a line feed in a label would start a new line.
    event: (event, cursor) => safe(encode(event, { cursor, zone })),
    gap: gapText,
  };
}
