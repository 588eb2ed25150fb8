/** Tables of an MDCT of `bins` bins, in the order in which the kernel reads them (its transform.ts). */
export interface TransformTables {
  /** cos and sin of (n + 1/8) pi / bins. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  readonly twiddles: Float32Array;
  readonly groups: Int32Array;
}

/** A power of two from 32 to 1024 bins. */
export function transformTables(bins: number): TransformTables {
  const half = bins / 2;
  const angle = (n: number): number => ((n + 1 / 8) * Math.PI) / bins;
  return {
    cos: Float32Array.from({ length: half }, (_, n) => Math.cos(angle(n))),
    sin: Float32Array.from({ length: half }, (_, n) => Math.sin(angle(n))),
    twiddles: Float32Array.from(twiddles(half)),
    groups: groups(half),
  };
}

const isOddPower = (points: number): boolean => (Math.log2(points) & 1) === 1;

/** The radices of the stages, in the order they are done. */
function radices(points: number): number[] {
  const stages = [4];
  if (isOddPower(points)) stages.push(2);
  for (let size = isOddPower(points) ? 8 : 4; size < points; size *= 4) stages.push(4);
  return stages;
}

/** Where the four results of each butterfly of the first stage belong: decimation in time, digits reversed. */
function groups(points: number): Int32Array {
  const order = reversedDigits({ count: points, first: 0, step: 1 }, radices(points).reverse());
  const places = new Int32Array(points / 4);
  for (let place = 0; place < points / 4; place += 1) places[order[4 * place] ?? 0] = 4 * place;
  return places;
}

interface Comb {
  readonly count: number;
  readonly first: number;
  readonly step: number;
}

function reversedDigits({ count, first, step }: Comb, stages: readonly number[]): number[] {
  const [radix = 1, ...rest] = stages;
  if (count === 1) return [first];
  return Array.from({ length: radix }, (_, digit) =>
    reversedDigits({ count: count / radix, first: first + digit * step, step: step * radix }, rest),
  ).flat();
}

/** cos of four neighbours, then sin, for each factor of each stage. */
function* twiddles(points: number): Generator<number> {
  let size = 4;
  if (isOddPower(points)) {
    yield* fourOf((k) => Math.cos((-2 * Math.PI * k) / 8));
    yield* fourOf((k) => Math.sin((-2 * Math.PI * k) / 8));
    size = 8;
  }
  for (; size < points; size *= 4) {
    for (let first = 0; first < size; first += 4) {
      for (let factor = 1; factor <= 3; factor += 1) {
        const angle = (k: number): number => (-2 * Math.PI * factor * (first + k)) / (4 * size);
        yield* fourOf((k) => Math.cos(angle(k)));
        yield* fourOf((k) => Math.sin(angle(k)));
      }
    }
  }
}

const fourOf = (value: (k: number) => number): number[] => [0, 1, 2, 3].map(value);
