/** An explanation for the screen. */
import type { Io } from '../io.ts';
import { explanationText } from '../render/explanation-text.ts';
import type { Theme } from '../render/theme.ts';
import type { Settings } from '../settings/place.ts';
import { engineFacts } from '../source/engine-facts.ts';
import { explanations } from '../source/explanations.ts';

/** The explanation of a container as text. @param id a name or full id */
export async function explanationOf(id: string, theme: Theme, settings: Settings, io: Io): Promise<string> {
  const found = await explanations({ name: id, at: undefined, all: false }, settings, io);
  const texts = await Promise.all(
    found.map(async (each) => {
      const facts = await engineFacts(each, 0);
      return explanationText(each, {
        theme,
        zone: 'local',
        now: io.now(),
        withEngine: found.length > 1,
        facts,
      });
    }),
  );
  return texts.length === 0 ? 'no event is about it' : texts.join('\n');
}
