import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commands } from '../../cli/commands/index.ts';
import { cli } from '../support/cli.ts';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const tidings = cli();

describe('docs/cli.md', () => {
  it.each(commands)('shows the help of $name as it is', async ({ name }) => {
    const { stdout } = await tidings(['help', name]).finished;
    const [, shown] = new RegExp(`<!-- help: ${name} -->\n\`\`\`\n([^]*?)\`\`\`\n`).exec(page) ?? [];
    expect(shown).toBe(stdout);
  });

  it.each(commands)('lists $name', ({ name, summary }) => {
    expect(page).toMatch(new RegExp(`^    tidings ${name} +${summary}$`, 'm'));
  });
});
