/**
 * FNV-1a in 32 bits, over UTF-16 code units (http://www.isthe.com/chongo/tech/comp/fnv). Signed.
 *
 * @param start the hash of the text before; default: the offset basis
 */
export function fnv1a(text: string, start = 0x811c_9dc5): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return hash;
}

/**
 * The same with its high bits folded into the low ones, unsigned: the remainders of texts that differ
 * in one digit differ too.
 */
export function foldedHash(text: string): number {
  const hash = fnv1a(text);
  return (hash ^ (hash >>> 15)) >>> 0;
}
