/** Stack of a thread that parses, in MiB. Only the part that is used takes memory. */
export const STACK_MB = 512;

// What the parser (native, recursive) needs of stack for one level, measured with oxc-parser 0.159 and rounded up: up to
// 1.7 KB for a bracket or another mark that opens a level, up to 0.8 KB for operators, and 5 letters at least for a word.
const HEAVY_BYTES = 2_048;
const LIGHT_BYTES = 768;
const LETTER_BYTES = 128;
const SHARE = 0.9;
// `a<b<b…` makes the TypeScript parser try type arguments again at each `<`: time grows with the square (5 s at 4,000).
const MOST_ANGLES = 4_000;
// No code that a person or a bundler writes comes near. Catches, cheaply, trees that take too much memory.
const MOST_OPEN = 4_000;

const HEAVY = new Set("([{<?=:@`".split("").map((char) => char.charCodeAt(0)));
const ANGLE = 60;
const OPENERS = new Set([40, 91, 123]);
const CLOSERS = new Set([41, 93, 125]);

/**
 * Whether the parser can take `text` without running out of stack or time. A native parser that overflows takes the whole
 * process with it, so this must never say yes wrongly: it bounds the depth by the number of marks, wherever they
 * stand. Real files of a megabyte pass; what does not is counted by lines instead. O(length).
 */
export function fitsParser(text: string, { typescript }: { readonly typescript: boolean }): boolean {
  let need = 0;
  let angles = 0;
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === ANGLE) angles++;
    if (OPENERS.has(char) && ++open > MOST_OPEN) return false;
    if (CLOSERS.has(char) && open > 0) open--;
    if (HEAVY.has(char)) need += HEAVY_BYTES;
    else need += isMark(char) ? LIGHT_BYTES : LETTER_BYTES;
  }
  // Short words that open a level without a bracket.
  for (const _ of text.matchAll(/\b(?:else|do|new)\b/g)) need += HEAVY_BYTES;
  return need <= STACK_MB * 1024 * 1024 * SHARE && !(typescript && angles > MOST_ANGLES);
}

function isMark(char: number): boolean {
  if (char <= 32 || char > 126) return false;
  const isDigit = char >= 48 && char <= 57;
  const isLetter = (char >= 65 && char <= 90) || (char >= 97 && char <= 122) || char === 95;
  return !isDigit && !isLetter;
}
