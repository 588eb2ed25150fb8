import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '#testkit';
import { CoverageGuide } from '../support/coverage-guide.ts';
import { Mutator } from '../support/mutator.ts';
import { FUZZ_TARGETS } from './support/fuzz-targets.ts';
import type { FuzzTarget } from './support/fuzz-targets.ts';

/** How long each parser is searched; `FUZZ_SECONDS=60` for a long run. */
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 0.5);
const SEED = Number(process.env['SEED'] ?? 20_261);
/** Inputs between two looks at the coverage: a look costs as much as many of them. */
const BATCH = 200;
/** A batch that takes longer hangs, in milliseconds. */
const BATCH_MS = 20_000;
const MAX_CORPUS = 5000;
const isParser = (url: string): boolean => url.includes('/libs/protocol/');
const FINDINGS = fileURLToPath(new URL('../fixtures/fuzz', import.meta.url));

const guide = new CoverageGuide(isParser);
afterAll(() => guide.stop());

/** Reads one input; what the parser should not have thrown is kept as a fixture. */
function readOrKeep({ name, read }: FuzzTarget, bytes: Uint8Array): void {
  try {
    read(bytes);
  } catch (error) {
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
    const file = join(FINDINGS, `${name}-${digest}.bin`);
    writeFileSync(file, bytes);
    throw new Error(`seed ${SEED}: ${file}`, { cause: error });
  }
}

interface Search {
  readonly inputs: number;
  readonly corpus: number;
  readonly functions: number;
}

/** Damages inputs, and keeps those that make the parser do what it never did before. */
class Searcher {
  readonly corpus: Uint8Array[];
  readonly #target: FuzzTarget;

  constructor(target: FuzzTarget) {
    this.#target = target;
    this.corpus = [...target.seeds];
  }

  run(): Search {
    const mutator = new Mutator(new SeededRandom(SEED), this.corpus);
    let inputs = 0;
    guide.forget();
    this.#read(this.corpus);
    guide.learn(guide.look());
    const untilMs = performance.now() + SECONDS * 1000;
    for (; performance.now() < untilMs; inputs += BATCH) {
      this.#keepNew(Array.from({ length: BATCH }, () => mutator.next()));
    }
    return { inputs, corpus: this.corpus.length, functions: guide.functionCount };
  }

  /** A look at the coverage costs as much as many inputs, so those that are new are found by halving. */
  #keepNew(inputs: readonly Uint8Array[]): void {
    this.#read(inputs);
    const look = guide.look();
    if (!guide.isNew(look)) return;
    const [only] = inputs;
    if (inputs.length > 1) {
      this.#keepNew(inputs.slice(0, inputs.length >> 1));
      this.#keepNew(inputs.slice(inputs.length >> 1));
    } else if (only !== undefined && this.corpus.length < MAX_CORPUS) this.corpus.push(only);
    guide.learn(look);
  }

  #read(inputs: readonly Uint8Array[]): void {
    const run = (): void => {
      for (const bytes of inputs) readOrKeep(this.#target, bytes);
    };
    runInNewContext('run()', { run }, { timeout: BATCH_MS });
  }
}

describe(`a search for input that breaks a parser (seed ${SEED})`, () => {
  it.each(FUZZ_TARGETS)(
    `finds none: $name, ${SECONDS} s`,
    { timeout: 60_000 + SECONDS * 2000 },
    (target) => {
      const found = new Searcher(target).run();
      console.log(target.name, JSON.stringify(found));

      expect(found.inputs).toBeGreaterThan(0);
      expect(found.functions).toBeGreaterThan(1);
    },
  );
});

describe('the guide of the search', () => {
  it('notices code that never ran, once', () => {
    const target = FUZZ_TARGETS.find(({ name }) => name === 'uri');
    guide.forget();
    const runs = ['sip:a', 'sip:b', 'sip:a?x=1', 'sip:b?y=2', 'sip:a:0', 'sip:b:0'];

    const isNew = runs.map((uri) => {
      target?.read(new TextEncoder().encode(uri));
      const look = guide.look();
      const result = guide.isNew(look);
      guide.learn(look);
      return result;
    });
    expect(isNew).toEqual([true, false, true, false, true, false]);
  });
});

describe('what was found before', () => {
  it('is read or refused', () => {
    for (const file of readdirSync(FINDINGS).filter((name) => name.endsWith('.bin'))) {
      const target = FUZZ_TARGETS.find(({ name }) => file.startsWith(`${name}-`));
      expect(target, file).toBeDefined();
      target?.read(new Uint8Array(readFileSync(join(FINDINGS, file))));
    }
  });
});
