/** The number of mutants of each kind when nothing else is asked for. */
const DEFAULT_COUNT = 10_000;
const DEFAULT_SEED = 20_261;

function wholeNumber(name: string, value: string | undefined, fallback: number): number {
  if (value === undefined || value === '') return fallback;
  if (!/^\d{1,9}$/.test(value)) throw new Error(`${name} is not a whole number: ${value}`);
  return Number(value);
}

/** How many mutants of each kind a run makes (`MUTANTS`), and from which seed (`SEED`). */
export const mutantRun = {
  count: wholeNumber('MUTANTS', process.env['MUTANTS'], DEFAULT_COUNT),
  seed: wholeNumber('SEED', process.env['SEED'], DEFAULT_SEED),
} as const;
