// What of the suite is run, and what counts as passed.

/** Numbers are places of assertions in the output, from 1. `true` asks for every one there is. */
const PARTS = [
  { name: 'unit', needs: true, least: 47, limitMs: 60_000 },
  { name: 'uac', file: 'test/uac.js', needs: true, least: 19, limitMs: 90_000 },
  { name: 'b2b', file: 'test/b2b.js', needs: [2, 3, 5, 6, 13, 17], least: 6, limitMs: 190_000 },
  { name: 'reinvite', file: 'test/reinvite-tests.js', needs: [1], least: 1, limitMs: 30_000 },
];

/** The parts asked for by name, all of them when none is. */
export function partsNamed(names) {
  const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
  if (unknown.length > 0) {
    const known = PARTS.map(({ name }) => name).join(', ');
    throw new Error(`no part ${unknown.join(', ')}; there are ${known}`);
  }
  return names.length === 0 ? PARTS : PARTS.filter(({ name }) => names.includes(name));
}

/** The command of a part. */
export function commandOf({ file }) {
  return file === undefined
    ? ['node_modules/mocha/bin/mocha.js', '--reporter', 'tap', 'test/unit-tests/']
    : [file];
}

/** The assertions that a TAP text reports, in order. */
export function assertionsIn(output) {
  const lines = output.matchAll(/^(not ok|ok) \d+\s*(.*)$/gm);
  return Array.from(lines, ([, verdict, title]) => ({ isPassed: verdict === 'ok', title }));
}

/** Compares what passed with what has to. A part that ends early reports nothing, so the count is what speaks. */
export function judge({ needs, least }, assertions) {
  const passedCount = assertions.filter(({ isPassed }) => isPassed).length;
  const places = needs === true ? assertions.map((_, index) => index + 1) : needs;
  const failed = places.filter((place) => assertions[place - 1]?.isPassed !== true);
  return { passedCount, failed, isPassed: failed.length === 0 && passedCount >= least };
}
