import type { RandomSource } from '#foundation';

/** Texts that parsers stumble over. */
const NASTY: readonly string[] = [
  '',
  ' ',
  '\t',
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  '\r\n ',
  '\u0000',
  '"',
  '\\',
  '\\"',
  '<',
  '>',
  '<>',
  ';',
  ';;',
  ';tag=',
  ',',
  ':',
  '::',
  '@',
  '%',
  '%00',
  '?',
  '=',
  '*',
  '[',
  ']',
  '[::]',
  '-1',
  '0',
  '65536',
  '4294967296',
  '99999999999999999999999999',
  '1e9',
  'NaN',
  '__proto__',
  'constructor',
  'SIP/2.0',
  'Content-Length: 7\r\n',
  'l: 1\r\n',
  'v: SIP/2.0/UDP a\r\n',
  'a=rtpmap:0 PCMU/8000\r\n',
  'm=audio 0 RTP/AVP 0\r\n',
  'c=IN IP6 ::\r\n',
  '\u00E9\u{1F600}\u{FEFF}',
];

/** Long runs that almost fit: what patterns that backtrack drown in. */
const PUMPS: readonly string[] = [
  `${'x'.repeat(40)}:x:x`,
  `${'x;'.repeat(40)}"`,
  `"${'\\x'.repeat(40)}`,
  `${' '.repeat(200)}x`,
];

const LONGEST = 20_000;

type Change = (bytes: Buffer) => Buffer;

/** Makes damaged copies of good and bad samples, the same ones from the same seed. */
export class Mutator {
  readonly #random: RandomSource;
  readonly #samples: readonly Uint8Array[];
  readonly #changes: readonly Change[] = [
    (bytes) => this.#flip(bytes),
    (bytes) => this.#cut(bytes),
    (bytes) => this.#insert(bytes),
    (bytes) => this.#repeat(bytes),
    (bytes) => this.#pump(bytes),
    (bytes) => this.#cross(bytes),
    (bytes) => this.#changeLine(bytes),
    (bytes) => this.#changeNumber(bytes),
  ];

  constructor(random: RandomSource, samples: readonly Uint8Array[]) {
    this.#random = random;
    this.#samples = samples;
  }

  /** A sample, changed one to four times. */
  next(): Uint8Array {
    let bytes = Buffer.from(this.#pick(this.#samples));
    for (let left = 1 + this.#random.below(4); left > 0; left -= 1) {
      bytes = Buffer.from(this.#pick(this.#changes)(bytes).subarray(0, LONGEST));
    }
    return new Uint8Array(bytes);
  }

  /** The same bytes in up to five pieces. */
  pieces(bytes: Uint8Array): readonly Uint8Array[] {
    const ends = Array.from({ length: this.#random.below(5) }, () => this.#at(bytes));
    const cuts = [0, ...ends.sort((a, b) => a - b), bytes.length];
    return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#random.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  #at(bytes: Uint8Array): number {
    return this.#random.below(bytes.length + 1);
  }

  #flip(bytes: Buffer): Buffer {
    for (let left = 1 + this.#random.below(4); left > 0 && bytes.length > 0; left -= 1) {
      bytes[this.#random.below(bytes.length)] = this.#random.below(256);
    }
    return bytes;
  }

  #cut(bytes: Buffer): Buffer {
    const at = this.#at(bytes);
    const isTail = this.#random.below(4) === 0;
    const end = isTail ? bytes.length : at + this.#random.below(12);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
  }

  #insert(bytes: Buffer): Buffer {
    const at = this.#at(bytes);
    const nasty = Buffer.from(this.#pick(NASTY));
    return Buffer.concat([bytes.subarray(0, at), nasty, bytes.subarray(at)]);
  }

  /** The same few octets over and over: what slow patterns are slow on. */
  #repeat(bytes: Buffer): Buffer {
    const at = this.#at(bytes);
    const piece = bytes.subarray(at, at + 1 + this.#random.below(6)).toString('latin1');
    const many = Buffer.from(piece.repeat(this.#random.below(2000)), 'latin1');
    return Buffer.concat([bytes.subarray(0, at), many, bytes.subarray(at)]);
  }

  /** A long run where something new begins. */
  #pump(bytes: Buffer): Buffer {
    const text = bytes.toString('latin1');
    const starts = [...text.matchAll(/[:;=@<" ]/g)];
    const at = (starts[this.#random.below(starts.length)]?.index ?? -1) + 1;
    return Buffer.from(text.slice(0, at) + this.#pick(PUMPS) + text.slice(at), 'latin1');
  }

  #cross(bytes: Buffer): Buffer {
    const other = this.#pick(this.#samples);
    return Buffer.concat([bytes.subarray(0, this.#at(bytes)), other.subarray(this.#at(other))]);
  }

  #changeLine(bytes: Buffer): Buffer {
    const lines = bytes.toString('latin1').split('\r\n');
    const at = this.#random.below(lines.length);
    const line = lines[at] ?? '';
    const name = /^[^:=]*[:=]?/.exec(line)?.[0] ?? '';
    const replacements: readonly (readonly string[])[] = [
      [],
      [line, line],
      [name],
      [name + this.#pick(NASTY)],
      [line + this.#pick(NASTY)],
      [this.#pick(lines), line],
      [line, ...Array.from({ length: this.#random.below(300) }, () => line)],
    ];
    lines.splice(at, 1, ...this.#pick(replacements));
    return Buffer.from(lines.join('\r\n'), 'latin1');
  }

  #changeNumber(bytes: Buffer): Buffer {
    const text = bytes.toString('latin1');
    const numbers = [...text.matchAll(/\d+/g)];
    const found = numbers[this.#random.below(numbers.length)];
    if (found === undefined) return bytes;
    const number = this.#pick(['0', '1', '-1', '255', '256', '65535', '70000', '2147483648']);
    const end = found.index + found[0].length;
    return Buffer.from(text.slice(0, found.index) + number + text.slice(end), 'latin1');
  }
}
