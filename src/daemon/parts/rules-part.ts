/** The part that runs rules. */
import type { Part } from '../part.ts';

export const rules: Part = async (daemon) => {
  const { rules: file } = daemon.options;
  if (file === undefined) return undefined;
  // The parser of rules is large, and most daemons have no rules.
  const { RulesFromFile } = await import('../rules-from-file.ts');
  const rules = new RulesFromFile(file, daemon);
  daemon.rules = rules;
  rules.reload();
  return () => rules.close();
};
