const MAX_TEXT_LENGTH = 200;
const HIDDEN = '[secret]';
/** Shorter texts would tear holes into every description and protect nothing. */
const MIN_SECRET_LENGTH = 4;

/** What must not be shown when a server repeats it: the key and the login, whole, in parts, and with percent signs read. */
export function textsToHide(said: {
  readonly streamKey: string;
  /** With the login in its query, if there is one. */
  readonly app: string;
}): readonly string[] {
  const login = /authmod=[^&]*&(.*)/.exec(said.app)?.[1] ?? '';
  const texts = [said.streamKey, login].flatMap((text) => [text, ...partsOf(text)]);
  return [...new Set(texts.flatMap((text) => [text, withoutPercent(text)]))]
    .filter((text) => text.length >= MIN_SECRET_LENGTH)
    .toSorted((one, other) => other.length - one.length);
}

/** Name, fields and their values. */
const partsOf = (text: string): string[] =>
  text.split(/[?&]/).flatMap((part) => [part, part.slice(part.indexOf('=') + 1)]);

function withoutPercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // No encoding then: the text as it stands is all there is to hide.
    return text;
  }
}

/**
 * A text of the server for people: no secrets, no control characters, at most 200 characters.
 *
 * @param hidden The longest first.
 */
export const cleanText = (text: string, hidden: readonly string[]): string =>
  hidden
    .reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text)
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, MAX_TEXT_LENGTH);
